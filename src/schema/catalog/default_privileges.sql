-- ALTER DEFAULT PRIVILEGES: by the role that will make the objects, and their kind.
SELECT d.tableoid AS class, d.oid, 'default privileges' AS kind, n.nspname AS schema, pg_get_userbyid(d.defaclrole) AS name,
    CASE d.defaclobjtype WHEN 'r' THEN 'tables' WHEN 'S' THEN 'sequences' WHEN 'f' THEN 'functions' WHEN 'T' THEN 'types'
        WHEN 'n' THEN 'schemas' WHEN 'L' THEN 'large objects' ELSE d.defaclobjtype::text END AS part,
    -- Those of a schema come on top of the others, so what they start from is nothing.
    json_build_array(d.defaclacl,
        CASE WHEN d.defaclnamespace = 0
            THEN acldefault(CASE d.defaclobjtype WHEN 'S' THEN 's' ELSE d.defaclobjtype END, d.defaclrole)
            ELSE '{}' END,
        pg_get_userbyid(d.defaclrole)) AS "grants:acl"
FROM pg_default_acl d
LEFT JOIN pg_namespace n ON n.oid = d.defaclnamespace
