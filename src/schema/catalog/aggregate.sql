-- Aggregates.
SELECT p.tableoid AS class, p.oid, n.nspname AS schema,
    concat(p.proname, '(', oidvectortypes(p.proargtypes), ')') AS name,
    'aggregate' AS kind,
    pg_get_userbyid(p.proowner) AS owner,
    CASE WHEN p.proacl IS NOT NULL
        THEN json_build_array(p.proacl, acldefault('f', p.proowner), pg_get_userbyid(p.proowner))
    END AS "grants:acl",
    pg_get_function_arguments(p.oid) AS arguments,
    pg_get_function_result(p.oid) AS returns,
    CASE a.aggkind WHEN 'o' THEN 'ordered set' WHEN 'h' THEN 'hypothetical set' END AS "kind of aggregate",
    nullif(a.aggnumdirectargs, 0) AS "direct arguments:number",
    a.aggtransfn::oid::regprocedure AS "state function",
    format_type(a.aggtranstype, NULL) AS "state type",
    nullif(a.aggtransspace, 0) AS "state size:number",
    a.agginitval AS "initial state",
    nullif(a.aggfinalfn::oid, 0)::regprocedure AS "final function",
    a.aggfinalextra AS "final function extra:flag",
    CASE a.aggfinalmodify WHEN 's' THEN 'shareable' WHEN 'w' THEN 'read write' END AS "final function modifies",
    nullif(a.aggcombinefn::oid, 0)::regprocedure AS "combine function",
    nullif(a.aggserialfn::oid, 0)::regprocedure AS "serialize function",
    nullif(a.aggdeserialfn::oid, 0)::regprocedure AS "deserialize function",
    nullif(a.aggmtransfn::oid, 0)::regprocedure AS "moving state function",
    nullif(a.aggminvtransfn::oid, 0)::regprocedure AS "moving inverse function",
    CASE WHEN a.aggmtranstype <> 0 THEN format_type(a.aggmtranstype, NULL) END AS "moving state type",
    nullif(a.aggmtransspace, 0) AS "moving state size:number",
    a.aggminitval AS "moving initial state",
    nullif(a.aggmfinalfn::oid, 0)::regprocedure AS "moving final function",
    a.aggmfinalextra AS "moving final function extra:flag",
    CASE a.aggmfinalmodify WHEN 's' THEN 'shareable' WHEN 'w' THEN 'read write' END AS "moving final function modifies",
    nullif(a.aggsortop::oid, 0)::regoperator AS "sort operator",
    CASE p.proparallel WHEN 's' THEN 'safe' WHEN 'r' THEN 'restricted' END AS parallel
FROM pg_aggregate a
JOIN pg_proc p ON p.oid = a.aggfnoid
JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE p.oid >= 16384
