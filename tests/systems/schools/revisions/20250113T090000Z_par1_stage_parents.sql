-- revision:   par1
-- message:    parents of the first version, as they are
-- depends_on: tea2
-- labels:     parents
-- created:    2025-01-13T09:00:00Z

-- [up]
CREATE TABLE staging.parent (
    id         int PRIMARY KEY,
    full_name  text NOT NULL,
    email      text,
    phone      text,
    password   text,
    address    text,
    school_id  int,
    created_at timestamp NOT NULL
);

-- [load from=v1 into=staging.parent key=id]
SELECT id, "fullName" AS full_name, email, phone, password, address,
       "schoolId" AS school_id, "createdAt" AS created_at
FROM "Parent";

-- [load from=v1 into=staging.source_count]
SELECT 'parent' AS entity, count(*) AS rows FROM "Parent";

-- [verify]
SELECT rows = (SELECT count(*) FROM staging.parent) AS ok FROM staging.source_count WHERE entity = 'parent';

-- [down]
DELETE FROM staging.source_count WHERE entity = 'parent';
DROP TABLE staging.parent;
