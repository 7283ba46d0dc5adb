-- revision:   sch1
-- message:    schools of the first version, as they are
-- depends_on: stg1
-- labels:     schools
-- created:    2025-01-11T09:00:00Z

-- [up]
CREATE TABLE staging.school (
    id      int PRIMARY KEY,
    name    text NOT NULL,
    city    text,
    country text,
    phone   text
);

-- [load from=v1 into=staging.school key=id]
SELECT id, name, city, country, "phoneNumber" AS phone FROM "School";

-- [load from=v1 into=staging.source_count]
SELECT 'school' AS entity, count(*) AS rows FROM "School";

-- [verify]
-- As many as the first version has.
SELECT c.rows = count(s.id) AS ok, c.rows AS v1, count(s.id) AS staged
FROM staging.source_count c LEFT JOIN staging.school s ON true WHERE c.entity = 'school' GROUP BY c.rows;

-- [down]
DELETE FROM staging.source_count WHERE entity = 'school';
DROP TABLE staging.school;
