-- Grants that were changed on what came with PostgreSQL or with an extension: otherwise those are no objects here.
SELECT 'pg_init_privs'::regclass::oid AS class, o.oid, 'grant' AS kind,
    pg_describe_object(o.class, o.oid, o.sub) AS name,
    json_build_array(o.acl, coalesce(p.initprivs, o.initial), pg_get_userbyid(o.owner)) AS "grants:acl"
FROM (
    SELECT tableoid AS class, oid, 0 AS sub, relnamespace AS schema, relacl AS acl, relowner AS owner,
        acldefault(CASE relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", relowner) AS initial
    FROM pg_class WHERE relacl IS NOT NULL
    UNION ALL
    SELECT c.tableoid, c.oid, a.attnum, c.relnamespace, a.attacl, c.relowner, '{}'
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid WHERE a.attacl IS NOT NULL
    UNION ALL
    SELECT tableoid, oid, 0, pronamespace, proacl, proowner, acldefault('f', proowner)
    FROM pg_proc WHERE proacl IS NOT NULL
    UNION ALL
    SELECT tableoid, oid, 0, typnamespace, typacl, typowner, acldefault('T', typowner)
    FROM pg_type WHERE typacl IS NOT NULL
    UNION ALL
    SELECT tableoid, oid, 0, oid, nspacl, nspowner, acldefault('n', nspowner)
    FROM pg_namespace WHERE nspacl IS NOT NULL AND nspname <> 'public'
    UNION ALL
    SELECT tableoid, oid, 0, 0, lanacl, lanowner, acldefault('l', lanowner) FROM pg_language WHERE lanacl IS NOT NULL
    UNION ALL
    SELECT tableoid, oid, 0, 0, fdwacl, fdwowner, acldefault('F', fdwowner)
    FROM pg_foreign_data_wrapper WHERE fdwacl IS NOT NULL
) o
LEFT JOIN pg_namespace n ON n.oid = o.schema
LEFT JOIN pg_init_privs p ON p.classoid = o.class AND p.objoid = o.oid AND p.objsubid = o.sub
LEFT JOIN pg_depend d ON d.classid = o.class AND d.objid = o.oid AND d.deptype = 'e'
WHERE (o.oid < 16384 OR d.objid IS NOT NULL) AND o.acl IS DISTINCT FROM p.initprivs
    -- What initdb grants there is not written down anywhere.
    AND n.nspname IS DISTINCT FROM 'information_schema'
