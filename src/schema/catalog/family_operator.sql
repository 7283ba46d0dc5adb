-- The operators of operator families: those of user's families, and what users put into others.
SELECT o.tableoid AS class, o.oid, coalesce(d.refclassid, f.tableoid) AS of_class, coalesce(d.refobjid, f.oid) AS of,
    n.nspname AS schema, 'family operator' AS kind,
    concat(f.opfname, ' USING ', am.amname) AS name,
    concat(o.amopstrategy, ' (', format_type(o.amoplefttype, NULL), ', ', format_type(o.amoprighttype, NULL), ')') AS part,
    o.amopopr::regoperator AS operator,
    quote_ident(sn.nspname) || '.' || quote_ident(s.opfname) AS "for order by"
FROM pg_amop o
JOIN pg_opfamily f ON f.oid = o.amopfamily
JOIN pg_namespace n ON n.oid = f.opfnamespace
JOIN pg_am am ON am.oid = f.opfmethod
LEFT JOIN pg_opfamily s ON s.oid = o.amopsortfamily
LEFT JOIN pg_namespace sn ON sn.oid = s.opfnamespace
LEFT JOIN pg_depend d ON d.classid = o.tableoid AND d.objid = o.oid AND d.refclassid = 'pg_opclass'::regclass
WHERE o.oid >= 16384
