-- As many people as there would be, beside the few of schools.sql. How many students is said by a setting:
--   PGOPTIONS='-c schools.students=1000000' psql -d schools_v1 -f v1/many.sql
-- A parent has two of them, a teacher forty. One e-mail address in ten is missing, one in fifty is somebody else's.

INSERT INTO "Teacher" ("fullName", email, phone, password, address, subject, "schoolId", "createdAt")
SELECT
    'Teacher Number' || n,
    CASE WHEN n % 10 > 0 THEN 'teacher' || n - n % 50 / 49 || '@example.org' END,
    CASE n % 3 WHEN 0 THEN '06 00 ' || lpad(n::text, 6, '0') WHEN 1 THEN '+221 78' || lpad(n::text, 7, '0') END,
    md5('t' || n),
    n || ' Main Street, 10000 Rabat',
    (ARRAY['Maths', 'French', 'Physics', 'History'])[1 + n % 4],
    1 + n % 3,
    timestamp '2018-01-01' + n * interval '1 minute'
FROM generate_series(1, greatest(current_setting('schools.students')::int / 40, 1)) AS n;

INSERT INTO "Parent" ("fullName", email, phone, password, address, "schoolId", "createdAt")
SELECT
    'Parent Number' || n,
    CASE WHEN n % 10 > 0 THEN 'parent' || n - n % 50 / 49 || '@example.org' END,
    '07 ' || lpad((n - n % 50 / 49)::text, 8, '0'),
    md5('p' || n),
    n || ' Side Street, ' || 10000 + n % 90000 || ' Dakar',
    1 + n % 3,
    timestamp '2018-06-01' + n * interval '1 second'
FROM generate_series(1, greatest(current_setting('schools.students')::int / 2, 1)) AS n;

INSERT INTO "Student"
    ("fullName", email, phone, password, address, "birthDate", grade, "parentId", "schoolId", "createdAt")
SELECT
    'Student Number' || n,
    CASE WHEN n % 10 > 0 THEN 'student' || n - n % 50 / 49 || '@example.org' END,
    NULL,
    md5('s' || n),
    n || ' Side Street, ' || 10000 + n % 90000 || ' Dakar',
    date '2006-01-01' + n % 3000,
    (ARRAY['CM1', 'CM2', '6e', '6ème', '5e'])[1 + n % 5],
    4 + n / 2 % greatest(current_setting('schools.students')::int / 2, 1),
    1 + n % 3,
    timestamp '2019-01-01' + n * interval '1 second'
FROM generate_series(1, current_setting('schools.students')::int) AS n;

ANALYZE;
