-- revision:   w05
-- message:    merge what came meanwhile, and switch
-- parents:    w04
-- created:    2026-08-24T06:00:00Z

-- [up]
-- Nobody writes the old tables while this runs, nor after it. Reading them goes on.
LOCK TABLE workshop_students, student_configs IN SHARE ROW EXCLUSIVE MODE;

INSERT INTO students (email, name, github_username, created_at)
SELECT email, name, github_username, created_at FROM unmerged_students
ON CONFLICT (email) DO UPDATE
SET name = excluded.name, github_username = excluded.github_username, created_at = excluded.created_at;
INSERT INTO events (session_id, event_type, details) SELECT * FROM merge_sessions('both', NULL);
INSERT INTO events (session_id, event_type, details) SELECT * FROM merge_sessions('workshop_students', NULL);
INSERT INTO events (session_id, event_type, details) SELECT * FROM merge_sessions('student_configs', NULL);
INSERT INTO step_progress (session_id, step, completed_at)
SELECT session_id, step, completed_at FROM unmerged_steps;

-- What the apps have taken back since it was merged.
DELETE FROM step_progress AS progress
USING sessions AS session
WHERE session.session_id = progress.session_id
  AND NOT EXISTS (SELECT FROM legacy_steps AS legacy
                  WHERE legacy.session_token = session.session_token AND legacy.step = progress.step);
DELETE FROM sessions AS session
WHERE NOT EXISTS (SELECT FROM legacy_sessions AS legacy WHERE legacy.session_token = session.session_token);
DELETE FROM students AS student
WHERE NOT EXISTS (SELECT FROM sessions AS session WHERE session.student_id = student.student_id);

CREATE FUNCTION refuse_legacy_writes() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'table % is not written any more', TG_TABLE_NAME USING HINT = 'write students and sessions';
END
$$;
CREATE TRIGGER workshop_students_read_only BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON workshop_students
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_legacy_writes();
CREATE TRIGGER student_configs_read_only BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON student_configs
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_legacy_writes();

-- What there was and what there is, at the one moment when they can be held against each other.
CREATE TABLE migration_counts (
    what      text PRIMARY KEY,
    legacy    bigint NOT NULL,
    migrated  bigint NOT NULL
);
INSERT INTO migration_counts (what, legacy, migrated)
SELECT 'students', (SELECT count(DISTINCT email) FROM legacy_sessions), (SELECT count(*) FROM students)
UNION ALL
SELECT 'sessions', (SELECT count(*) FROM (SELECT session_token FROM workshop_students
                                          UNION SELECT session_token FROM student_configs) AS known),
       (SELECT count(*) FROM sessions)
UNION ALL
SELECT 'steps', (SELECT count(*) FROM legacy_steps), (SELECT count(*) FROM step_progress);

-- [down]
DROP TABLE migration_counts;
DROP TRIGGER student_configs_read_only ON student_configs;
DROP TRIGGER workshop_students_read_only ON workshop_students;
DROP FUNCTION refuse_legacy_writes();

-- [verify]
SELECT legacy = migrated AS ok,
       legacy AS distinct_emails, migrated AS students
FROM migration_counts WHERE what = 'students';

SELECT legacy = migrated AS ok,
       legacy AS distinct_tokens, migrated AS sessions
FROM migration_counts WHERE what = 'sessions';

SELECT legacy = migrated AS ok,
       legacy AS completed_steps, migrated AS step_progress
FROM migration_counts WHERE what = 'steps';

-- No rate but what the steps say.
SELECT session.session_token, session.completion_rate
FROM sessions AS session
LEFT JOIN step_progress AS progress ON progress.session_id = session.session_id AND progress.completed_at IS NOT NULL
GROUP BY session.session_id
HAVING session.completion_rate <> round(100.0 * count(progress.step) / 6, 2);
