-- The support functions of operator families, likewise.
SELECT p.tableoid AS class, p.oid, coalesce(d.refclassid, f.tableoid) AS of_class, coalesce(d.refobjid, f.oid) AS of,
    n.nspname AS schema, 'family function' AS kind,
    concat(f.opfname, ' USING ', am.amname) AS name,
    concat(p.amprocnum, ' (', format_type(p.amproclefttype, NULL), ', ', format_type(p.amprocrighttype, NULL), ')')
        AS part,
    p.amproc::oid::regprocedure AS function
FROM pg_amproc p
JOIN pg_opfamily f ON f.oid = p.amprocfamily
JOIN pg_namespace n ON n.oid = f.opfnamespace
JOIN pg_am am ON am.oid = f.opfmethod
LEFT JOIN pg_depend d ON d.classid = p.tableoid AND d.objid = p.oid AND d.refclassid = 'pg_opclass'::regclass
WHERE p.oid >= 16384
