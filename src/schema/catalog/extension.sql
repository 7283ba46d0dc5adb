-- Extensions. Whoever owns the server owns what initdb makes (plpgsql), under a name that is another on each server: only
-- another owner is a difference.
SELECT e.tableoid AS class, e.oid, 'extension' AS kind, e.extname AS name,
    e.extversion AS version,
    n.nspname AS "in schema",
    CASE WHEN e.oid >= 16384 OR e.extowner <> 10 THEN pg_get_userbyid(e.extowner) END AS owner
FROM pg_extension e
JOIN pg_namespace n ON n.oid = e.extnamespace
