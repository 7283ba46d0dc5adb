-- revision:   sch2
-- message:    schools and their classes
-- parents:    sch1
-- created:    2025-01-11T09:15:00Z

-- [up]
CREATE TABLE school (
    id           int PRIMARY KEY,
    name         text NOT NULL,
    city         text,
    country_code char(2) NOT NULL REFERENCES country,
    phone        text CHECK (phone ~ '^\+[1-9][0-9]{7,14}$'),
    curriculum   text NOT NULL REFERENCES curriculum
);

INSERT INTO school
SELECT s.id, squeeze(s.name), squeeze(s.city), c.code, phone_e164(s.phone, c.calling_code, c.trunk_prefix), u.code
FROM staging.school s
JOIN country c ON upper(trim(s.country)) IN (c.code, upper(c.name))
JOIN curriculum u ON u.country_code = c.code;

ALTER TABLE "UserRole" ADD CONSTRAINT "UserRole_school_id_fkey" FOREIGN KEY (school_id) REFERENCES school;

CREATE TABLE class (
    id        int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    school_id int NOT NULL REFERENCES school,
    grade     text NOT NULL REFERENCES grade,
    UNIQUE (school_id, grade)
);

INSERT INTO class (school_id, grade)
SELECT s.id, g.code FROM school s CROSS JOIN grade g ORDER BY s.id, g.level;

-- [verify]
-- A school of a country that is not known would be missing here.
SELECT s.id, s.country FROM staging.school s WHERE NOT EXISTS (SELECT FROM school t WHERE t.id = s.id);

-- [down]
ALTER TABLE "UserRole" DROP CONSTRAINT "UserRole_school_id_fkey";
DROP TABLE class, school;
