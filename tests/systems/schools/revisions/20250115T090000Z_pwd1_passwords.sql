-- revision:   pwd1
-- message:    passwords are kept as hashes
-- depends_on: tea2 par2 stu2
-- labels:     passwords
-- created:    2025-01-15T09:00:00Z
-- lint:       allow volatile-seed

-- [up]
CREATE EXTENSION pgcrypto;

-- A hash is slow on purpose, so this takes its time: in transactions of 200, each of which may be the last one for today.
-- [batch]
WITH waiting AS (
    SELECT u.id, p.password
    FROM "User" u
    JOIN (
        SELECT 'teacher' AS user_type, id, password FROM staging.teacher
        UNION ALL SELECT 'parent', id, password FROM staging.parent
        UNION ALL SELECT 'student', id, password FROM staging.student
    ) AS p ON p.user_type = u.user_type AND p.id = u.legacy_id
    WHERE u.password_hash IS NULL AND p.password <> ''
    ORDER BY u.id LIMIT 200
)
UPDATE "User" u SET password_hash = crypt(waiting.password, gen_salt('bf', 5)) FROM waiting WHERE waiting.id = u.id;

-- [verify]
SELECT id FROM "User" WHERE password_hash NOT LIKE '$2a$%';

-- [down]
UPDATE "User" SET password_hash = NULL WHERE password_hash IS NOT NULL;
DROP EXTENSION pgcrypto;
