-- revision:   ref1
-- message:    reference data: countries, user types and permissions, curricula, grades, classes, subjects
-- labels:     reference
-- created:    2025-01-10T08:00:00Z

-- [up]
CREATE TABLE country (
    code         char(2) PRIMARY KEY CHECK (code ~ '^[A-Z]{2}$'),
    name         text NOT NULL UNIQUE,
    calling_code text NOT NULL CHECK (calling_code ~ '^[1-9][0-9]{0,2}$'),
    trunk_prefix text NOT NULL
);
COMMENT ON COLUMN country.trunk_prefix IS 'what is dialled before a national number and left out of an international one';
INSERT INTO country VALUES
    ('SN', 'Senegal', '221', ''),
    ('FR', 'France', '33', '0'),
    ('MA', 'Morocco', '212', '0');

CREATE TABLE user_type (
    code text PRIMARY KEY,
    name text NOT NULL
);
INSERT INTO user_type VALUES ('teacher', 'Teacher'), ('parent', 'Parent'), ('student', 'Student');

CREATE TABLE permission (
    code text PRIMARY KEY,
    what text NOT NULL
);
INSERT INTO permission VALUES
    ('grades.write', 'give marks'),
    ('grades.read', 'see marks'),
    ('messages.send', 'write to the school'),
    ('exercises.do', 'do exercises');

CREATE TABLE user_type_permission (
    user_type  text NOT NULL REFERENCES user_type,
    permission text NOT NULL REFERENCES permission,
    PRIMARY KEY (user_type, permission)
);
INSERT INTO user_type_permission VALUES
    ('teacher', 'grades.write'), ('teacher', 'grades.read'), ('teacher', 'messages.send'),
    ('parent', 'grades.read'), ('parent', 'messages.send'),
    ('student', 'grades.read'), ('student', 'exercises.do');

CREATE TABLE curriculum (
    code         text PRIMARY KEY,
    country_code char(2) NOT NULL REFERENCES country,
    name         text NOT NULL
);
INSERT INTO curriculum VALUES
    ('sn', 'SN', 'Programme sénégalais'), ('fr', 'FR', 'Programme français'), ('ma', 'MA', 'Programme marocain');

CREATE TABLE grade (
    code  text PRIMARY KEY,
    level int NOT NULL UNIQUE
);
INSERT INTO grade VALUES ('CM1', 4), ('CM2', 5), ('6e', 6), ('5e', 7);

-- What a grade's class is called where it is taught.
CREATE TABLE class (
    curriculum text NOT NULL REFERENCES curriculum,
    grade      text NOT NULL REFERENCES grade,
    name       text NOT NULL,
    PRIMARY KEY (curriculum, grade)
);
INSERT INTO class VALUES
    ('sn', 'CM1', 'Cours moyen 1'), ('sn', 'CM2', 'Cours moyen 2'), ('sn', '6e', 'Sixième'), ('sn', '5e', 'Cinquième'),
    ('fr', 'CM1', 'Cours moyen 1'), ('fr', 'CM2', 'Cours moyen 2'), ('fr', '6e', 'Sixième'), ('fr', '5e', 'Cinquième'),
    ('ma', 'CM1', '4e année primaire'), ('ma', 'CM2', '5e année primaire'), ('ma', '6e', '6e année primaire'),
    ('ma', '5e', '1re année collège');

-- How the first version called grades and subjects, all in lower case.
CREATE TABLE grade_alias (
    alias text PRIMARY KEY CHECK (alias = lower(alias)),
    grade text NOT NULL REFERENCES grade
);
INSERT INTO grade_alias VALUES ('cm1', 'CM1'), ('cm2', 'CM2'), ('6e', '6e'), ('6ème', '6e'), ('5e', '5e');

CREATE TABLE subject (
    code text PRIMARY KEY,
    name text NOT NULL
);
INSERT INTO subject VALUES
    ('mathematics', 'Mathematics'), ('french', 'French'), ('physics', 'Physics'), ('history', 'History');

CREATE TABLE subject_alias (
    alias   text PRIMARY KEY CHECK (alias = lower(alias)),
    subject text NOT NULL REFERENCES subject
);
INSERT INTO subject_alias VALUES
    ('maths', 'mathematics'), ('mathematics', 'mathematics'), ('french', 'french'), ('physics', 'physics'),
    ('history', 'history');

-- [down]
DROP TABLE subject_alias, subject, grade_alias, class, grade, curriculum, user_type_permission, permission, user_type, country;
