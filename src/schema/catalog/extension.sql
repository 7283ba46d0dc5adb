-- Extensions.
SELECT e.tableoid AS class, e.oid, 'extension' AS kind, e.extname AS name,
    e.extversion AS version,
    n.nspname AS "in schema",
    pg_get_userbyid(e.extowner) AS owner
FROM pg_extension e
JOIN pg_namespace n ON n.oid = e.extnamespace
