-- revision:   par1
-- message:    parents of the first version, as they are
-- depends_on: tea2
-- labels:     parents
-- created:    2025-01-13T09:00:00Z

-- [up]
CREATE TABLE staging.parent PARTITION OF staging.person FOR VALUES IN ('parent');

-- [load from=v1 into=staging.parent key=id]
SELECT 'parent' AS user_type, id, "fullName" AS full_name, email, phone, address,
       "schoolId" AS school_id, "createdAt" AS created_at
FROM "Parent";

-- [load from=v1 into=staging.source_count]
SELECT 'parent' AS entity, count(*) AS rows FROM "Parent";

-- [verify]
-- As many as the first version has.
SELECT c.rows = count(p.id) AS ok, c.rows AS v1, count(p.id) AS staged
FROM staging.source_count c LEFT JOIN staging.person p ON p.user_type = c.entity WHERE c.entity = 'parent' GROUP BY c.rows;

-- [down]
DELETE FROM staging.source_count WHERE entity = 'parent';
DROP TABLE staging.parent;
