-- Tables, partitioned tables and foreign tables.
SELECT c.tableoid AS class, c.oid, n.nspname AS schema, c.relname AS name,
    CASE c.relkind WHEN 'f' THEN 'foreign table' ELSE 'table' END AS kind,
    pg_get_userbyid(c.relowner) AS owner,
    CASE WHEN c.relacl IS NOT NULL
        THEN json_build_array(c.relacl, acldefault('r', c.relowner), pg_get_userbyid(c.relowner))
    END AS "grants:acl",
    c.relpersistence = 'u' AS "unlogged:flag",
    CASE WHEN c.relkind = 'p' THEN pg_get_partkeydef(c.oid) END AS "partition by:sql",
    CASE WHEN NOT c.relispartition THEN parents.names END AS "inherits:json",
    CASE WHEN c.relispartition THEN (parents.names ->> 0) END AS "partition of",
    CASE WHEN c.relispartition THEN pg_get_expr(c.relpartbound, c.oid) END AS "partition bound:sql",
    parents.detaching AS "detach pending:flag", -- 14+
    CASE WHEN c.reloftype <> 0 THEN format_type(c.reloftype, NULL) END AS "of type",
    nullif(am.amname, 'heap') AS "access method",
    s.spcname AS tablespace,
    to_json(c.reloptions) AS "options:set",
    to_json(toast.reloptions) AS "toast options:set",
    CASE c.relreplident WHEN 'n' THEN 'nothing' WHEN 'f' THEN 'full' WHEN 'i' THEN 'index' END AS "replica identity",
    c.relrowsecurity AS "row security:flag",
    c.relforcerowsecurity AS "force row security:flag",
    fs.srvname AS server,
    to_json(f.ftoptions) AS "server options:set"
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_class toast ON toast.oid = c.reltoastrelid AND toast.reloptions IS NOT NULL
LEFT JOIN pg_am am ON am.oid = c.relam
LEFT JOIN pg_tablespace s ON s.oid = c.reltablespace
LEFT JOIN pg_foreign_table f ON f.ftrelid = c.oid
LEFT JOIN pg_foreign_server fs ON fs.oid = f.ftserver
LEFT JOIN (
    SELECT inhrelid, json_agg(inhparent::regclass::text ORDER BY inhseqno) AS names
        , bool_or(inhdetachpending) AS detaching -- 14+
    FROM pg_inherits
    GROUP BY inhrelid
) parents ON parents.inhrelid = c.oid
WHERE c.relkind IN ('r', 'p', 'f') AND c.oid >= 16384
