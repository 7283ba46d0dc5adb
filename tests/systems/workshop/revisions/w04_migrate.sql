-- revision:   w04
-- message:    migrate while both apps are still writing
-- parents:    w03
-- created:    2026-08-10T11:00:00Z

-- Each statement takes a part that is not there yet, until nothing is left. Stop it whenever you like: `upgrade` goes on.

-- [batch pause=50ms]
INSERT INTO students (email, name, github_username, created_at)
SELECT known.email, max(known.name), max(known.github_username), min(known.created_at)
FROM legacy_sessions AS known
WHERE NOT EXISTS (SELECT FROM students AS student WHERE student.email = known.email)
GROUP BY known.email
ORDER BY known.email
LIMIT 1000;

-- [batch pause=50ms]
INSERT INTO legacy_merged (source, session_token, updated_at)
SELECT 'workshop_students', session_token, updated_at FROM merge_workshop_students(1000)
ON CONFLICT (source, session_token) DO UPDATE SET updated_at = excluded.updated_at;

-- [batch pause=50ms]
INSERT INTO legacy_merged (source, session_token, updated_at)
SELECT 'student_configs', session_token, updated_at FROM merge_student_configs(1000)
ON CONFLICT (source, session_token) DO UPDATE SET updated_at = excluded.updated_at;

-- [batch pause=50ms]
INSERT INTO step_progress (session_id, step, completed_at)
SELECT session.session_id, step.step, step.completed_at
FROM legacy_steps AS step
JOIN sessions AS session USING (session_token)
WHERE NOT EXISTS (SELECT FROM step_progress AS known WHERE known.session_id = session.session_id AND known.step = step.step)
ORDER BY session.session_id, step.step
LIMIT 1000;

-- [down]
-- The old tables have all of it.
DELETE FROM legacy_merged;
DELETE FROM students;

-- [verify]
SELECT session.session_token
FROM sessions AS session
LEFT JOIN students AS student USING (student_id)
WHERE student.student_id IS NULL;
