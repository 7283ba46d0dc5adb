-- Columns of all that has some, and the attributes of composite types. What a child table has from its first parent
-- counts where it differs from it.
SELECT c.tableoid AS class, c.oid, a.attnum AS sub,
    CASE c.relkind WHEN 'c' THEN t.tableoid ELSE c.tableoid END AS of_class,
    CASE c.relkind WHEN 'c' THEN c.reltype ELSE c.oid END AS of,
    CASE WHEN a.attinhcount > 0 AND NOT a.attislocal THEN up.inhparent END AS like,
    n.nspname AS schema, c.relname AS name, a.attname AS part,
    CASE c.relkind WHEN 'c' THEN 'attribute' ELSE 'column' END AS kind,
    -- Dropped columns keep their number, so the number tells nothing.
    rank() OVER (PARTITION BY a.attrelid ORDER BY a.attnum) AS "position:number",
    format_type(a.atttypid, a.atttypmod) AS type,
    CASE WHEN a.attcollation <> t.typcollation THEN a.attcollation::regcollation END AS collation,
    CASE WHEN a.attgenerated = '' THEN pg_get_expr(d.adbin, d.adrelid) END AS "default:sql",
    CASE WHEN a.attgenerated <> '' THEN pg_get_expr(d.adbin, d.adrelid) END AS "expression:sql",
    CASE a.attgenerated WHEN 's' THEN 'stored' WHEN 'v' THEN 'virtual' END AS generated,
    CASE a.attidentity WHEN 'a' THEN 'always' WHEN 'd' THEN 'by default' END AS identity,
    a.attnotnull AS "not null:flag",
    CASE WHEN nn.conislocal THEN nullif(nn.conname, concat(c.relname, '_', a.attname, '_not_null')) END -- 18+
        AS "not null name", -- 18+
    nn.connoinherit AS "not null no inherit:flag", -- 18+
    NOT nn.convalidated AS "not null not valid:flag", -- 18+
    CASE WHEN a.attstorage <> t.typstorage AND c.relkind <> 'v' THEN
        CASE a.attstorage WHEN 'p' THEN 'plain' WHEN 'e' THEN 'external' WHEN 'm' THEN 'main' ELSE 'extended' END
    END AS storage,
    CASE a.attcompression WHEN 'p' THEN 'pglz' WHEN 'l' THEN 'lz4' END AS compression, -- 14+
    nullif(a.attstattarget, -1) AS "statistics:number",
    to_json(a.attoptions) AS "options:set",
    to_json(a.attfdwoptions) AS "server options:set",
    a.attinhcount > 0 AS "inherited:flag",
    a.attinhcount > 0 AND a.attislocal AS "inherited and local:flag",
    CASE WHEN a.attacl IS NOT NULL THEN json_build_array(a.attacl, '{}'::aclitem[], pg_get_userbyid(c.relowner)) END
        AS "grants:acl"
FROM pg_attribute a
JOIN pg_class c ON c.oid = a.attrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_inherits up ON up.inhrelid = c.oid AND up.inhseqno = 1
LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
LEFT JOIN pg_constraint nn ON nn.conrelid = a.attrelid AND nn.contype = 'n' AND nn.conkey = ARRAY[a.attnum] -- 18+
WHERE a.attnum > 0 AND NOT a.attisdropped AND a.attrelid >= 16384 AND c.relkind IN ('r', 'p', 'f', 'v', 'm', 'c')
