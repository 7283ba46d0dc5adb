-- revision:   stu1
-- message:    students of the first version, as they are
-- depends_on: par2
-- labels:     students
-- created:    2025-01-14T09:00:00Z

-- [up]
CREATE TABLE staging.student (
    id         int PRIMARY KEY,
    full_name  text NOT NULL,
    email      text,
    phone      text,
    password   text,
    address    text,
    birth_date date,
    grade      text,
    parent_id  int,
    school_id  int,
    created_at timestamp NOT NULL
);

-- [load from=v1 into=staging.student key=id]
SELECT id, "fullName" AS full_name, email, phone, password, address,
       "birthDate" AS birth_date, grade, "parentId" AS parent_id, "schoolId" AS school_id, "createdAt" AS created_at
FROM "Student";

-- [load from=v1 into=staging.source_count]
SELECT 'student' AS entity, count(*) AS rows FROM "Student";

-- [verify]
SELECT rows = (SELECT count(*) FROM staging.student) AS ok FROM staging.source_count WHERE entity = 'student';

-- [down]
DELETE FROM staging.source_count WHERE entity = 'student';
DROP TABLE staging.student;
