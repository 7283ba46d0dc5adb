-- revision:   pwd1
-- message:    passwords are kept as hashes
-- depends_on: tea2 par2 stu2
-- labels:     passwords
-- created:    2025-01-15T09:00:00Z
-- lint:       allow volatile-seed because a salt has to be random

-- [up]
CREATE EXTENSION pgcrypto;

-- The only place in this database where passwords can be read, and each only until it is hashed.
CREATE TABLE staging.password (
    user_type text NOT NULL,
    legacy_id int NOT NULL,
    password  text NOT NULL,
    PRIMARY KEY (user_type, legacy_id)
);

-- [load from=v1 into=staging.password key=legacy_id]
SELECT 'teacher' AS user_type, id AS legacy_id, password FROM "Teacher" WHERE password <> '';

-- [load from=v1 into=staging.password key=legacy_id]
SELECT 'parent' AS user_type, id AS legacy_id, password FROM "Parent" WHERE password <> '';

-- [load from=v1 into=staging.password key=legacy_id]
SELECT 'student' AS user_type, id AS legacy_id, password FROM "Student" WHERE password <> '';

-- [load from=v1 into=staging.source_count]
SELECT 'password' AS entity, sum(number)::bigint AS rows
FROM (
    SELECT count(*) AS number FROM "Teacher" WHERE password <> ''
    UNION ALL SELECT count(*) FROM "Parent" WHERE password <> ''
    UNION ALL SELECT count(*) FROM "Student" WHERE password <> ''
) AS kinds;

-- A hash is slow on purpose: a core makes some twenty a second of this strength. So it goes in small transactions, each of
-- which may be the last one for tonight.
-- [batch]
WITH next AS (
    SELECT user_type, legacy_id FROM staging.password ORDER BY user_type, legacy_id LIMIT 100
), taken AS (
    DELETE FROM staging.password p USING next
    WHERE (p.user_type, p.legacy_id) = (next.user_type, next.legacy_id)
    RETURNING p.*
)
UPDATE "User" u SET password_hash = crypt(taken.password, gen_salt('bf', 10))
FROM taken WHERE (u.user_type, u.legacy_id) = (taken.user_type, taken.legacy_id);

-- [up]
DROP TABLE staging.password;

-- [verify]
-- As many as the first version has.
SELECT c.rows = count(u.id) AS ok, c.rows AS v1, count(u.id) AS v2
FROM staging.source_count c LEFT JOIN "User" u ON u.legacy_id IS NOT NULL AND u.password_hash LIKE '$2a$10$%'
WHERE c.entity = 'password' GROUP BY c.rows;

-- [down]
UPDATE "User" SET password_hash = NULL WHERE legacy_id IS NOT NULL AND password_hash IS NOT NULL;
DELETE FROM staging.source_count WHERE entity = 'password';
DROP EXTENSION pgcrypto;
