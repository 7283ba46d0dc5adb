-- What [retire] sections have renamed away, and what renames it, brings it back and drops it.
-- The functions run as whoever calls them, and write the ledger: nothing here is granted to PUBLIC.

CREATE TABLE {schema}.retired (
    number      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    part_of     bigint REFERENCES {schema}.retired,
    revision    text NOT NULL,
    object      text NOT NULL,
    kind        text NOT NULL,
    schema      text NOT NULL,
    relation    text,
    name        text NOT NULL,
    arguments   text,
    backup      text NOT NULL,
    retired_at  timestamptz NOT NULL,
    run         text NOT NULL,
    restored_at timestamptz,
    undone_at   timestamptz,
    purged_at   timestamptz
);
COMMENT ON TABLE {schema}.retired IS 'what was renamed away: what it was called, what it is called since';
COMMENT ON COLUMN {schema}.retired.part_of IS 'for what was renamed along with an object, such as its indexes: that object';
COMMENT ON COLUMN {schema}.retired.object IS 'the object as the line of its section names it';
COMMENT ON COLUMN {schema}.retired.relation IS 'for a column or a constraint: its table, as that was called then';
COMMENT ON COLUMN {schema}.retired.arguments IS 'for a function or procedure: the types of its arguments';
COMMENT ON COLUMN {schema}.retired.restored_at IS 'since when it has its old name again';
COMMENT ON COLUMN {schema}.retired.undone_at IS 'when the way down of its revision was run: the row is history then';
COMMENT ON COLUMN {schema}.retired.purged_at IS 'when it was dropped';

-- Scratch databases put another one in its place, so that what is built there is called the same on every day.
CREATE FUNCTION {schema}.backup_day() RETURNS text
LANGUAGE sql SET search_path = pg_catalog AS $$
    SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYYMMDD')
$$;
COMMENT ON FUNCTION {schema}.backup_day IS 'the day that backup names end in, in UTC';
REVOKE ALL ON FUNCTION {schema}.backup_day FROM PUBLIC;

-- A name may be as long as the server allows: then its end gives way.
CREATE FUNCTION {schema}.backup_name(kind text, schema text, relation text, name text) RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
    longest constant integer := current_setting('max_identifier_length');
    space   constant oid := (SELECT n.oid FROM pg_namespace n WHERE n.nspname = backup_name.schema);
    owner   constant oid := to_regclass(quote_ident(schema) || '.' || quote_ident(relation));
    suffix  text := '_backup_' || {schema}.backup_day();
    wanted  text;
    number  integer := 1;
BEGIN
    LOOP
        wanted := name;
        WHILE octet_length(wanted) + octet_length(suffix) > longest LOOP
            wanted := left(wanted, -1);
        END LOOP;
        wanted := wanted || suffix;
        -- A table has a type of its name, and so has an index a relation.
        EXIT WHEN NOT CASE
            WHEN kind = 'column' THEN EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = owner AND a.attname = wanted)
            WHEN kind IN ('function', 'procedure') THEN
                EXISTS (SELECT FROM pg_proc p WHERE p.pronamespace = space AND p.proname = wanted)
            WHEN kind = 'statistics' THEN
                EXISTS (SELECT FROM pg_statistic_ext s WHERE s.stxnamespace = space AND s.stxname = wanted)
            ELSE EXISTS (SELECT FROM pg_constraint c WHERE c.conrelid = owner AND c.conname = wanted)
                OR EXISTS (SELECT FROM pg_class c WHERE c.relnamespace = space AND c.relname = wanted)
                OR EXISTS (SELECT FROM pg_type t WHERE t.typnamespace = space AND t.typname = wanted)
        END;
        number := number + 1;
        suffix := format('_backup_%s_%s', {schema}.backup_day(), number);
    END LOOP;
    RETURN wanted;
END
$$;
COMMENT ON FUNCTION {schema}.backup_name IS 'a name that is free for what is retired today';
REVOKE ALL ON FUNCTION {schema}.backup_name FROM PUBLIC;

CREATE FUNCTION {schema}.rename_object(kind text, schema text, relation text, arguments text, name text, new_name text)
RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    EXECUTE CASE
        WHEN kind IN ('column', 'constraint') THEN
            format('ALTER TABLE %I.%I RENAME %s %I TO %I', schema, relation, upper(kind), name, new_name)
        ELSE format('ALTER %s %I.%I%s RENAME TO %I', upper(kind), schema, name, '(' || arguments || ')', new_name)
    END;
