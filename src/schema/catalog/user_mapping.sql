-- User mappings. The view has them for everybody, and their options for those who may see them.
SELECT 'pg_user_mapping'::regclass::oid AS class, m.umid AS oid, 'user mapping' AS kind, m.srvname AS name,
    CASE m.umuser WHEN 0 THEN 'PUBLIC' ELSE quote_ident(m.usename) END AS part,
    to_json(m.umoptions) AS "options:secrets"
FROM pg_user_mappings m
