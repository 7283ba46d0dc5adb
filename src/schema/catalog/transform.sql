-- Transforms.
SELECT t.tableoid AS class, t.oid, 'transform' AS kind, format_type(t.trftype, NULL) AS name, l.lanname AS part,
    nullif(t.trffromsql::oid, 0)::regprocedure AS "from sql",
    nullif(t.trftosql::oid, 0)::regprocedure AS "to sql"
FROM pg_transform t
JOIN pg_language l ON l.oid = t.trflang
WHERE t.oid >= 16384