END
$$;
COMMENT ON FUNCTION {schema}.rename_object IS 'renames an object of any kind that can be retired';
REVOKE ALL ON FUNCTION {schema}.rename_object FROM PUBLIC;

CREATE FUNCTION {schema}.put_away(of_object bigint, by_revision text, in_run text, object text,
    kind text, schema text, relation text, name text, arguments text) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
    backup constant text := {schema}.backup_name(kind, schema, relation, name);
    put    bigint;
BEGIN
    PERFORM {schema}.rename_object(kind, schema, relation, arguments, name, backup);
    INSERT INTO {schema}.retired (part_of, revision, object, kind, schema, relation, name, arguments, backup, retired_at, run)
    VALUES (of_object, by_revision, object, kind, schema, relation, name, arguments, backup, clock_timestamp(), in_run)
    RETURNING retired.number INTO put;
    RETURN put;
END
$$;
COMMENT ON FUNCTION {schema}.put_away IS 'renames one object and keeps that';
REVOKE ALL ON FUNCTION {schema}.put_away FROM PUBLIC;

CREATE FUNCTION {schema}.retire(by_revision text, in_run text, object text, wanted text, target oid, column_name text)
RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
    one  record;
    main bigint;
    part record;
BEGIN
    SELECT f.*, n.nspname AS schema INTO one
    FROM (
        SELECT CASE c.relkind WHEN 'r' THEN 'table' WHEN 'p' THEN 'table' WHEN 'v' THEN 'view' WHEN 'S' THEN 'sequence'
                WHEN 'm' THEN 'materialized view' WHEN 'f' THEN 'foreign table' WHEN 'c' THEN 'type' ELSE 'index' END AS kind,
            c.relnamespace AS space, NULL::name AS relation, c.relname AS name, NULL::text AS arguments,
            NULL::smallint AS attribute
        FROM pg_class c
        WHERE c.oid = target AND wanted IN ('table', 'view', 'materialized view', 'sequence')
        UNION ALL
        SELECT 'column', c.relnamespace, c.relname, a.attname, NULL, a.attnum
        FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
        WHERE wanted = 'column' AND a.attrelid = target AND a.attname = column_name AND a.attnum > 0
            AND NOT a.attisdropped AND c.relkind IN ('r', 'p')
        UNION ALL
        SELECT 'type', t.typnamespace, NULL, t.typname, NULL, NULL
        FROM pg_type t LEFT JOIN pg_class c ON c.oid = t.typrelid
        WHERE wanted = 'type' AND t.oid = target AND coalesce(c.relkind = 'c', true)
        UNION ALL
        SELECT CASE p.prokind WHEN 'p' THEN 'procedure' WHEN 'a' THEN 'aggregate' ELSE 'function' END,
            p.pronamespace, NULL, p.proname, oidvectortypes(p.proargtypes), NULL
        FROM pg_proc p
        WHERE wanted IN ('function', 'procedure') AND p.oid = target
    ) AS f
    JOIN pg_namespace n ON n.oid = f.space;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'RG003', CONSTRAINT = 'retire', MESSAGE = format('there is no %s', object);
    END IF;
    IF one.kind <> wanted THEN
        RAISE EXCEPTION USING ERRCODE = 'RG003', CONSTRAINT = 'retire',
            MESSAGE = format('%s is no %s: it is of the kind %s', substr(object, length(wanted) + 2), wanted, one.kind);
    END IF;
    main := {schema}.put_away(NULL, by_revision, in_run, object, one.kind, one.schema, one.relation, one.name, one.arguments);
    -- What has its name in the schema, and not within the table, would be in the way of a new table's own. Constraints,
    -- triggers, rules and policies are called within theirs; the index of a constraint renames it too.
    FOR part IN
        WITH tree AS (
            SELECT target AS oid WHERE wanted IN ('table', 'materialized view')
            UNION
            SELECT p.relid FROM pg_partition_tree(CASE wanted WHEN 'table' THEN target::regclass END) AS p
        ),
        made AS (
            SELECT target AS oid WHERE wanted = 'type'
            UNION
            SELECT (to_jsonb(r) ->> 'rngmultitypid')::oid FROM pg_range r WHERE wanted = 'type' AND r.rngtypid = target
        ),
        parts AS (
            SELECT 'table' AS kind, c.relnamespace AS space, NULL::name AS relation, c.relname AS name, NULL::text AS arguments
            FROM tree JOIN pg_class c USING (oid)
            WHERE c.oid <> target
            UNION ALL
            SELECT 'index', c.relnamespace, NULL, c.relname, NULL
            FROM tree JOIN pg_index i ON i.indrelid = tree.oid JOIN pg_class c ON c.oid = i.indexrelid
            UNION ALL
            SELECT 'sequence', c.relnamespace, NULL, c.relname, NULL
            FROM (SELECT tree.oid, NULL::smallint AS attribute FROM tree UNION ALL SELECT target, one.attribute WHERE wanted = 'column')
                AS owner
            JOIN pg_depend d ON d.refobjid = owner.oid AND d.refobjsubid = coalesce(owner.attribute, d.refobjsubid)
                AND d.refclassid = 'pg_class'::regclass AND d.classid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')
            JOIN pg_class c ON c.oid = d.objid AND c.relkind = 'S'
            UNION ALL
            SELECT 'statistics', s.stxnamespace, NULL, s.stxname, NULL
            FROM tree JOIN pg_statistic_ext s ON s.stxrelid = tree.oid
            UNION ALL
            -- Of a column: what is about it alone.
            SELECT 'constraint', one.space, one.relation, c.conname, NULL
            FROM pg_constraint c
            WHERE wanted = 'column' AND c.conrelid = target AND c.conkey = ARRAY[one.attribute] AND c.coninhcount = 0
            UNION ALL
            SELECT 'index', c.relnamespace, NULL, c.relname, NULL
            FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
            WHERE wanted = 'column' AND i.indrelid = target AND i.indkey::smallint[] <@ ARRAY[one.attribute]
                AND NOT EXISTS (SELECT FROM pg_constraint o WHERE o.conindid = i.indexrelid AND o.conrelid = target)
            UNION ALL
            -- Of a range type: its multirange, and the functions that make values of both.
            SELECT 'type', t.typnamespace, NULL, t.typname, NULL
            FROM made JOIN pg_type t USING (oid)
            WHERE t.oid <> target
            UNION ALL
            SELECT 'function', p.pronamespace, NULL, p.proname, oidvectortypes(p.proargtypes)
            FROM made JOIN pg_depend d ON d.refclassid = 'pg_type'::regclass AND d.refobjid = made.oid AND d.deptype = 'i'
                AND d.classid = 'pg_proc'::regclass
            JOIN pg_proc p ON p.oid = d.objid
        )
        SELECT parts.*, n.nspname AS schema
        FROM parts JOIN pg_namespace n ON n.oid = parts.space
        ORDER BY parts.kind, parts.name, parts.arguments
    LOOP
        PERFORM {schema}.put_away(main, by_revision, in_run, object, part.kind, part.schema, part.relation, part.name,
            part.arguments);
    END LOOP;
