-- Every object that a user made, in every catalog, but for those that PostgreSQL makes by itself with another one.
SELECT c.tableoid AS class, c.oid, 0 AS sub
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_constraint k ON k.conindid = c.oid AND k.contype IN ('p', 'u', 'x')
WHERE c.oid >= 16384 AND c.relkind NOT IN ('t', 'c') AND n.nspname !~ '^pg_toast'
    AND NOT (c.relkind IN ('i', 'I') AND (k.oid IS NOT NULL OR c.relispartition))
UNION ALL
SELECT c.tableoid, c.oid, a.attnum
FROM pg_attribute a
JOIN pg_class c ON c.oid = a.attrelid
WHERE a.attrelid >= 16384 AND a.attnum > 0 AND NOT a.attisdropped AND c.relkind NOT IN ('i', 'I', 't', 'S')
UNION ALL
SELECT t.tableoid, t.oid, 0
FROM pg_type t
LEFT JOIN pg_class c ON c.oid = t.typrelid
LEFT JOIN pg_type element ON element.oid = t.typelem
WHERE t.oid >= 16384 AND t.typtype <> 'm' AND element.typarray IS DISTINCT FROM t.oid
    AND (c.relkind IS NULL OR c.relkind = 'c')
UNION ALL
SELECT tableoid, oid, 0
FROM pg_constraint
WHERE oid >= 16384 AND contype NOT IN ('n', 't') AND conparentid = 0 AND (contype <> 'c' OR conislocal)
UNION ALL
SELECT tableoid, oid, 0 FROM pg_trigger WHERE oid >= 16384 AND NOT tgisinternal AND tgparentid = 0
UNION ALL
SELECT tableoid, oid, 0 FROM pg_rewrite WHERE oid >= 16384 AND rulename <> '_RETURN'
UNION ALL
SELECT p.tableoid, p.oid, 0
FROM pg_proc p
LEFT JOIN pg_depend d ON d.classid = p.tableoid AND d.objid = p.oid AND d.deptype = 'i'
WHERE p.oid >= 16384 AND d.objid IS NULL
UNION ALL
SELECT c.tableoid, c.oid, 0
FROM pg_cast c
LEFT JOIN pg_depend d ON d.classid = c.tableoid AND d.objid = c.oid AND d.deptype = 'i'
WHERE c.oid >= 16384 AND d.objid IS NULL
UNION ALL
SELECT tableoid, oid, 0 FROM pg_namespace WHERE oid >= 16384 AND nspname !~ '^pg_(temp|toast)'
UNION ALL
SELECT 'pg_user_mapping'::regclass, umid, 0 FROM pg_user_mappings
UNION ALL
SELECT 'pg_largeobject'::regclass, oid, 0 FROM pg_largeobject_metadata
UNION ALL
SELECT 'pg_subscription'::regclass, s.oid, 0 FROM pg_subscription s -- 14+
JOIN pg_database d ON d.oid = s.subdbid AND d.datname = current_database() -- 14+
UNION ALL -- 14+
SELECT tableoid, oid, 0 FROM pg_am WHERE oid >= 16384
UNION ALL
SELECT tableoid, oid, 0 FROM pg_amop WHERE oid >= 16384
UNION ALL
SELECT tableoid, oid, 0 FROM pg_amproc WHERE oid >= 16384
UNION ALL
SELECT tableoid, oid, 0 FROM pg_collation WHERE oid >= 16384
UNION ALL
SELECT tableoid, oid, 0 FROM pg_conversion WHERE oid >= 16384
UNION ALL
SELECT tableoid, oid, 0 FROM pg_default_acl
UNION ALL
SELECT tableoid, oid, 0 FROM pg_event_trigger WHERE oid >= 16384
UNION ALL
SELECT tableoid, oid, 0 FROM pg_extension
UNION ALL
SELECT tableoid, oid, 0 FROM pg_foreign_data_wrapper WHERE oid >= 16384
UNION ALL
SELECT tableoid, oid, 0 FROM pg_foreign_server WHERE oid >= 16384
UNION ALL
SELECT tableoid, oid, 0 FROM pg_language WHERE oid >= 16384
UNION ALL
SELECT tableoid, oid, 0 FROM pg_opclass WHERE oid >= 16384
UNION ALL
SELECT tableoid, oid, 0 FROM pg_operator WHERE oid >= 16384
UNION ALL
SELECT tableoid, oid, 0 FROM pg_opfamily WHERE oid >= 16384
UNION ALL
SELECT tableoid, oid, 0 FROM pg_policy WHERE oid >= 16384
UNION ALL
SELECT tableoid, oid, 0 FROM pg_publication WHERE oid >= 16384
UNION ALL
SELECT tableoid, oid, 0 FROM pg_publication_namespace -- 15+
UNION ALL -- 15+
SELECT tableoid, oid, 0 FROM pg_publication_rel
UNION ALL
SELECT tableoid, oid, 0 FROM pg_statistic_ext WHERE oid >= 16384
UNION ALL
SELECT tableoid, oid, 0 FROM pg_transform WHERE oid >= 16384
UNION ALL
SELECT tableoid, oid, 0 FROM pg_ts_config WHERE oid >= 16384
UNION ALL
SELECT tableoid, oid, 0 FROM pg_ts_dict WHERE oid >= 16384
UNION ALL
SELECT tableoid, oid, 0 FROM pg_ts_parser WHERE oid >= 16384
UNION ALL
SELECT tableoid, oid, 0 FROM pg_ts_template WHERE oid >= 16384
UNION ALL
SELECT s.tableoid, s.setrole, 0
FROM pg_db_role_setting s
JOIN pg_database d ON d.oid = s.setdatabase AND d.datname = current_database()
