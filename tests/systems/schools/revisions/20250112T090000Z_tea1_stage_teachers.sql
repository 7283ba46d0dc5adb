-- revision:   tea1
-- message:    teachers of the first version, as they are
-- depends_on: sch2
-- labels:     teachers
-- created:    2025-01-12T09:00:00Z

-- [up]
CREATE TABLE staging.teacher (
    id         int PRIMARY KEY,
    full_name  text NOT NULL,
    email      text,
    phone      text,
    password   text,
    address    text,
    subject    text,
    school_id  int,
    created_at timestamp NOT NULL
);

-- [load from=v1 into=staging.teacher key=id]
SELECT id, "fullName" AS full_name, email, phone, password, address, subject,
       "schoolId" AS school_id, "createdAt" AS created_at
FROM "Teacher";

-- [load from=v1 into=staging.source_count]
SELECT 'teacher' AS entity, count(*) AS rows FROM "Teacher";

-- [verify]
SELECT rows = (SELECT count(*) FROM staging.teacher) AS ok FROM staging.source_count WHERE entity = 'teacher';

-- [down]
DELETE FROM staging.source_count WHERE entity = 'teacher';
DROP TABLE staging.teacher;