END
$$;
COMMENT ON FUNCTION {schema}.retire IS 'renames away what a line of [retire] names, with all that would be in the way of a new one';
REVOKE ALL ON FUNCTION {schema}.retire FROM PUBLIC;

-- The table of a column may have been retired after it.
CREATE FUNCTION {schema}.relation_now(of_object bigint) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog AS $$
    SELECT coalesce(max(t.backup), max(r.relation))
    FROM {schema}.retired r
    LEFT JOIN {schema}.retired t ON t.kind = 'table' AND t.schema = r.schema AND t.name = r.relation AND t.number = (
        SELECT min(n.number)
        FROM {schema}.retired n
        WHERE n.kind = 'table' AND n.schema = r.schema AND n.name = r.relation AND n.number > r.number
            AND n.restored_at IS NULL AND n.purged_at IS NULL
    )
    WHERE r.number = of_object
$$;
COMMENT ON FUNCTION {schema}.relation_now IS 'what the table of a retired column is called by now';
REVOKE ALL ON FUNCTION {schema}.relation_now FROM PUBLIC;

CREATE FUNCTION {schema}.bring_back(wanted bigint) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
    one {schema}.retired;
BEGIN
    FOR one IN
        SELECT * FROM {schema}.retired r
        WHERE (r.number = wanted OR r.part_of = wanted) AND r.restored_at IS NULL AND r.purged_at IS NULL
        ORDER BY r.number DESC
    LOOP
        BEGIN
            -- No other function has that name: so it is found, whatever the types of its arguments are called by now.
            PERFORM {schema}.rename_object(one.kind, one.schema, {schema}.relation_now(one.number), NULL, one.backup, one.name);
        EXCEPTION
            WHEN duplicate_table OR duplicate_object OR duplicate_column OR duplicate_function THEN
                RAISE EXCEPTION USING ERRCODE = 'RG003', CONSTRAINT = 'retire', MESSAGE = format(
                    '%s can''t come back: there is another %s called %I', one.object, one.kind, one.name);
            WHEN undefined_table OR undefined_object OR undefined_column OR undefined_function OR invalid_schema_name THEN
                -- A part of it may have been dropped by somebody since.
                IF one.part_of IS NULL THEN
                    RAISE EXCEPTION USING ERRCODE = 'RG003', CONSTRAINT = 'retire', MESSAGE = format(
                        '%s can''t come back: there is no %I any more, which it was renamed to', one.object, one.backup);
                END IF;
        END;
    END LOOP;
    UPDATE {schema}.retired SET restored_at = clock_timestamp()
    WHERE (number = wanted OR part_of = wanted) AND restored_at IS NULL AND purged_at IS NULL;
