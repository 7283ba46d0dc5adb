-- revision:   w03
-- message:    how rows of the old tables become rows of the new ones
-- parents:    w02
-- created:    2026-08-10T10:00:00Z

-- [up]
-- Views say what the new tables shall hold, and what of it they don't yet: so whatever merges can be run again at any time,
-- and takes what is new and what was changed.

-- The address within what somebody typed, if there is one.
CREATE FUNCTION legacy_email(typed text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
    SELECT lower(substring(typed FROM '[^\s<>]+@[^\s<>]+'))
$$;

-- What both apps know of a session, an address or a key, is the first app's if it has one. Whoever gave neither of them an
-- address is known by the session, under a domain that never is anybody's (RFC 2606).
CREATE VIEW legacy_sessions AS
SELECT session_token,
       CASE WHEN config.session_token IS NULL THEN 'workshop_students'
            WHEN workshop.session_token IS NULL THEN 'student_configs'
            ELSE 'both' END AS source,
       coalesce(legacy_email(workshop.student_email), legacy_email(config.student_email),
                'session-' || md5(session_token) || '@no-email.invalid') AS email,
       nullif(btrim(workshop.student_name), '') AS name,
       nullif(btrim(config.github_username), '') AS github_username,
       coalesce(workshop.demo_mode, false) AS demo_mode,
       nullif(btrim(workshop.selected_phone_number), '') AS selected_phone_number,
       coalesce(nullif(workshop.openai_api_key, ''), nullif(config.openai_api_key, '')) AS openai_api_key,
       config.ai_model,
       config.system_prompt,
       config.frontend_url,
       config.backend_url,
       coalesce(workshop.exercises, '{}') AS exercises,
       least(greatest(config.current_step, 1), 6) AS current_step,
       make_interval(secs => coalesce(config.total_time_spent, 0)) AS total_time_spent,
       least(workshop.created_at, config.created_at) AS created_at,
       greatest(workshop.updated_at, config.updated_at) AS updated_at
FROM workshop_students AS workshop
FULL JOIN student_configs AS config USING (session_token);

-- A student of several sessions is called as in the latest one that says it.
CREATE VIEW legacy_students AS
SELECT email,
       (array_agg(name ORDER BY updated_at DESC, session_token) FILTER (WHERE name IS NOT NULL))[1] AS name,
       (array_agg(github_username ORDER BY updated_at DESC, session_token)
            FILTER (WHERE github_username IS NOT NULL))[1] AS github_username,
       min(created_at) AS created_at
FROM legacy_sessions
GROUP BY email;

-- The steps that are completed by what either app knows: an exercise that is done, a deployment that is out. The exercise
-- may say since when.
CREATE VIEW legacy_steps AS
SELECT session_token, step,
       CASE WHEN exercise.is_done
            THEN coalesce((workshop.exercises -> step::text ->> 'completed_at')::timestamptz, workshop.updated_at)
            ELSE config.updated_at END AS completed_at
FROM workshop_students AS workshop
FULL JOIN student_configs AS config USING (session_token)
CROSS JOIN generate_series(1, 6) AS step
CROSS JOIN LATERAL (
    SELECT workshop.exercises -> step::text ->> 'completed' IS NOT DISTINCT FROM 'true' AS is_done,
           (step = 4 AND config.step4_deployed) OR (step = 5 AND config.step5_deployed) AS is_deployed
) AS exercise
WHERE exercise.is_done OR exercise.is_deployed;

CREATE VIEW unmerged_students AS
SELECT email, legacy.name, legacy.github_username, legacy.created_at
FROM legacy_students AS legacy
LEFT JOIN students AS merged USING (email)
WHERE merged.email IS NULL
   OR (legacy.name, legacy.github_username, legacy.created_at)
      IS DISTINCT FROM (merged.name, merged.github_username, merged.created_at);

CREATE VIEW unmerged_steps AS
SELECT session.session_id, legacy.step, legacy.completed_at
FROM legacy_steps AS legacy
JOIN sessions AS session USING (session_token)
WHERE NOT EXISTS (SELECT FROM step_progress AS merged
                  WHERE merged.session_id = session.session_id AND merged.step = legacy.step);

-- Merges sessions whose student is there, `size` of them at most (NULL: all). Returns an event for each.
CREATE FUNCTION merge_sessions(of_source text, size integer)
RETURNS TABLE (session_id uuid, event_type text, details jsonb)
LANGUAGE sql AS $$
    INSERT INTO sessions AS session (
        student_id, session_token, demo_mode, selected_phone_number, openai_api_key, ai_model, system_prompt,
        frontend_url, backend_url, exercises, current_step, total_time_spent, created_at
    )
    SELECT student.student_id, session_token, legacy.demo_mode, legacy.selected_phone_number, legacy.openai_api_key,
           legacy.ai_model, legacy.system_prompt, legacy.frontend_url, legacy.backend_url, legacy.exercises,
           legacy.current_step, legacy.total_time_spent, legacy.created_at
    FROM legacy_sessions AS legacy
    JOIN students AS student USING (email)
    LEFT JOIN sessions AS merged USING (session_token)
    WHERE legacy.source = of_source
      AND (legacy.current_step > merged.current_step
           OR (student.student_id, legacy.demo_mode, legacy.selected_phone_number, legacy.openai_api_key,
               legacy.ai_model, legacy.system_prompt, legacy.frontend_url, legacy.backend_url, legacy.exercises,
               legacy.total_time_spent, legacy.created_at)
              IS DISTINCT FROM
              (merged.student_id, merged.demo_mode, merged.selected_phone_number, merged.openai_api_key,
               merged.ai_model, merged.system_prompt, merged.frontend_url, merged.backend_url, merged.exercises,
               merged.total_time_spent, merged.created_at))
    ORDER BY session_token
    LIMIT size
    ON CONFLICT (session_token) DO UPDATE
    SET student_id = excluded.student_id,
        demo_mode = excluded.demo_mode,
        selected_phone_number = excluded.selected_phone_number,
        openai_api_key = excluded.openai_api_key,
        ai_model = excluded.ai_model,
        system_prompt = excluded.system_prompt,
        frontend_url = excluded.frontend_url,
        backend_url = excluded.backend_url,
        exercises = excluded.exercises,
        -- The steps that are merged may have brought it further.
        current_step = greatest(excluded.current_step, session.current_step),
        total_time_spent = excluded.total_time_spent,
        created_at = excluded.created_at
    RETURNING session.session_id, 'merged', jsonb_build_object('source', of_source)
$$;

-- [down]
DROP FUNCTION merge_sessions(text, integer);
DROP VIEW unmerged_steps;
DROP VIEW unmerged_students;
DROP VIEW legacy_steps;
DROP VIEW legacy_students;
DROP VIEW legacy_sessions;
DROP FUNCTION legacy_email(text);
