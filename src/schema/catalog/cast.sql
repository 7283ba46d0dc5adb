-- Casts.
SELECT c.tableoid AS class, c.oid, 'cast' AS kind,
    concat('(', format_type(c.castsource, NULL), ' AS ', format_type(c.casttarget, NULL), ')') AS name,
    nullif(c.castfunc::oid, 0)::regprocedure AS function,
    CASE c.castmethod WHEN 'i' THEN 'inout' WHEN 'b' THEN 'binary' END AS method,
    CASE c.castcontext WHEN 'i' THEN 'implicit' WHEN 'a' THEN 'assignment' END AS context
FROM pg_cast c
LEFT JOIN pg_depend d ON d.classid = c.tableoid AND d.objid = c.oid AND d.deptype = 'i'
WHERE c.oid >= 16384 AND d.objid IS NULL
