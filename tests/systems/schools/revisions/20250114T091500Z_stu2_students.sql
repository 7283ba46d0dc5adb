-- revision:   stu2
-- message:    students become users
-- parents:    stu1
-- created:    2025-01-14T09:15:00Z

-- [up]
ANALYZE staging.student;
SELECT staging.add_users('student');

CREATE TABLE student (
    user_id    bigint PRIMARY KEY REFERENCES "User" ON DELETE CASCADE,
    parent_id  bigint NOT NULL REFERENCES "User",
    school_id  int NOT NULL,
    -- That of his school, so that his class is one of it.
    curriculum text NOT NULL,
    grade      text NOT NULL,
    birth_date date,
    FOREIGN KEY (school_id, curriculum) REFERENCES school (id, curriculum),
    FOREIGN KEY (curriculum, grade) REFERENCES class
);

INSERT INTO student
SELECT u.id, parent.id, s.id, s.curriculum, a.grade, p.birth_date
FROM staging.student p
JOIN "User" u ON u.user_type = 'student' AND u.legacy_id = p.id
JOIN "User" parent ON parent.user_type = 'parent' AND parent.legacy_id = p.parent_id
JOIN school s ON s.id = p.school_id
JOIN grade_alias a ON a.alias = lower(trim(p.grade));

CREATE INDEX student_parent_id_idx ON student (parent_id);
CREATE INDEX student_school_id_curriculum_idx ON student (school_id, curriculum);

-- [verify]
-- Nobody is missing: who is, is of a school that isn't there.
SELECT p.id, p.school_id FROM staging.student p
WHERE NOT EXISTS (SELECT FROM "User" u WHERE u.user_type = 'student' AND u.legacy_id = p.id);
-- Everybody has a role.
SELECT u.id FROM "User" u
WHERE u.user_type = 'student' AND NOT EXISTS (SELECT FROM "UserRole" r WHERE r.user_id = u.id AND r.user_type = 'student');
-- No student is without a parent, or of a grade that nobody knows.
SELECT p.id, p.parent_id, p.grade FROM staging.student p
WHERE NOT EXISTS (
    SELECT FROM student s JOIN "User" u ON u.id = s.user_id WHERE u.user_type = 'student' AND u.legacy_id = p.id);
-- As many as the first version has.
SELECT c.rows = count(u.id) AS ok, c.rows AS v1, count(u.id) AS v2
FROM staging.source_count c LEFT JOIN "User" u ON u.user_type = c.entity AND u.legacy_id IS NOT NULL
WHERE c.entity = 'student' GROUP BY c.rows;

-- [down]
DROP TABLE student;
DELETE FROM conversion_note WHERE user_type = 'student';
DELETE FROM "User" WHERE user_type = 'student' AND legacy_id IS NOT NULL;
