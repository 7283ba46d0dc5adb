-- Constraints of tables and domains, but for NOT NULL, which is its column's, and those that a constraint or a parent
-- table brought. What the index of a constraint has of its own is told here: it is no object beside it.
SELECT k.tableoid AS class, k.oid, coalesce(c.tableoid, t.tableoid) AS of_class, coalesce(c.oid, t.oid) AS of,
    n.nspname AS schema, coalesce(c.relname, t.typname) AS name, k.conname AS part,
    'constraint' AS kind,
    CASE k.contype WHEN 'c' THEN 'check' WHEN 'p' THEN 'primary key' WHEN 'u' THEN 'unique' WHEN 'f' THEN 'foreign key'
        ELSE 'exclusion' END AS type,
    CASE WHEN k.contype = 'c' THEN pg_get_expr(k.conbin, k.conrelid) END AS "check:sql",
    CASE WHEN k.contype = 'x' THEN pg_get_constraintdef(k.oid) END AS "exclusion:sql",
    CASE WHEN k.contype IN ('p', 'u', 'f') THEN pg_get_constraintdef(k.oid) END AS definition,
    k.contype = 'c' AND NOT k.convalidated AS "not valid:flag",
    k.contype = 'c' AND NOT k.conenforced AS "not enforced:flag", -- 18+
    k.contype = 'c' AND k.connoinherit AS "no inherit:flag",
    k.coninhcount > 0 AND k.conislocal AS "inherited and local:flag",
    to_json(i.reloptions) AS "options:set",
    s.spcname AS tablespace,
    NOT x.indisvalid AS "invalid:flag",
    x.indisclustered AS "clustered:flag",
    x.indisreplident AS "replica identity:flag",
    triggers.list AS "triggers:json"
FROM pg_constraint k
JOIN pg_namespace n ON n.oid = k.connamespace
LEFT JOIN pg_class c ON c.oid = k.conrelid
LEFT JOIN pg_type t ON t.oid = k.contypid
LEFT JOIN pg_class i ON i.oid = k.conindid AND k.contype IN ('p', 'u', 'x')
LEFT JOIN pg_index x ON x.indexrelid = i.oid
LEFT JOIN pg_tablespace s ON s.oid = i.reltablespace
LEFT JOIN (
    -- DISABLE TRIGGER ALL reaches these too. Their names have oids in them.
    SELECT tgconstraint, json_agg(concat(tgrelid::regclass, ' ', tgfoid::regproc, ' ', tgenabled)
        ORDER BY tgrelid::regclass::text, tgfoid::regproc::text) AS list
    FROM pg_trigger WHERE tgisinternal AND tgenabled <> 'O' AND tgconstraint <> 0 GROUP BY tgconstraint
) triggers ON triggers.tgconstraint = k.oid
WHERE k.oid >= 16384 AND k.contype IN ('c', 'p', 'u', 'f', 'x') AND k.conparentid = 0
    AND (k.conislocal OR k.contype <> 'c')
