-- Indexes, but for those of constraints. One that came with its partition counts if it was given something of its own,
-- such as another name than PostgreSQL would give it.
SELECT i.tableoid AS class, i.oid, c.tableoid AS of_class, c.oid AS of,
    n.nspname AS schema, c.relname AS name, i.relname AS part,
    'index' AS kind,
    x.indisunique AS "unique:flag",
    -- From the method on: what comes before has names in it, which may be ignored.
    substr(pg_get_indexdef(i.oid), 1 + length(format('CREATE %sINDEX %I ON %s%I.%I ',
        CASE WHEN x.indisunique THEN 'UNIQUE ' END, i.relname,
        CASE WHEN i.relkind = 'I' THEN 'ONLY ' END, n.nspname, c.relname))) AS "definition:sql",
    s.spcname AS tablespace,
    NOT x.indisvalid AS "invalid:flag",
    x.indisclustered AS "clustered:flag",
    x.indisreplident AS "replica identity:flag",
    targets.list AS "statistics:json",
    up.inhparent::regclass AS "attached to",
    absent.tables AS "not on:set"
FROM pg_index x
JOIN pg_class i ON i.oid = x.indexrelid
JOIN pg_class c ON c.oid = x.indrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_tablespace s ON s.oid = i.reltablespace
LEFT JOIN pg_inherits up ON up.inhrelid = i.oid
LEFT JOIN pg_class parent ON parent.oid = up.inhparent
LEFT JOIN pg_constraint k ON k.conindid = i.oid AND k.contype IN ('p', 'u', 'x')
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
    SELECT attrelid, json_object_agg(attnum, attstattarget ORDER BY attnum) AS list
    FROM pg_attribute WHERE attstattarget >= 0 AND attnum > 0 GROUP BY attrelid
) targets ON targets.attrelid = i.oid
WHERE i.oid >= 16384 AND c.relkind IN ('r', 'p', 'm') AND k.oid IS NULL
    AND (up.inhrelid IS NULL OR i.reltablespace <> parent.reltablespace OR targets.list IS NOT NULL
        OR i.reloptions IS DISTINCT FROM parent.reloptions OR x.indisclustered OR x.indisreplident
        OR octet_length(i.relname) < 63 AND i.relname <> concat(c.relname, '_', columns.names, '_idx'))
