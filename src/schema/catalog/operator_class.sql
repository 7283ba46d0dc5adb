-- Operator classes.
SELECT c.tableoid AS class, c.oid, n.nspname AS schema, 'operator class' AS kind,
    concat(c.opcname, ' USING ', am.amname) AS name,
    pg_get_userbyid(c.opcowner) AS owner,
    format_type(c.opcintype, NULL) AS type,
    CASE WHEN c.opckeytype <> 0 THEN format_type(c.opckeytype, NULL) END AS storage,
    c.opcdefault AS "default:flag",
    concat(quote_ident(fn.nspname), '.', quote_ident(f.opfname)) AS family
FROM pg_opclass c
JOIN pg_namespace n ON n.oid = c.opcnamespace
JOIN pg_am am ON am.oid = c.opcmethod
JOIN pg_opfamily f ON f.oid = c.opcfamily
JOIN pg_namespace fn ON fn.oid = f.opfnamespace
WHERE c.oid >= 16384
