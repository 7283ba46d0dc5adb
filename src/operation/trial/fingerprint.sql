-- Makes a function that gives a fingerprint of the database: of every row of a system catalog that was written since now,
-- and of how many rows each catalog has; then of each table's rows, and where each sequence stands.
--
-- Nothing here looks at what a row means, so that objects which were dropped and made again give another fingerprint. Two
-- equal ones are what counts: nothing has changed, up to what is left out here because it changes by itself.
DO $make$
DECLARE
    parts text;
    toast text := 'SELECT oid FROM pg_class WHERE relnamespace = ''pg_toast''::regnamespace';
BEGIN
    SELECT string_agg(format(
        'SELECT %L || count(*) || '':'' || coalesce(sum(%s::numeric)
             FILTER (WHERE age(t.xmin) < age(%L::xid)), 0) AS part FROM pg_catalog.%I t %s',
        catalog.relname || ' ',
        -- A hash of values, which is new in 14, takes a third of the time of one of their text. What can't be hashed is a
        -- text all the same.
        (SELECT format(CASE WHEN current_setting('server_version_num')::int >= 140000
                THEN 'hash_record_extended(ROW(%s), 0)' ELSE 'hashtextextended(ROW(%s)::text, 0)' END,
            string_agg(format(CASE WHEN a.atttypid = ANY ('{oid,int2,int4,int8,bool,"\"char\"",name,float4,text,regproc,oidvector,
                    text[],oid[],aclitem[]}'::regtype[])
                THEN 't.%I' ELSE 't.%I::text' END, a.attname), ', ' ORDER BY a.attnum))
         FROM pg_attribute a
         WHERE a.attrelid = catalog.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attname <> ALL (ARRAY[
            'relfilenode', 'reltoastrelid', 'relpages', 'reltuples', 'relallvisible', 'relallfrozen', 'relfrozenxid', 'relminmxid',
            'relhasindex', 'relhasrules', 'relhastriggers', 'relhassubclass', 'relnatts', 'indcheckxmin',
            'atthasmissing', 'attmissingval', 'attcacheoff'])),
        pg_current_xact_id()::xid,
        catalog.relname,
        -- A dropped column leaves a row that nobody sees, and maybe a table for its large values; each relation has the
        -- same system columns.
        CASE catalog.relname
            WHEN 'pg_attribute' THEN 'WHERE t.attnum > 0 AND NOT t.attisdropped AND t.attrelid NOT IN (' || toast || ')'
            WHEN 'pg_class' THEN 'WHERE t.reloptions IS NOT NULL OR t.oid NOT IN (' || toast || ')'
            WHEN 'pg_index' THEN 'WHERE t.indrelid NOT IN (' || toast || ')'
            WHEN 'pg_depend' THEN 'WHERE t.classid <> ''pg_class''::regclass OR t.objid NOT IN (' || toast || ')'
            ELSE ''
        END
    ), E'\n    UNION ALL ' ORDER BY catalog.relname)
    INTO parts
    FROM pg_class catalog
    WHERE catalog.relnamespace = 'pg_catalog'::regnamespace AND catalog.relkind = 'r' AND NOT catalog.relisshared
        AND catalog.relname NOT IN ('pg_statistic', 'pg_statistic_ext_data', 'pg_largeobject')
        AND has_table_privilege(catalog.oid, 'select');
    EXECUTE format($create$
        CREATE FUNCTION %1$s.fingerprint() RETURNS TABLE (kind text, name text, number bigint, word text)
        LANGUAGE plpgsql SET search_path = pg_catalog AS $function$
        #variable_conflict use_variable
        DECLARE
            relation oid;
            columns text;
        BEGIN
            kind := 'catalogs';
            SELECT string_agg(parts.part, ',') INTO word FROM (
            %2$s
            UNION ALL SELECT 'roles ' || coalesce(sum(hashtextextended(r::text, 0)::numeric), 0) FROM pg_roles r
            UNION ALL SELECT 'members ' || coalesce(sum(hashtextextended(m::text, 0)::numeric), 0) FROM pg_auth_members m
            UNION ALL SELECT 'settings ' || coalesce(sum(hashtextextended(s::text, 0)::numeric), 0)
                FROM pg_db_role_setting s
            UNION ALL SELECT 'comments ' || coalesce(sum(hashtextextended(c::text, 0)::numeric), 0)
                FROM pg_shdescription c
            UNION ALL SELECT 'database ' || concat_ws(' ', datdba, datacl, datconnlimit, datistemplate, datallowconn)
                FROM pg_database WHERE datname = current_database()
            ) parts;
            RETURN NEXT;
            -- The ledger's own rows and sequence move on with each step, and are nobody's business here. Nor are the rows
            -- of an extension's tables, but for those that it leaves to its users.
            FOR kind, relation, name IN
                SELECT CASE c.relkind WHEN 'S' THEN 'sequence' ELSE 'table' END, c.oid, format('%%I.%%I', n.nspname, c.relname)
                FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                WHERE (c.relkind IN ('r', 'S') OR c.relkind = 'm' AND c.relispopulated)
                    AND c.relpersistence <> 't' AND c.oid >= 16384 AND c.relnamespace <> %3$L::regnamespace
                    AND (EXISTS (SELECT FROM pg_extension e WHERE c.oid = ANY (e.extconfig))
                        OR NOT EXISTS (SELECT FROM pg_depend d
                            WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'))
            LOOP
                IF kind = 'sequence' THEN
                    EXECUTE 'SELECT last_value, is_called FROM ' || name INTO number, word;
                ELSIF pg_relation_size(relation) > 0 THEN
                    -- The order of columns is no matter of the rows.
                    SELECT string_agg(quote_ident(attname), ', ' ORDER BY attname) INTO columns
                        FROM pg_attribute WHERE attrelid = relation AND attnum > 0 AND NOT attisdropped;
                    EXECUTE format('SELECT count(*), sum(hashtextextended(ROW(%%s)::text, 0)::numeric) FROM ONLY %%s',
                        columns, name) INTO number, word;
                ELSE
                    -- Most tables of a scratch have no row, and that is seen without reading them.
                    number := 0;
                    word := NULL;
                END IF;
                RETURN NEXT;
            END LOOP;
            IF EXISTS (SELECT FROM pg_largeobject_metadata) AND has_table_privilege('pg_largeobject', 'select') THEN
                kind := 'table';
                name := 'pg_catalog.pg_largeobject';
                EXECUTE 'SELECT count(DISTINCT loid), sum(hashtextextended(l::text, 0)::numeric) FROM pg_largeobject l'
                    INTO number, word;
                RETURN NEXT;
            END IF;
        END
        $function$
    $create$, {schema}, parts, {schema});
END
$make$;
