-- The schemas of publications, since 15.
SELECT r.tableoid AS class, r.oid, p.tableoid AS of_class, p.oid AS of, -- 15+
    'publication schema' AS kind, p.pubname AS name, n.nspname AS part -- 15+
FROM pg_publication_namespace r -- 15+
JOIN pg_publication p ON p.oid = r.pnpubid -- 15+
JOIN pg_namespace n ON n.oid = r.pnnspid -- 15+
SELECT NULL AS class WHERE false -- <15
