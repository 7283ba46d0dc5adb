-- The tables of publications.
SELECT r.tableoid AS class, r.oid, p.tableoid AS of_class, p.oid AS of,
    'publication table' AS kind, p.pubname AS name, r.prrelid::regclass AS part
    , pg_get_expr(r.prqual, r.prrelid) AS "where:sql" -- 15+
    , (SELECT json_agg(a.attname) FROM pg_attribute a WHERE a.attrelid = r.prrelid AND a.attnum = ANY (r.prattrs)) -- 15+
        AS "columns:set" -- 15+
FROM pg_publication_rel r
JOIN pg_publication p ON p.oid = r.prpubid
