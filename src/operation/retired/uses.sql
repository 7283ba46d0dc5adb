-- Read under the search_path pg_catalog; revgraph.objects holds the oids of the objects, as the session's own has found them.
WITH object (number, class, oid, attribute, name, relation) AS (VALUES {objects}),
-- Those that are there: the column, where it is one.
target AS MATERIALIZED (
    SELECT o.*, a.attnum
    FROM object o LEFT JOIN pg_attribute a ON a.attrelid = o.oid AND a.attname = o.attribute AND NOT a.attisdropped
    WHERE o.oid IS NOT NULL AND (o.attribute IS NULL OR a.attnum IS NOT NULL)
),
-- What goes away as a whole: its use of something else that goes away is nobody's concern.
going AS (SELECT t.class, t.oid FROM target t WHERE t.attnum IS NULL),
-- A table may be used by its type, and a type by that of its arrays.
used AS (
    SELECT t.number, t.oid AS relation, t.class, t.oid, t.attnum FROM target t
    UNION ALL
    SELECT t.number, t.oid, 'pg_type'::regclass, y.oid, NULL
    FROM target t JOIN pg_type y ON y.typrelid = t.oid AND y.typrelid <> 0
    WHERE t.class = 'pg_class'::regclass AND t.attnum IS NULL
    UNION ALL
    SELECT t.number, t.oid, t.class, y.typarray, NULL
    FROM target t JOIN pg_type y ON y.oid = t.oid AND y.typarray <> 0
    WHERE t.class = 'pg_type'::regclass
)
SELECT number, NULL AS what, NULL AS by FROM target
UNION
SELECT u.number, 'uses', i.type || ' ' || i.identity
FROM used u
JOIN pg_depend d ON d.refclassid = u.class AND d.refobjid = u.oid AND d.deptype = 'n'
    AND (u.attnum IS NULL OR d.refobjsubid = u.attnum)
LEFT JOIN pg_rewrite r ON d.classid = 'pg_rewrite'::regclass AND r.oid = d.objid
LEFT JOIN pg_constraint c ON d.classid = 'pg_constraint'::regclass AND c.oid = d.objid
LEFT JOIN pg_trigger g ON d.classid = 'pg_trigger'::regclass AND g.oid = d.objid
CROSS JOIN LATERAL pg_identify_object(
    CASE WHEN r.oid IS NULL THEN d.classid ELSE 'pg_class'::regclass END,
    coalesce(r.ev_class, d.objid),
    CASE WHEN r.oid IS NULL THEN d.objsubid ELSE 0 END
) AS i
WHERE r.ev_class IS DISTINCT FROM u.relation AND c.conrelid IS DISTINCT FROM u.relation
    AND NOT EXISTS (
        SELECT FROM going
        WHERE (going.class, going.oid) IN (
            (d.classid, d.objid),
            ('pg_class'::regclass, coalesce(r.ev_class, c.conrelid, g.tgrelid))
        )
    )
UNION
-- A body that is a text knows what it uses by name alone.
SELECT t.number, 'names', i.type || ' ' || i.identity
FROM target t
JOIN pg_proc p ON NOT EXISTS (
        SELECT FROM going WHERE going.class = 'pg_proc'::regclass AND going.oid = p.oid
    )
    AND p.prosrc ~* ('\m' || regexp_replace(t.name, '(\W)', '\\\1', 'g') || '\M')
    AND (t.relation IS NULL OR p.prosrc ~* ('\m' || regexp_replace(t.relation, '(\W)', '\\\1', 'g') || '\M'))
JOIN pg_namespace n ON n.oid = p.pronamespace AND n.nspname NOT IN ('pg_catalog', 'information_schema', {ledger})
JOIN pg_language l ON l.oid = p.prolang AND l.lanname NOT IN ('internal', 'c')
CROSS JOIN LATERAL pg_identify_object('pg_proc'::regclass, p.oid, 0) AS i
ORDER BY 1, 2, 3
