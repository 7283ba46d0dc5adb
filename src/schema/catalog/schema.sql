-- Schemas. What initdb makes of `public` differs between versions: it is the state without attributes.
SELECT n.tableoid AS class, n.oid, 'schema' AS kind, n.nspname AS name,
    CASE WHEN n.oid >= 16384 OR n.nspowner <> initial.owner THEN pg_get_userbyid(n.nspowner) END AS owner,
    CASE WHEN n.nspacl IS NOT NULL
        THEN json_build_array(n.nspacl, coalesce(p.initprivs, acldefault('n', n.nspowner)), pg_get_userbyid(n.nspowner))
    END AS "grants:acl"
FROM pg_namespace n
LEFT JOIN pg_init_privs p ON p.classoid = n.tableoid AND p.objoid = n.oid AND n.oid < 16384
CROSS JOIN (SELECT 'pg_database_owner'::regrole::oid AS owner) initial -- 15+
CROSS JOIN (SELECT 10::oid AS owner) initial -- <15
WHERE n.oid >= 16384 OR n.nspname = 'public'
