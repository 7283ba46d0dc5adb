-- revision:   par2
-- message:    parents become users
-- parents:    par1
-- created:    2025-01-13T09:15:00Z

-- [up]
ANALYZE staging.parent;
SELECT staging.add_users('parent');

-- [verify]
-- Nobody is missing: who is, is of a school that isn't there.
SELECT p.id, p.school_id FROM staging.parent p
WHERE NOT EXISTS (SELECT FROM "User" u WHERE u.user_type = 'parent' AND u.legacy_id = p.id);
-- Everybody has a role.
SELECT u.id FROM "User" u
WHERE u.user_type = 'parent' AND NOT EXISTS (SELECT FROM "UserRole" r WHERE r.user_id = u.id AND r.user_type = 'parent');
-- As many as the first version has.
SELECT c.rows = count(u.id) AS ok, c.rows AS v1, count(u.id) AS v2
FROM staging.source_count c LEFT JOIN "User" u ON u.user_type = c.entity AND u.legacy_id IS NOT NULL
WHERE c.entity = 'parent' GROUP BY c.rows;

-- [down]
DELETE FROM conversion_note WHERE user_type = 'parent';
DELETE FROM "User" WHERE user_type = 'parent' AND legacy_id IS NOT NULL;
