-- revision:   sch1
-- message:    schools of the first version, as they are
-- depends_on: usr1
-- labels:     schools
-- created:    2025-01-11T09:00:00Z

-- [up]
CREATE SCHEMA staging;

CREATE TABLE staging.source_count (
    entity text PRIMARY KEY,
    rows   bigint NOT NULL
);
COMMENT ON TABLE staging.source_count IS 'how many rows the first version has';

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
SELECT rows = (SELECT count(*) FROM staging.school) AS ok FROM staging.source_count WHERE entity = 'school';

-- [down]
DROP TABLE staging.school, staging.source_count;
DROP SCHEMA staging;
