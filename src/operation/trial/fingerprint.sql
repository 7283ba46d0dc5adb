-- Makes a function that gives a fingerprint of the database: of every row of a system catalog that was written since now,
-- and of how many rows each catalog has; then of each table's rows, and where each sequence stands.
--
-- Nothing here looks at what a row means, so that objects which were dropped and made again give another fingerprint. Two
-- equal ones are what counts: nothing has changed, up to what is left out here because it changes by itself.
--
-- A catalog's part is the number of its rows and the sum of their hashes. The function is given those of an earlier
-- fingerprint, and the transaction before which that was taken. A row is never changed, only written anew: where there still
-- are as many older rows as there were rows, these are the same ones, and only the newer ones are added up.
DO $make$
DECLARE
    parts text;
    whole text;
    toast text := 'SELECT oid FROM pg_class WHERE relnamespace = ''pg_toast''::regnamespace';
BEGIN
    SELECT
        string_agg(format('SELECT %s AS at, count(*) AS rows, count(*) FILTER (WHERE age(t.xmin) <= age(since)) AS newer,
                coalesce(sum(%s::numeric) FILTER (WHERE age(t.xmin) <= age(since)), 0) AS hash FROM pg_catalog.%I t %s',
            at, hash, relname, condition), E'\n    UNION ALL ' ORDER BY at),
        format('ARRAY[%s]', string_agg(quote_literal(format('SELECT count(*), coalesce(sum(%s::numeric) FILTER (WHERE
                age(t.xmin) <= age(%L::xid)), 0) FROM pg_catalog.%I t %s',
            hash, pg_current_xact_id()::xid, relname, condition)), E',\n' ORDER BY at))
    INTO parts, whole
    FROM (
        SELECT row_number() OVER (ORDER BY catalog.relname) AS at, catalog.relname,
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
            'atthasmissing', 'attmissingval', 'attcacheoff'])) AS hash,
        -- A dropped column leaves a row that nobody sees, and maybe a table for its large values; each relation has the
        -- same system columns.
        CASE catalog.relname
            WHEN 'pg_attribute' THEN 'WHERE t.attnum > 0 AND NOT t.attisdropped AND t.attrelid NOT IN (' || toast || ')'
            WHEN 'pg_class' THEN 'WHERE t.reloptions IS NOT NULL OR t.oid NOT IN (' || toast || ')'
            WHEN 'pg_index' THEN 'WHERE t.indrelid NOT IN (' || toast || ')'
            WHEN 'pg_depend' THEN 'WHERE t.classid <> ''pg_class''::regclass OR t.objid NOT IN (' || toast || ')'
            ELSE ''
        END AS condition
    FROM pg_class catalog
    WHERE catalog.relnamespace = 'pg_catalog'::regnamespace AND catalog.relkind = 'r' AND NOT catalog.relisshared
        AND catalog.relname NOT IN ('pg_statistic', 'pg_statistic_ext_data', 'pg_largeobject')
        AND has_table_privilege(catalog.oid, 'select')
    ) catalogs;
    EXECUTE format($create$
        CREATE FUNCTION %1$s.fingerprint(since xid DEFAULT %5$L, counts bigint[] DEFAULT NULL, sums numeric[] DEFAULT NULL)
        RETURNS TABLE (kind text, name text, number bigint, word text)
        -- The plan for all the catalogs is the same each time, and is made once.
        LANGUAGE plpgsql SET search_path = pg_catalog SET plan_cache_mode = force_generic_plan AS $function$
        #variable_conflict use_variable
        DECLARE
            whole CONSTANT text[] := %4$s;
            part record;
            columns text;
            query text;
        BEGIN
            kind := 'since';
            word := pg_snapshot_xmax(pg_current_snapshot())::xid;
            RETURN NEXT;
            kind := 'catalog';
            FOR part IN
            %2$s
            ORDER BY at
            LOOP
                name := part.at;
                IF counts IS NULL THEN
                    number := part.rows;
                    word := part.hash;
                ELSIF part.rows - part.newer = counts[part.at] THEN
                    number := part.rows;
                    word := sums[part.at] + part.hash;
                ELSE
                    EXECUTE whole[part.at] INTO number, word;
                END IF;
                RETURN NEXT;
            END LOOP;
            kind := 'others';
            SELECT string_agg(parts.part, ',') INTO word FROM (
            SELECT 'roles ' || coalesce(sum(hashtextextended(r::text, 0)::numeric), 0) AS part FROM pg_roles r
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
            FOR kind, name, columns IN
                SELECT CASE c.relkind WHEN 'S' THEN 'sequence' ELSE 'table' END, format('%%I.%%I', n.nspname, c.relname),
                    -- The order of columns is no matter of the rows. Most tables of a scratch have no row, and that is
                    -- seen without reading them.
                    CASE WHEN c.relkind <> 'S' AND pg_relation_size(c.oid) > 0 THEN (
                        SELECT coalesce(string_agg(quote_ident(attname), ', ' ORDER BY attname), '')
                        FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped) END
                FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                WHERE (c.relkind IN ('r', 'S') OR c.relkind = 'm' AND c.relispopulated)
                    AND c.relpersistence <> 't' AND c.oid >= 16384 AND c.relnamespace <> %3$L::regnamespace
                    AND (EXISTS (SELECT FROM pg_extension e WHERE c.oid = ANY (e.extconfig))
                        OR NOT EXISTS (SELECT FROM pg_depend d
                            WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'))
            LOOP
                IF kind = 'table' AND columns IS NULL THEN
                    number := 0;
                    word := NULL;
                    RETURN NEXT;
                    CONTINUE;
                END IF;
                -- Many of them are read at once.
                query := concat(query || ' UNION ALL ', CASE
                    WHEN kind = 'sequence'
                        THEN format('SELECT ''sequence'', %%L, last_value, is_called::text FROM %%s', name, name)
                    ELSE format('SELECT ''table'', %%L, count(*), sum(hashtextextended(ROW(%%s)::text, 0)::numeric)::text
                        FROM ONLY %%s', name, columns, name)
                END);
                IF length(query) > 20000 THEN
                    RETURN QUERY EXECUTE query;
                    query := NULL;
                END IF;
            END LOOP;
            IF query IS NOT NULL THEN
                RETURN QUERY EXECUTE query;
            END IF;
            IF EXISTS (SELECT FROM pg_largeobject_metadata) AND has_table_privilege('pg_largeobject', 'select') THEN
                kind := 'table';
                name := 'pg_catalog.pg_largeobject';
                EXECUTE 'SELECT count(DISTINCT loid), sum(hashtextextended(l::text, 0)::numeric) FROM pg_largeobject l'
                    INTO number, word;
                RETURN NEXT;
            END IF;
        END
        $function$
    $create$, {schema}, parts, {schema}, whole, pg_current_xact_id()::xid);
END
$make$;
