-- Sequences. That of an identity column is a part of its table, where it goes by the column's name.
SELECT c.tableoid AS class, c.oid,
    CASE d.deptype WHEN 'i' THEN t.tableoid END AS of_class, CASE d.deptype WHEN 'i' THEN t.oid END AS of,
    CASE d.deptype WHEN 'i' THEN 'identity' ELSE 'sequence' END AS kind,
    CASE d.deptype WHEN 'i' THEN tn.nspname ELSE n.nspname END AS schema,
    CASE d.deptype WHEN 'i' THEN t.relname ELSE c.relname END AS name,
    CASE d.deptype WHEN 'i' THEN a.attname END AS part,
    CASE d.deptype WHEN 'i' THEN c.oid::regclass END AS sequence,
    CASE d.deptype WHEN 'a' THEN concat(t.oid::regclass, '.', quote_ident(a.attname)) END AS "owned by",
    CASE WHEN d.deptype IS DISTINCT FROM 'i' THEN pg_get_userbyid(c.relowner) END AS owner,
    CASE WHEN c.relacl IS NOT NULL
        THEN json_build_array(c.relacl, acldefault('s', c.relowner), pg_get_userbyid(c.relowner))
    END AS "grants:acl",
    c.relpersistence = 'u' AS "unlogged:flag",
    format_type(s.seqtypid, NULL) AS type,
    s.seqstart AS "start:number",
    s.seqincrement AS "increment:number",
    s.seqmin AS "minimum:number",
    s.seqmax AS "maximum:number",
    s.seqcache AS "cache:number",
    s.seqcycle AS "cycle:flag"
FROM pg_sequence s
JOIN pg_class c ON c.oid = s.seqrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_depend d ON d.classid = c.tableoid AND d.objid = c.oid AND d.objsubid = 0
    AND d.refclassid = c.tableoid AND d.refobjsubid > 0 AND d.deptype IN ('a', 'i')
LEFT JOIN pg_class t ON t.oid = d.refobjid
LEFT JOIN pg_namespace tn ON tn.oid = t.relnamespace
LEFT JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid AND a.attrelid >= 16384
WHERE c.oid >= 16384 AND c.relkind = 'S'
