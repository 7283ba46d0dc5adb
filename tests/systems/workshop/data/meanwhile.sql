-- What the two apps wrote between the migration and the switch: at w04.

-- Somebody new, in both apps.
INSERT INTO workshop_students (session_token, student_email, student_name, exercises, created_at, updated_at)
VALUES ('gil', 'gil@example.org', 'Gil', '{"1": {"completed": true}}', '2026-08-12 09:00Z', '2026-08-12 09:30Z');
INSERT INTO student_configs (session_token, student_email, github_username, current_step, created_at, updated_at)
VALUES ('gil', 'gil@example.org', 'gil', 2, '2026-08-12 09:10Z', '2026-08-12 09:40Z');

-- A guest says who he is, the second app meets a session of the first one, a mistake in an address is mended.
UPDATE workshop_students SET student_email = 'Hana@example.org', student_name = 'Hana' WHERE session_token = 'Guest';
INSERT INTO student_configs (session_token, github_username, current_step, created_at, updated_at)
VALUES ('ada-2', 'ada-lovelace', 1, '2026-08-13 09:00Z', '2026-08-13 09:00Z');
UPDATE student_configs SET student_email = 'eva@example.org' WHERE session_token = 'eve';

-- A step that was not completed after all, one that is, and a session that is gone.
UPDATE workshop_students SET exercises = exercises #- '{2,completed}' WHERE session_token = 'ada-1';
UPDATE student_configs SET step4_deployed = true, current_step = 5 WHERE session_token = 'fay';
DELETE FROM workshop_students WHERE session_token = 'guest';
