-- Functions and procedures; not those that PostgreSQL makes for a range type.
SELECT p.tableoid AS class, p.oid, n.nspname AS schema,
    concat(p.proname, '(', oidvectortypes(p.proargtypes), ')') AS name,
    CASE p.prokind WHEN 'p' THEN 'procedure' ELSE 'function' END AS kind,
    p.prokind = 'w' AS "window:flag",
    pg_get_userbyid(p.proowner) AS owner,
    CASE WHEN p.proacl IS NOT NULL
        THEN json_build_array(p.proacl, acldefault('f', p.proowner), pg_get_userbyid(p.proowner))
    END AS "grants:acl",
    nullif(pg_get_function_arguments(p.oid), '') AS "arguments:sql",
    pg_get_function_result(p.oid) AS returns,
    l.lanname AS language,
    nullif(p.prosrc, '') AS body,
    pg_get_function_sqlbody(p.oid) AS "sql body:sql", -- 14+
    p.probin AS library,
    CASE p.provolatile WHEN 'i' THEN 'immutable' WHEN 's' THEN 'stable' END AS volatility,
    p.proisstrict AS "strict:flag",
    p.prosecdef AS "security definer:flag",
    p.proleakproof AS "leakproof:flag",
    CASE p.proparallel WHEN 's' THEN 'safe' WHEN 'r' THEN 'restricted' END AS parallel,
    nullif(p.procost, CASE WHEN l.lanname IN ('c', 'internal') THEN 1 ELSE 100 END) AS "cost:number",
    nullif(p.prorows, CASE WHEN p.proretset THEN 1000 ELSE 0 END) AS "rows:number",
    nullif(p.prosupport::oid, 0)::regprocedure AS support,
    to_json(p.proconfig) AS "settings:set",
    CASE WHEN p.protrftypes IS NOT NULL THEN to_json(p.protrftypes::regtype[]) END AS "transforms:json"
FROM pg_proc p
JOIN pg_namespace n ON n.oid = p.pronamespace
JOIN pg_language l ON l.oid = p.prolang
LEFT JOIN pg_depend d ON d.classid = p.tableoid AND d.objid = p.oid AND d.deptype = 'i'
WHERE p.oid >= 16384 AND p.prokind <> 'a' AND d.objid IS NULL
