-- Foreign servers.
SELECT s.tableoid AS class, s.oid, 'server' AS kind, s.srvname AS name,
    pg_get_userbyid(s.srvowner) AS owner,
    CASE WHEN s.srvacl IS NOT NULL
        THEN json_build_array(s.srvacl, acldefault('S', s.srvowner), pg_get_userbyid(s.srvowner))
    END AS "grants:acl",
    w.fdwname AS wrapper,
    s.srvtype AS type,
    s.srvversion AS version,
    to_json(s.srvoptions) AS "options:secrets"
FROM pg_foreign_server s
JOIN pg_foreign_data_wrapper w ON w.oid = s.srvfdw
WHERE s.oid >= 16384
