-- revision:   sch2
-- message:    schools, and who is what at which of them
-- parents:    sch1
-- created:    2025-01-11T09:15:00Z

-- [up]
CREATE TABLE school (
    id           int PRIMARY KEY,
    name         text NOT NULL,
    city         text,
    country_code char(2) NOT NULL REFERENCES country,
    phone        text CHECK (phone ~ '^\+[1-9][0-9]{7,14}$'),
    curriculum   text NOT NULL REFERENCES curriculum,
    -- What a student's class refers to.
    UNIQUE (id, curriculum)
);

INSERT INTO school
SELECT s.id, staging.squeeze(s.name), staging.squeeze(s.city), c.code,
       staging.phone_e164(s.phone, c.calling_code, c.trunk_prefix), u.code
FROM staging.school s
JOIN country c ON upper(trim(s.country)) IN (c.code, upper(c.name))
JOIN curriculum u ON u.country_code = c.code;

CREATE TABLE "UserRole" (
    user_id   bigint NOT NULL REFERENCES "User" ON DELETE CASCADE,
    user_type text NOT NULL REFERENCES user_type,
    school_id int NOT NULL REFERENCES school,
    PRIMARY KEY (user_id, user_type, school_id)
);
CREATE INDEX "UserRole_school_id_idx" ON "UserRole" (school_id);

-- [verify]
-- A school of a country that is not known would be missing here.
SELECT s.id, s.country FROM staging.school s WHERE NOT EXISTS (SELECT FROM school t WHERE t.id = s.id);

-- [down]
DROP TABLE "UserRole", school;
