-- Constraints of tables and domains, but for NOT NULL, which is its column's. What the index of a constraint has of its
-- own is told here: it is no object beside it. One that a constraint or a parent table brought counts where it was given
-- something of its own: a name, settings of its index, or that it isn't checked as its parent is.
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
    k.coninhcount > 0 AND k.conparentid = 0 AND NOT k.conislocal AS "inherited:flag",
    k.coninhcount > 0 AND k.conislocal AS "inherited and local:flag",
    parent.conname AS "attached to",
    absent.tables AS "not on:set",
    to_json(i.reloptions) AS "options:set",
    s.spcname AS tablespace,
    NOT x.indisvalid AS "invalid:flag",
    x.indisclustered AS "clustered:flag",
    x.indisreplident AS "replica identity:flag",
    triggers.list AS "triggers:set"
FROM pg_constraint k
JOIN pg_namespace n ON n.oid = k.connamespace
LEFT JOIN pg_class c ON c.oid = k.conrelid
LEFT JOIN pg_type t ON t.oid = k.contypid
LEFT JOIN pg_class i ON i.oid = k.conindid AND k.contype IN ('p', 'u', 'x')
LEFT JOIN pg_index x ON x.indexrelid = i.oid
LEFT JOIN pg_tablespace s ON s.oid = i.reltablespace
LEFT JOIN pg_constraint parent ON parent.oid = k.conparentid
LEFT JOIN pg_class above ON above.oid = parent.conindid AND k.contype IN ('p', 'u', 'x')
LEFT JOIN (
    -- The checks that a table has from a parent which checks more or less than it.
    SELECT child.oid
    FROM pg_constraint child
    JOIN pg_inherits h ON h.inhrelid = child.conrelid
    JOIN pg_constraint up ON up.conrelid = h.inhparent AND up.conname = child.conname AND up.contype = 'c'
    WHERE child.contype = 'c'
    GROUP BY child.oid
    HAVING bool_or(child.convalidated <> up.convalidated
        OR child.conenforced <> up.conenforced -- 18+
    )
) unlike ON unlike.oid = k.oid
LEFT JOIN (
    -- The name that PostgreSQL gives to the index of a partition; a longer one is cut.
    SELECT a.attrelid, string_agg(a.attname, '_' ORDER BY a.attnum) AS names
    FROM pg_attribute a
    JOIN pg_class l ON l.oid = a.attrelid AND l.relkind IN ('i', 'I') AND l.relispartition
    WHERE a.attnum > 0
    GROUP BY a.attrelid
) columns ON columns.attrelid = i.oid
LEFT JOIN (
    -- Where a partitioned index is still missing.
    SELECT whole.indexrelid, json_agg(h.inhrelid::regclass::text) AS tables
    FROM pg_index whole
    JOIN pg_inherits h ON h.inhparent = whole.indrelid
    JOIN pg_class leaf ON leaf.oid = h.inhrelid AND leaf.relkind IN ('r', 'p') AND leaf.relispartition
    LEFT JOIN (
        SELECT up.inhparent, own.indrelid FROM pg_inherits up JOIN pg_index own ON own.indexrelid = up.inhrelid
    ) there ON there.inhparent = whole.indexrelid AND there.indrelid = h.inhrelid
    WHERE NOT whole.indisvalid AND there.indrelid IS NULL
    GROUP BY whole.indexrelid
) absent ON absent.indexrelid = i.oid
LEFT JOIN (
    -- DISABLE TRIGGER ALL reaches these too, those of a partition's part of a foreign key as well. Their names have oids
    -- in them.
    WITH RECURSIVE told AS (
        SELECT tgconstraint AS of, concat(tgrelid::regclass, ' ', tgfoid::regproc, ' ', tgenabled) AS text
        FROM pg_trigger WHERE tgisinternal AND tgenabled <> 'O' AND tgconstraint <> 0
        UNION ALL
        SELECT part.conparentid, told.text
        FROM told JOIN pg_constraint part ON part.oid = told.of WHERE part.conparentid <> 0
    )
    SELECT of, json_agg(text) AS list FROM told GROUP BY of
) triggers ON triggers.of = k.oid
WHERE k.oid >= 16384 AND k.contype IN ('c', 'p', 'u', 'f', 'x')
    AND CASE
        WHEN k.conparentid = 0 THEN k.conislocal OR k.contype <> 'c' OR unlike.oid IS NOT NULL
        -- What refers to a partitioned table has a part for each partition there, on the same table.
        WHEN k.contype = 'f' THEN k.conrelid <> parent.conrelid
            AND (k.conname <> parent.conname OR k.convalidated <> parent.convalidated)
        ELSE i.reltablespace <> above.reltablespace OR i.reloptions IS DISTINCT FROM above.reloptions
            OR x.indisclustered OR x.indisreplident
            OR octet_length(k.conname) < 63 AND k.conname <> CASE k.contype WHEN 'p' THEN concat(c.relname, '_pkey')
                ELSE concat(c.relname, '_', columns.names, CASE k.contype WHEN 'u' THEN '_key' ELSE '_excl' END) END
    END