END
$$;
COMMENT ON FUNCTION {schema}.bring_back IS 'gives a retired object its name again, and all that was renamed along with it';
REVOKE ALL ON FUNCTION {schema}.bring_back FROM PUBLIC;

CREATE FUNCTION {schema}.undo_retire(wanted text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
    one {schema}.retired;
BEGIN
    -- What was retired last under this name comes back first.
    SELECT * INTO one FROM {schema}.retired r
    WHERE r.object = wanted AND r.part_of IS NULL AND r.undone_at IS NULL
    ORDER BY r.number DESC
    LIMIT 1;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'RG003', CONSTRAINT = 'retire', MESSAGE = format(
            '%s can''t come back: this ledger doesn''t know what it was renamed to', wanted);
    END IF;
    IF one.purged_at IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'RG003', CONSTRAINT = 'retire', MESSAGE = format(
            '%s can''t come back: it was purged', wanted);
    END IF;
    IF one.restored_at IS NULL THEN
        PERFORM {schema}.bring_back(one.number);
    END IF;
    UPDATE {schema}.retired SET undone_at = clock_timestamp() WHERE number = one.number OR part_of = one.number;
END
$$;
COMMENT ON FUNCTION {schema}.undo_retire IS 'the way down of a line of [retire]; nothing where somebody has brought it back before';
REVOKE ALL ON FUNCTION {schema}.undo_retire FROM PUBLIC;

CREATE FUNCTION {schema}.purge(numbers bigint[]) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
    drops  text[];
    failed text[];
    one    text;
    needed text;
BEGIN
    -- What one statement drops may depend on one another.
    drops := ARRAY(
        SELECT format('DROP %s IF EXISTS %s', upper(r.kind),
            string_agg(format('%I.%I', r.schema, r.backup), ', ' ORDER BY r.number DESC))
        FROM {schema}.retired r
        WHERE r.number = ANY (numbers) AND r.kind <> 'column'
        GROUP BY r.kind
        UNION ALL
        SELECT format('ALTER TABLE IF EXISTS %I.%I DROP COLUMN IF EXISTS %I', r.schema, {schema}.relation_now(r.number), r.backup)
        FROM {schema}.retired r
        WHERE r.number = ANY (numbers) AND r.kind = 'column'
    );
    LOOP
        failed := '{}';
        FOREACH one IN ARRAY drops LOOP
            BEGIN
                EXECUTE one;
            EXCEPTION
                WHEN dependent_objects_still_exist THEN
                    GET STACKED DIAGNOSTICS needed = PG_EXCEPTION_DETAIL;
                    failed := failed || one;
            END;
        END LOOP;
        EXIT WHEN failed = '{}';
        IF failed = drops THEN
            RAISE EXCEPTION USING ERRCODE = 'RG003', CONSTRAINT = 'retire', MESSAGE =
                'something else needs what is to be dropped: ' || replace(needed, E'\n', '; ');
        END IF;
        drops := failed;
    END LOOP;
    UPDATE {schema}.retired SET purged_at = clock_timestamp() WHERE number = ANY (numbers) OR part_of = ANY (numbers);
END
$$;
COMMENT ON FUNCTION {schema}.purge IS 'drops retired objects, in whatever order goes; fails while something else depends on them';
REVOKE ALL ON FUNCTION {schema}.purge FROM PUBLIC;
