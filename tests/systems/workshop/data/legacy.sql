-- What the two apps had written by the 9th of August: at w01.

INSERT INTO workshop_students (session_token, student_email, student_name, selected_phone_number, openai_api_key, exercises,
                               demo_mode, created_at, updated_at)
VALUES
    -- One address in three spellings: here, in a second session, and in the other app.
    ('ada-1', 'Ada@Example.org', 'Ada', '+1 555 0100', 'sk-ada',
     '{"1": {"completed": true, "completed_at": "2026-08-04T09:30:00Z"}, "2": {"completed": true}, "3": {"completed": false}}',
     false, '2026-08-04 09:00Z', '2026-08-04 10:00Z'),
    ('ada-2', E' ada@example.org\t', 'Ada Lovelace', ' ', '', '{}', NULL, '2026-08-06 09:00Z', '2026-08-06 09:00Z'),
    -- The other app knows the address; here is none, or something else.
    ('bo', NULL, 'Bo', NULL, NULL, NULL, false, '2026-08-04 09:01Z', '2026-08-04 09:01Z'),
    ('cem', 'n/a', 'Cem', NULL, '', '[]', false, '2026-08-04 09:02Z', '2026-08-04 09:02Z'),
    -- Steps that there aren't, and one that both apps know of.
    ('dee', 'Dee <dee@example.org>', '', NULL, 'sk-dee',
     '{"2": true, "4": {"completed": true, "completed_at": "2026-08-05T11:00:00Z"}, "7": {"completed": true}}',
     false, '2026-08-05 09:00Z', '2026-08-05 12:00Z'),
    -- Nobody has said who they are, and they are not the same.
    ('guest', NULL, NULL, NULL, NULL, 'null', true, '2026-08-07 09:00Z', '2026-08-07 09:00Z'),
    ('Guest', '', NULL, NULL, NULL, '{}', true, '2026-08-07 09:01Z', '2026-08-07 09:01Z');

INSERT INTO student_configs (session_token, student_email, github_username, openai_api_key, ai_model, system_prompt,
                             frontend_url, backend_url, current_step, step4_deployed, step5_deployed, total_time_spent,
                             created_at, updated_at)
VALUES
    ('ada-1', 'ADA@EXAMPLE.ORG', 'ada-codes', 'sk-other', 'small', 'Be brief.', 'https://ada.example', NULL, 2, false, NULL,
     5400, '2026-08-04 09:30Z', '2026-08-04 11:00Z'),
    ('bo', 'Bo@example.com', ' ', 'sk-bo', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
     '2026-08-04 09:00Z', '2026-08-04 09:30Z'),
    ('cem', 'cem@example.net', 'cem', 'sk-cem', NULL, NULL, NULL, NULL, 0, false, false, 60,
     '2026-08-04 09:30Z', '2026-08-04 09:30Z'),
    ('dee', 'dee@example.org', 'dee', NULL, NULL, NULL, NULL, 'https://dee.example', 9, true, true, 86400,
     '2026-08-05 09:30Z', '2026-08-05 13:00Z'),
    -- The first app has never seen them.
    ('eve', 'eve@example.org', 'eve', 'sk-eve', 'large', NULL, 'https://eve.example', 'https://api.eve.example', 4, true, true,
     7200, '2026-08-06 10:00Z', '2026-08-06 12:00Z'),
    ('fay', '', NULL, NULL, NULL, NULL, NULL, NULL, 1, false, false, 0, '2026-08-06 10:00Z', '2026-08-06 10:00Z');

-- The other workshops: 900 people in 2,400 sessions, every second of which got as far as the second app, which has 300 more.
INSERT INTO workshop_students (session_token, student_email, student_name, exercises, created_at, updated_at)
SELECT format('w%s', lpad(number::text, 4, '0')),
       CASE WHEN number % 2 = 0 THEN format('Student%s@Example.edu', number % 900)
            ELSE format('student%s@example.edu', number % 900) END,
       format('Student %s', number % 900),
       (SELECT coalesce(jsonb_object_agg(step, '{"completed": true}'::jsonb), '{}') FROM generate_series(1, number % 7) AS step),
       '2026-07-01 08:00Z'::timestamptz + number * interval '1 minute',
       '2026-07-01 10:00Z'::timestamptz + number * interval '1 minute'
FROM generate_series(1, 2400) AS number;

INSERT INTO student_configs (session_token, student_email, current_step, step4_deployed, total_time_spent, created_at, updated_at)
SELECT format('w%s', lpad(number::text, 4, '0')), format('STUDENT%s@example.edu', number % 900), 1 + number % 6, number % 6 > 3,
       60 * number,
       '2026-07-01 09:00Z'::timestamptz + number * interval '1 minute',
       '2026-07-01 11:00Z'::timestamptz + number * interval '1 minute'
FROM generate_series(2, 3000, 2) AS number;
