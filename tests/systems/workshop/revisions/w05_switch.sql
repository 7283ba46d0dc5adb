-- revision:   w05
-- message:    merge what came meanwhile, and switch
-- parents:    w04
-- created:    2026-08-24T06:00:00Z

-- [up]
-- Nobody writes the old tables while this runs, nor after it. Reading them goes on.
LOCK TABLE workshop_students, student_configs IN SHARE ROW EXCLUSIVE MODE;

INSERT INTO students (email, name, github_username, created_at)
SELECT known.email, max(known.name), max(known.github_username), min(known.created_at)
FROM legacy_sessions AS known
WHERE NOT EXISTS (SELECT FROM students AS student WHERE student.email = known.email)
GROUP BY known.email
ORDER BY known.email
LIMIT 1000;

INSERT INTO legacy_merged (source, session_token, updated_at)
SELECT 'workshop_students', session_token, updated_at FROM merge_workshop_students(NULL)
ON CONFLICT (source, session_token) DO UPDATE SET updated_at = excluded.updated_at;

INSERT INTO legacy_merged (source, session_token, updated_at)
SELECT 'student_configs', session_token, updated_at FROM merge_student_configs(NULL)
ON CONFLICT (source, session_token) DO UPDATE SET updated_at = excluded.updated_at;

INSERT INTO step_progress (session_id, step, completed_at)
SELECT session.session_id, step.step, step.completed_at
FROM legacy_steps AS step
JOIN sessions AS session USING (session_token)
WHERE NOT EXISTS (SELECT FROM step_progress AS known WHERE known.session_id = session.session_id AND known.step = step.step)
ORDER BY session.session_id, step.step
LIMIT 1000;

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

-- What there was and what there is at this moment: it is written down, and it must agree.
CREATE TABLE migration_counts (
    counted_at       timestamptz PRIMARY KEY DEFAULT now(),
    legacy_emails    bigint NOT NULL,
    students         bigint NOT NULL,
    legacy_sessions  bigint NOT NULL,
    sessions         bigint NOT NULL,
    CONSTRAINT migration_counts_students_check CHECK (students = legacy_emails),
    CONSTRAINT migration_counts_sessions_check CHECK (sessions = legacy_sessions)
);
INSERT INTO migration_counts (legacy_emails, students, legacy_sessions, sessions)
SELECT (SELECT count(DISTINCT email) FROM legacy_sessions), (SELECT count(*) FROM students),
       (SELECT count(*) FROM legacy_sessions), (SELECT count(*) FROM sessions);

INSERT INTO events (session_id, event_type, details)
SELECT session.session_id, 'migrated', jsonb_build_object('from', jsonb_agg(merged.source ORDER BY merged.source))
FROM legacy_merged AS merged
JOIN sessions AS session USING (session_token)
GROUP BY session.session_id;

-- [down]
DELETE FROM events WHERE event_type = 'migrated';
DROP TABLE migration_counts;
DROP TRIGGER student_configs_read_only ON student_configs;
DROP TRIGGER workshop_students_read_only ON workshop_students;
DROP FUNCTION refuse_legacy_writes();

-- [verify]
SELECT count(*) >= counts.legacy_emails AS ok, count(*) AS students, counts.legacy_emails AS distinct_emails
FROM students, migration_counts AS counts
GROUP BY counts.legacy_emails;

SELECT count(*) = counts.legacy_sessions AS ok, count(*) AS migrated, counts.legacy_sessions
FROM events, migration_counts AS counts
WHERE event_type = 'migrated'
GROUP BY counts.legacy_sessions;

SELECT session.session_token
FROM sessions AS session
LEFT JOIN students AS student USING (student_id)
WHERE student.student_id IS NULL;

SELECT session.session_token, session.completion_rate
FROM sessions AS session
LEFT JOIN step_progress AS progress ON progress.session_id = session.session_id AND progress.completed_at IS NOT NULL
GROUP BY session.session_id
HAVING session.completion_rate <> round(100.0 * count(progress.step) / 6, 2);
