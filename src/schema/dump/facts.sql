-- One row with one JSON object: facts.rs says what each part is.
SELECT pg_catalog.json_build_object(
    'role', current_user,
    'extensions', (
        SELECT coalesce(pg_catalog.json_object_agg(e.extname, pg_catalog.json_build_object(
            'version', e.extversion, 'default_version', a.default_version, 'comment', a.comment,
            'schema', n.nspname)), '{}')
        FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace
        LEFT JOIN pg_catalog.pg_available_extensions a ON a.name = e.extname),
    'sequences', (
        SELECT coalesce(pg_catalog.json_object_agg(pg_catalog.format('%I.%I', n.nspname, c.relname), s.seqstart), '{}')
        FROM pg_catalog.pg_sequence s
        JOIN pg_catalog.pg_class c ON c.oid = s.seqrelid
        JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace),
    'database', (
        SELECT pg_catalog.json_build_object(
            'settings', (
                SELECT coalesce(pg_catalog.json_agg(pg_catalog.json_build_object(
                    'role', r.rolname,
                    'name', pg_catalog.split_part(one, '=', 1),
                    'value', pg_catalog.substr(one, pg_catalog.strpos(one, '=') + 1)) ORDER BY r.rolname NULLS FIRST, at), '[]')
                FROM pg_catalog.pg_db_role_setting s
                CROSS JOIN pg_catalog.unnest(s.setconfig) WITH ORDINALITY AS each (one, at)
                LEFT JOIN pg_catalog.pg_roles r ON r.oid = s.setrole
                WHERE s.setdatabase = d.oid),
            'comment', pg_catalog.shobj_description(d.oid, 'pg_database'),
            'grants', (
                SELECT coalesce(pg_catalog.json_agg(pg_catalog.json_build_object(
                    'grantee', r.rolname, 'privilege', g.privilege_type, 'grantable', g.is_grantable)
                    ORDER BY r.rolname NULLS FIRST, g.privilege_type), '[]')
                FROM pg_catalog.aclexplode(coalesce(d.datacl, pg_catalog.acldefault('d', d.datdba))) g
                LEFT JOIN pg_catalog.pg_roles r ON r.oid = g.grantee))
        FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database()),
    'public', (
        SELECT pg_catalog.json_build_object(
            'oid', n.oid::pg_catalog.text,
            'owner', r.rolname,
            'comment', pg_catalog.obj_description(n.oid, 'pg_namespace'),
            'grants', (
                SELECT coalesce(pg_catalog.json_agg(pg_catalog.json_build_object(
                    'grantee', g.rolname, 'privilege', e.privilege_type, 'grantable', e.is_grantable)
                    ORDER BY g.rolname NULLS FIRST, e.privilege_type), '[]')
                FROM pg_catalog.aclexplode(coalesce(n.nspacl, pg_catalog.acldefault('n', n.nspowner))) e
                LEFT JOIN pg_catalog.pg_roles g ON g.oid = e.grantee))
        FROM pg_catalog.pg_namespace n JOIN pg_catalog.pg_roles r ON r.oid = n.nspowner WHERE n.nspname = 'public'),
    'invalid_indexes', (
        SELECT coalesce(pg_catalog.json_agg(pg_catalog.format('%I.%I', n.nspname, c.relname) ORDER BY n.nspname, c.relname), '[]')
        FROM pg_catalog.pg_index i
        JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
        JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        WHERE NOT i.indisvalid AND c.relkind <> 'I' AND n.nspname NOT IN ('pg_catalog', 'pg_toast')),
    'switched_triggers', (
        SELECT coalesce(pg_catalog.json_agg(DISTINCT t.tgrelid::pg_catalog.regclass::pg_catalog.text), '[]')
        FROM pg_catalog.pg_trigger t WHERE t.tgisinternal AND t.tgenabled <> 'O'),
    'cluster', (
        SELECT coalesce(pg_catalog.json_object_agg(name, details), '{}') FROM (
            SELECT 'role ' || rolname, pg_catalog.row_to_json(r)::pg_catalog.text
                || coalesce(pg_catalog.shobj_description(r.oid, 'pg_authid'), '') || coalesce(
                (SELECT pg_catalog.string_agg(g.rolname || ' ' || m.admin_option, ',' ORDER BY g.rolname, m.admin_option) FROM pg_catalog.pg_auth_members m
                 JOIN pg_catalog.pg_roles g ON g.oid = m.roleid WHERE m.member = r.oid), '')
            FROM pg_catalog.pg_roles r
            UNION ALL
            SELECT 'tablespace ' || spcname, pg_catalog.row_to_json(t)::pg_catalog.text
                || coalesce(pg_catalog.shobj_description(t.oid, 'pg_tablespace'), '')
            FROM pg_catalog.pg_tablespace t
            UNION ALL
            SELECT 'replication slot ' || slot_name, slot_type FROM pg_catalog.pg_replication_slots
            UNION ALL
            SELECT 'replication origin ' || roname, '' FROM pg_catalog.pg_replication_origin
            UNION ALL SELECT 'parameter ' || parname, paracl::pg_catalog.text FROM pg_catalog.pg_parameter_acl -- 15+
        ) AS things (name, details)))
