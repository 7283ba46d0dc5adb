-- The catalogs of this database that the census does not count; those that hold parts of what it counts are known too.
SELECT c.relname, EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'oid')
FROM pg_class c
WHERE c.relnamespace = 'pg_catalog'::regnamespace AND c.relkind = 'r' AND NOT c.relisshared
    AND has_table_privilege(c.oid, 'SELECT')
    AND c.relname <> ALL ('{
        pg_am, pg_amop, pg_amproc, pg_attribute, pg_cast, pg_class, pg_collation, pg_constraint, pg_conversion,
        pg_default_acl, pg_event_trigger, pg_extension, pg_foreign_data_wrapper, pg_foreign_server,
        pg_language, pg_largeobject_metadata, pg_namespace, pg_opclass, pg_operator, pg_opfamily, pg_policy, pg_proc,
        pg_publication, pg_publication_namespace, pg_publication_rel, pg_rewrite, pg_statistic_ext, pg_transform,
        pg_trigger, pg_ts_config, pg_ts_dict, pg_ts_parser, pg_ts_template, pg_type, pg_user_mapping,
        pg_aggregate, pg_attrdef, pg_depend, pg_description, pg_enum, pg_foreign_table, pg_index, pg_inherits,
        pg_init_privs, pg_largeobject, pg_partitioned_table, pg_range, pg_seclabel, pg_sequence, pg_statistic,
        pg_statistic_ext_data, pg_subscription_rel, pg_ts_config_map}'::name[])
ORDER BY c.relname
