-- What is there of what a plan destroys, and what would go with it. Read in one transaction under the search_path
-- pg_catalog; revgraph.path holds the session's own.
WITH RECURSIVE
named AS (
    SELECT c.oid, c.relname, c.relkind
    FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relname = ANY ({names}::name[])
      AND c.relkind IN ('r', 'p', 'm', 'v', 'S', 'f')
      AND n.nspname = ANY ({schemas}::name[] || current_setting('revgraph.path')::name[])
),
-- Where a CASCADE begins. By `kind`, `of` and `part` the answer is told apart.
root (kind, of, part, class, oid, sub) AS (
    SELECT 'relation', named.oid, NULL::name, 'pg_class'::regclass::oid, named.oid, 0
    FROM named WHERE relname = ANY ({cascades}::name[])
    UNION ALL
    SELECT 'column', a.attrelid, a.attname, 'pg_class'::regclass, a.attrelid, a.attnum
    FROM named JOIN pg_attribute a ON a.attrelid = named.oid
    WHERE a.attname = ANY ({cascading_columns}::name[]) AND a.attnum > 0 AND NOT a.attisdropped
    UNION ALL
    SELECT 'schema', oid, NULL, 'pg_namespace'::regclass, oid, 0
    FROM pg_namespace WHERE nspname = ANY ({dropped_schemas}::name[])
    UNION ALL
    SELECT 'extension', oid, NULL, 'pg_extension'::regclass, oid, 0
    FROM pg_extension WHERE extname = ANY ({extensions}::name[])
    UNION ALL
    SELECT 'type', t.oid, NULL, 'pg_type'::regclass, t.oid, 0
    FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
    WHERE t.typname = ANY ({types}::name[])
      AND n.nspname = ANY ({schemas}::name[] || current_setting('revgraph.path')::name[])
    UNION ALL
    SELECT 'role', r.oid, NULL, 'pg_class'::regclass, c.oid, 0
    FROM pg_roles r JOIN pg_class c ON c.relowner = r.oid
    WHERE r.rolname = ANY ({roles}::name[]) AND c.relkind IN ('r', 'p', 'm')
),
-- `needs`: by a dependence that only CASCADE gets over. The rest are parts of something else, and not worth a word.
gone (kind, of, part, class, oid, sub, needs) AS (
    SELECT kind, of, part, class, oid, sub::int, true FROM root
    UNION
    SELECT g.kind, g.of, g.part, d.class, d.oid, d.sub, d.needs
    FROM gone g CROSS JOIN LATERAL (
        SELECT classid AS class, objid AS oid, objsubid AS sub, deptype = 'n' AS needs
        FROM pg_depend
        WHERE refclassid = g.class AND refobjid = g.oid AND (g.sub = 0 OR refobjsubid = g.sub)
        UNION ALL
        -- A view is gone when what it is made of is.
        SELECT 'pg_class'::regclass, ev_class, 0, true
        FROM pg_rewrite WHERE g.class = 'pg_rewrite'::regclass AND pg_rewrite.oid = g.oid AND rulename = '_RETURN'
    ) d
),
reached AS (
    SELECT g.kind, g.of, g.part, g.class, g.oid, g.sub, bool_and(g.needs) AS needs, c.relkind, c.relispartition
    FROM gone g LEFT JOIN pg_class c ON g.class = 'pg_class'::regclass AND c.oid = g.oid
    WHERE g.kind = 'role' OR NOT EXISTS (
        SELECT FROM root r
        WHERE r.kind = g.kind AND r.of = g.of AND r.part IS NOT DISTINCT FROM g.part
          AND r.class = g.class AND r.oid = g.oid AND r.sub = g.sub
    )
    GROUP BY g.kind, g.of, g.part, g.class, g.oid, g.sub, c.relkind, c.relispartition
),
-- TRUNCATE … CASCADE empties what refers to a table.
emptied (of, oid) AS (
    SELECT oid, oid FROM named WHERE relname = ANY ({truncated}::name[])
    UNION
    SELECT e.of, k.conrelid
    FROM emptied e JOIN pg_constraint k ON k.contype = 'f' AND k.confrelid = e.oid AND k.conparentid = 0
),
also (kind, of, part, relation, attribute, what) AS (
    SELECT kind, of, part, oid, NULL::name, NULL::text
    FROM reached WHERE relkind IN ('r', 'p', 'm') AND sub = 0 AND NOT relispartition
    UNION ALL
    SELECT r.kind, r.of, r.part, r.oid, a.attname, NULL
    FROM reached r JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum = r.sub
    WHERE r.relkind IN ('r', 'p', 'm') AND r.sub > 0 AND r.needs AND NOT EXISTS (
        SELECT FROM reached w WHERE w.kind = r.kind AND w.of = r.of AND w.class = r.class AND w.oid = r.oid AND w.sub = 0
    )
    UNION ALL
    SELECT DISTINCT kind, of, part, NULL::oid, NULL::name, i.type || ' ' || i.identity
    FROM reached CROSS JOIN LATERAL pg_identify_object(class, oid, CASE WHEN relkind = 'v' THEN 0 ELSE sub END) i
    WHERE needs AND class <> 'pg_rewrite'::regclass AND (relkind IS NULL OR relkind NOT IN ('r', 'p', 'm', 'i', 'I', 't'))
    UNION ALL
    SELECT 'truncate', of, NULL, oid, NULL, NULL FROM emptied WHERE of <> oid
),
-- Tables that inherit from a table without being its partitions.
heir (of, oid) AS (
    SELECT named.oid, i.inhrelid
    FROM named JOIN pg_inherits i ON i.inhparent = named.oid JOIN pg_class c ON c.oid = i.inhrelid
    WHERE NOT c.relispartition
    UNION
    SELECT heir.of, i.inhrelid FROM heir JOIN pg_inherits i ON i.inhparent = heir.oid
),
-- What a view shows rows of: to delete from a view is to delete from a table.
shown (of, oid) AS (
    SELECT oid, oid FROM named WHERE relkind = 'v' AND relname = ANY ({emptied}::name[])
    UNION
    SELECT s.of, d.refobjid
    FROM shown s
    JOIN pg_rewrite w ON w.ev_class = s.oid
    JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid AND d.refclassid = 'pg_class'::regclass
),
listed AS (
    SELECT oid FROM named
    UNION SELECT s.oid FROM shown s JOIN pg_class c ON c.oid = s.oid AND c.relkind IN ('r', 'p', 'f')
    UNION SELECT relation FROM also WHERE relation IS NOT NULL
    UNION SELECT oid FROM heir
),
-- A partitioned table holds what its partitions hold.
tree (root, oid) AS (
    SELECT oid, oid FROM listed
    UNION ALL
    SELECT t.root, i.inhrelid
    FROM tree t JOIN pg_inherits i ON i.inhparent = t.oid JOIN pg_class c ON c.oid = i.inhrelid AND c.relispartition
),
weighed AS MATERIALIZED (
    -- What somebody has dropped since has no size.
    SELECT t.root, c.oid, c.reltuples, c.relpages, coalesce({heap}, 0) AS heap,
           quote_ident(n.nspname) || '.' || quote_ident(c.relname) AS name
    FROM tree t JOIN pg_class c ON c.oid = t.oid JOIN pg_namespace n ON n.oid = c.relnamespace
),
-- To measure all that belongs to a table opens each of its indexes. Where there is no row, nobody asks.
measured AS (
    SELECT c.*, CASE WHEN c.heap > 0 THEN coalesce({bytes}, 0) ELSE 0 END AS bytes FROM weighed c
),
-- As the planner does: so many rows a page as there were when the table was analysed, on the pages that it has now.
sized AS (
    SELECT root, sum(bytes)::bigint AS bytes, sum(heap)::bigint AS heap, bool_and(heap = 0) AS empty, array_agg(name ORDER BY name) AS parts,
           CASE WHEN NOT bool_or(heap > 0 AND (reltuples < 0 OR relpages = 0))
                THEN sum(CASE WHEN heap > 0 THEN reltuples::float8 / nullif(relpages, 0) * (heap / {block}) ELSE 0 END)::bigint
           END AS rows
    FROM measured GROUP BY root
)
SELECT json_build_object(
    'path', current_setting('revgraph.path')::name[],
    'user', session_user,
    'schemas', (SELECT json_agg(json_build_object('oid', oid::int8, 'name', nspname)) FROM pg_namespace),
    'extensions', (SELECT json_agg(json_build_object('oid', oid::int8, 'name', extname)) FROM pg_extension),
    'roles', (SELECT json_agg(json_build_object('oid', oid::int8, 'name', rolname)) FROM pg_roles
              WHERE rolname = ANY ({roles}::name[])),
    'types', (SELECT json_agg(json_build_object('oid', t.oid::int8, 'schema', n.nspname, 'name', t.typname))
              FROM root r JOIN pg_type t ON r.kind = 'type' AND t.oid = r.of
              JOIN pg_namespace n ON n.oid = t.typnamespace),
    'relations', (
        SELECT json_agg(json_build_object(
            'oid', c.oid::int8, 'schema', n.nspname, 'name', c.relname, 'kind', c.relkind,
            'rows', s.rows, 'bytes', s.bytes, 'heap', s.heap, 'empty', s.empty, 'parts', s.parts,
            'heirs', (SELECT coalesce(array_agg(heir.oid::int8), '{}') FROM heir WHERE heir.of = c.oid),
            'shows', (SELECT coalesce(array_agg(shown.oid::int8), '{}') FROM shown WHERE shown.of = c.oid)
        ) ORDER BY n.nspname, c.relname)
        FROM listed l JOIN pg_class c ON c.oid = l.oid JOIN pg_namespace n ON n.oid = c.relnamespace
        JOIN sized s ON s.root = c.oid
    ),
    'columns', (
        SELECT json_agg(json_build_object(
            'relation', a.attrelid::int8, 'name', a.attname, 'type', format_type(a.atttypid, a.atttypmod),
            'nulls', s.null_frac, 'width', s.avg_width
        ))
        FROM listed l JOIN pg_class c ON c.oid = l.oid JOIN pg_namespace n ON n.oid = c.relnamespace
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        LEFT JOIN pg_stats s ON s.schemaname = n.nspname AND s.tablename = c.relname AND s.attname = a.attname
            AND s.inherited = (c.relkind = 'p')
        -- Nearly always there are none, and nobody need look through all columns to see that.
        WHERE (cardinality({columns}::name[]) > 0 OR EXISTS (SELECT FROM also WHERE attribute IS NOT NULL))
          AND (a.attname = ANY ({columns}::name[])
               OR EXISTS (SELECT FROM also WHERE also.relation = a.attrelid AND also.attribute = a.attname))
    ),
    'also', (
        SELECT json_agg(json_build_object('kind', kind, 'of', of::int8, 'part', part, 'relation', relation::int8,
                                          'column', attribute, 'what', what) ORDER BY what, relation)
        FROM also
    )
)
