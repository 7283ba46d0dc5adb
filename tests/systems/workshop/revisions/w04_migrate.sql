-- revision:   w04
-- message:    migrate while both apps are still writing
-- parents:    w03
-- created:    2026-08-10T11:00:00Z
-- lint:       allow endless-batch because the views and the function of w03 leave out what is merged

-- [batch pause=20ms]
-- Each batch takes a part that isn't there yet, until nothing is left. Stop it whenever you like: `upgrade` goes on.
INSERT INTO students (email, name, github_username, created_at)
SELECT email, name, github_username, created_at FROM unmerged_students ORDER BY email LIMIT 500
ON CONFLICT (email) DO UPDATE
SET name = excluded.name, github_username = excluded.github_username, created_at = excluded.created_at;

-- [batch pause=20ms]
INSERT INTO events (session_id, event_type, details) SELECT * FROM merge_sessions('both', 500);

-- [batch pause=20ms]
INSERT INTO events (session_id, event_type, details) SELECT * FROM merge_sessions('workshop_students', 500);

-- [batch pause=20ms]
INSERT INTO events (session_id, event_type, details) SELECT * FROM merge_sessions('student_configs', 500);

-- [batch pause=20ms]
INSERT INTO step_progress (session_id, step, completed_at)
SELECT session_id, step, completed_at FROM unmerged_steps ORDER BY session_id, step LIMIT 500;

-- [down]
-- The old tables have all of it. Sessions and their steps go with their students.
DELETE FROM students;

-- [verify]
-- No session is without its student.
SELECT count(*) = count(student.student_id) AS ok,
       count(*) AS sessions, count(student.student_id) AS with_a_student
FROM sessions
LEFT JOIN students AS student USING (student_id);
