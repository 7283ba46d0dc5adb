-- revision:   tea1
-- message:    teachers of the first version, as they are
-- depends_on: sch3
-- labels:     teachers
-- created:    2025-01-12T09:00:00Z

-- [up]
CREATE TABLE staging.teacher PARTITION OF staging.person FOR VALUES IN ('teacher');

-- [load from=v1 into=staging.teacher key=id]
SELECT 'teacher' AS user_type, id, "fullName" AS full_name, email, phone, address,
       "schoolId" AS school_id, "createdAt" AS created_at, subject
FROM "Teacher";

-- [load from=v1 into=staging.source_count]
SELECT 'teacher' AS entity, count(*) AS rows FROM "Teacher";

-- [verify]
-- As many as the first version has.
SELECT c.rows = count(p.id) AS ok, c.rows AS v1, count(p.id) AS staged
FROM staging.source_count c LEFT JOIN staging.person p ON p.user_type = c.entity WHERE c.entity = 'teacher' GROUP BY c.rows;

-- [down]
DELETE FROM staging.source_count WHERE entity = 'teacher';
DROP TABLE staging.teacher;
