-- What was made to depend on an extension without belonging to it.
SELECT d.classid AS class, d.objid AS oid, d.objsubid AS sub, 'dependence' AS kind,
    json_agg(e.extname ORDER BY e.extname) AS "depends on extension:json"
FROM pg_depend d
JOIN pg_extension e ON e.oid = d.refobjid
WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'x'
GROUP BY d.classid, d.objid, d.objsubid
