-- revision:   w04
-- message:    migrate while both apps are still writing
-- parents:    w03
-- created:    2026-08-10T11:00:00Z

-- Each statement takes a part that is not there yet, until nothing is left. Stop it whenever you like: `upgrade` goes on.

-- [batch pause=20ms]
SELECT * FROM merge_students(500);

-- [batch pause=20ms]
SELECT * FROM merge_sessions('both', 500);

-- [batch pause=20ms]
SELECT * FROM merge_sessions('workshop_students', 500);

-- [batch pause=20ms]
SELECT * FROM merge_sessions('student_configs', 500);

-- [batch pause=20ms]
SELECT * FROM merge_steps(500);

-- [down]
-- The old tables have all of it. Sessions and their steps go with their students.
DELETE FROM students;

-- [verify]
-- No session is without its student.
SELECT count(*) = count(student.student_id) AS ok, count(*) AS sessions, count(student.student_id) AS with_a_student
FROM sessions
LEFT JOIN students AS student USING (student_id);
