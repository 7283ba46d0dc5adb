-- revision:   tea2
-- message:    teachers become users
-- parents:    tea1
-- created:    2025-01-12T09:15:00Z

-- [up]
ANALYZE staging.teacher;
SELECT staging.add_users('teacher');

CREATE TABLE teacher_subject (
    teacher_id bigint NOT NULL REFERENCES "User" ON DELETE CASCADE,
    subject    text NOT NULL REFERENCES subject,
    PRIMARY KEY (teacher_id, subject)
);

INSERT INTO teacher_subject
SELECT u.id, a.subject
FROM staging.teacher p
JOIN "User" u ON u.user_type = 'teacher' AND u.legacy_id = p.id
JOIN subject_alias a ON a.alias = lower(trim(p.subject));

-- [verify]
-- Nobody is missing: who is, is of a school that isn't there.
SELECT p.id, p.school_id FROM staging.teacher p
WHERE NOT EXISTS (SELECT FROM "User" u WHERE u.user_type = 'teacher' AND u.legacy_id = p.id);
-- Everybody has a role.
SELECT u.id FROM "User" u
WHERE u.user_type = 'teacher' AND NOT EXISTS (SELECT FROM "UserRole" r WHERE r.user_id = u.id AND r.user_type = 'teacher');
-- Nobody's subject is lost.
SELECT p.id, p.subject FROM staging.teacher p
WHERE p.subject <> '' AND NOT EXISTS (SELECT FROM subject_alias a WHERE a.alias = lower(trim(p.subject)));
-- As many as the first version has.
SELECT c.rows = count(u.id) AS ok, c.rows AS v1, count(u.id) AS v2
FROM staging.source_count c LEFT JOIN "User" u ON u.user_type = c.entity AND u.legacy_id IS NOT NULL
WHERE c.entity = 'teacher' GROUP BY c.rows;

-- [down]
DROP TABLE teacher_subject;
DELETE FROM conversion_note WHERE user_type = 'teacher';
DELETE FROM "User" WHERE user_type = 'teacher' AND legacy_id IS NOT NULL;
