-- revision:   w03
-- message:    how rows of the old tables become rows of the new ones
-- parents:    w02
-- created:    2026-08-10T10:00:00Z

-- [up]
-- What is merged, as it was then. A row that an app has written since is one that isn't merged: so whatever merges can be
-- run again at any time, and takes what is new.
CREATE TABLE legacy_merged (
    source         text NOT NULL CHECK (source IN ('workshop_students', 'student_configs')),
    session_token  text NOT NULL,
    updated_at     timestamptz NOT NULL,
    PRIMARY KEY (source, session_token)
);

-- An address by which a student is known. Whoever gave none is known by the session.
CREATE FUNCTION legacy_email(email text, session_token text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN email LIKE '%@%' THEN lower(btrim(email)) ELSE lower(btrim(session_token)) || '@no-email.invalid' END
$$;

-- A session is one student's, whichever app knows the address.
CREATE VIEW legacy_sessions AS
SELECT session_token,
       legacy_email(coalesce(nullif(btrim(workshop.student_email), ''), config.student_email), session_token) AS email,
       workshop.student_name AS name,
       nullif(btrim(config.github_username), '') AS github_username,
       least(workshop.created_at, config.created_at) AS created_at
FROM workshop_students AS workshop
FULL JOIN student_configs AS config USING (session_token);

-- Sessions that the first app has written, so many of them. What both apps know, a key, is the first app's if it has one.
CREATE FUNCTION merge_workshop_students(size integer)
RETURNS TABLE (session_token text, updated_at timestamptz)
LANGUAGE sql AS $$
    WITH part AS (
        SELECT source.*
        FROM workshop_students AS source
        LEFT JOIN legacy_merged AS merged ON merged.source = 'workshop_students' AND merged.session_token = source.session_token
        WHERE merged.updated_at IS DISTINCT FROM source.updated_at
        ORDER BY source.session_token
        LIMIT size
    ),
    put AS (
        INSERT INTO sessions AS session (student_id, session_token, demo_mode, selected_phone_number, openai_api_key,
                                         exercises, created_at)
        SELECT student.student_id, part.session_token, part.demo_mode, part.selected_phone_number,
               nullif(part.openai_api_key, ''), part.exercises, part.created_at
        FROM part
        JOIN legacy_sessions AS known USING (session_token)
        JOIN students AS student USING (email)
        ON CONFLICT (session_token) DO UPDATE
        SET demo_mode = excluded.demo_mode,
            selected_phone_number = excluded.selected_phone_number,
            openai_api_key = coalesce(excluded.openai_api_key, session.openai_api_key),
            exercises = excluded.exercises,
            created_at = least(excluded.created_at, session.created_at)
        RETURNING session.session_token
    )
    SELECT part.session_token, part.updated_at FROM part JOIN put USING (session_token)
$$;

-- The same for those of the second app.
CREATE FUNCTION merge_student_configs(size integer)
RETURNS TABLE (session_token text, updated_at timestamptz)
LANGUAGE sql AS $$
    WITH part AS (
        SELECT source.*
        FROM student_configs AS source
        LEFT JOIN legacy_merged AS merged ON merged.source = 'student_configs' AND merged.session_token = source.session_token
        WHERE merged.updated_at IS DISTINCT FROM source.updated_at
        ORDER BY source.session_token
        LIMIT size
    ),
    put AS (
        INSERT INTO sessions AS session (student_id, session_token, openai_api_key, frontend_url, backend_url,
                                         total_time_spent, created_at)
        SELECT student.student_id, part.session_token, nullif(part.openai_api_key, ''), part.frontend_url, part.backend_url,
               make_interval(secs => part.total_time_spent), part.created_at
        FROM part
        JOIN legacy_sessions AS known USING (session_token)
        JOIN students AS student USING (email)
        ON CONFLICT (session_token) DO UPDATE
        SET openai_api_key = coalesce(session.openai_api_key, excluded.openai_api_key),
            frontend_url = excluded.frontend_url,
            backend_url = excluded.backend_url,
            total_time_spent = excluded.total_time_spent,
            created_at = least(excluded.created_at, session.created_at)
        RETURNING session.session_token
    )
    SELECT part.session_token, part.updated_at FROM part JOIN put USING (session_token)
$$;

-- The steps that are completed by what either app knows: an exercise that is done, a deployment that is out.
CREATE VIEW legacy_steps AS
SELECT session_token, exercise.key::integer AS step,
       coalesce((exercise.value ->> 'completed_at')::timestamptz, workshop.updated_at) AS completed_at
FROM workshop_students AS workshop
CROSS JOIN LATERAL jsonb_each(workshop.exercises) AS exercise
WHERE exercise.key ~ '^[1-6]$' AND exercise.value ->> 'completed' = 'true'
UNION
SELECT session_token, deployed.step, config.updated_at
FROM student_configs AS config
CROSS JOIN LATERAL (VALUES (4, config.step4_deployed), (5, config.step5_deployed)) AS deployed (step, is_out)
WHERE deployed.is_out
  -- The exercise says when.
  AND NOT EXISTS (SELECT FROM workshop_students AS workshop
                  WHERE workshop.session_token = config.session_token
                    AND workshop.exercises -> deployed.step::text ->> 'completed' = 'true');

-- [down]
DROP VIEW legacy_steps;
DROP FUNCTION merge_student_configs(integer);
DROP FUNCTION merge_workshop_students(integer);
DROP VIEW legacy_sessions;
DROP FUNCTION legacy_email(text, text);
DROP TABLE legacy_merged;
