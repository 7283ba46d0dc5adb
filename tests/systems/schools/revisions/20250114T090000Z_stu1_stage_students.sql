-- revision:   stu1
-- message:    students of the first version, as they are
-- depends_on: par2
-- labels:     students
-- created:    2025-01-14T09:00:00Z

-- [up]
CREATE TABLE staging.student PARTITION OF staging.person FOR VALUES IN ('student');

-- [load from=v1 into=staging.student key=id]
SELECT 'student' AS user_type, id, "fullName" AS full_name, email, phone, address,
       "schoolId" AS school_id, "createdAt" AS created_at, "birthDate" AS birth_date, grade, "parentId" AS parent_id
FROM "Student";

-- [load from=v1 into=staging.source_count]
SELECT 'student' AS entity, count(*) AS rows FROM "Student";

-- [verify]
-- As many as the first version has.
SELECT c.rows = count(p.id) AS ok, c.rows AS v1, count(p.id) AS staged
FROM staging.source_count c LEFT JOIN staging.person p ON p.user_type = c.entity WHERE c.entity = 'student' GROUP BY c.rows;

-- [down]
DELETE FROM staging.source_count WHERE entity = 'student';
DROP TABLE staging.student;
