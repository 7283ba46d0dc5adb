-- Operator families.
SELECT f.tableoid AS class, f.oid, n.nspname AS schema, 'operator family' AS kind,
    concat(f.opfname, ' USING ', am.amname) AS name,
    pg_get_userbyid(f.opfowner) AS owner
FROM pg_opfamily f
JOIN pg_namespace n ON n.oid = f.opfnamespace
JOIN pg_am am ON am.oid = f.opfmethod
WHERE f.oid >= 16384
