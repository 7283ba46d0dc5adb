-- The way down of [retire] takes what its own revision has put away, and a purge drops what is still there, or nothing.

-- It has taken whatever was retired last under a name: on two branches, the other one's.
DROP FUNCTION {schema}.undo_retire(text);

CREATE FUNCTION {schema}.undo_retire(wanted text, by_revision text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
    replaced constant text[] := coalesce((SELECT a.replaces FROM {schema}.applied a WHERE a.id = by_revision), '{}');
    one      {schema}.retired;
BEGIN
    -- First what the revision put away itself, or as a baseline what it replaces. Else what was put away by a baseline in
    -- which it ran, or by a revision that is not in effect any more, as that baseline is once it was expanded. Never what
    -- belongs to another revision in effect. Within each, what was retired last under this name comes back first.
    SELECT r.* INTO one
    FROM {schema}.retired r
    LEFT JOIN {schema}.applied a ON a.id = r.revision
    WHERE r.object = wanted AND r.part_of IS NULL AND r.undone_at IS NULL
        AND (r.revision = by_revision OR r.revision = ANY (replaced) OR by_revision = ANY (a.replaces) OR a.id IS NULL)
    ORDER BY (r.revision = by_revision OR r.revision = ANY (replaced)) DESC, r.number DESC
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

CREATE FUNCTION {schema}.is_there(of_object bigint) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog AS $$
    SELECT CASE
        WHEN r.kind IN ('function', 'procedure') THEN EXISTS (
            SELECT FROM pg_proc p
            WHERE p.pronamespace = n.oid AND p.proname = r.backup AND (p.prokind = 'p') = (r.kind = 'procedure'))
        WHEN r.kind = 'type' THEN EXISTS (SELECT FROM pg_type t WHERE t.typnamespace = n.oid AND t.typname = r.backup)
        WHEN r.kind = 'statistics' THEN EXISTS (
            SELECT FROM pg_statistic_ext s WHERE s.stxnamespace = n.oid AND s.stxname = r.backup)
        WHEN r.kind = 'column' THEN EXISTS (
            SELECT FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
            WHERE c.relnamespace = n.oid AND c.relname = {schema}.relation_now(r.number) AND a.attname = r.backup
                AND NOT a.attisdropped)
        WHEN r.kind = 'constraint' THEN EXISTS (
            SELECT FROM pg_constraint o JOIN pg_class c ON c.oid = o.conrelid
            WHERE c.relnamespace = n.oid AND c.relname = {schema}.relation_now(r.number) AND o.conname = r.backup)
        ELSE EXISTS (
            SELECT FROM pg_class c
            WHERE c.relnamespace = n.oid AND c.relname = r.backup AND c.relkind = ANY (CASE r.kind
                WHEN 'table' THEN '{r,p,f}' WHEN 'view' THEN '{v}' WHEN 'materialized view' THEN '{m}'
                WHEN 'sequence' THEN '{S}' ELSE '{i,I}' END::"char"[]))
    END
    FROM {schema}.retired r
    LEFT JOIN pg_namespace n ON n.nspname = r.schema
    WHERE r.number = of_object
$$;
COMMENT ON FUNCTION {schema}.is_there IS 'whether there still is an object of that kind under the name that it was renamed to';
REVOKE ALL ON FUNCTION {schema}.is_there FROM PUBLIC;

CREATE OR REPLACE FUNCTION {schema}.purge(numbers bigint[]) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
    gone   text;
    drops  text[];
    failed text[];
    one    text;
    needed text;
BEGIN
    SELECT string_agg(format('there is no %I any more, which %s was renamed to', r.backup, r.object), '; ' ORDER BY r.number)
    INTO gone
    FROM {schema}.retired r
    WHERE r.number = ANY (numbers) AND NOT {schema}.is_there(r.number);
    IF gone IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'RG003', CONSTRAINT = 'retire', MESSAGE = gone;
    END IF;
    -- What one statement drops may depend on one another. What is there now may go with another one of them.
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
    -- A sequence that was given to another table since has stayed.
    UPDATE {schema}.retired r SET purged_at = clock_timestamp()
    WHERE (r.number = ANY (numbers) OR r.part_of = ANY (numbers)) AND r.purged_at IS NULL AND NOT {schema}.is_there(r.number);
END
$$;
COMMENT ON FUNCTION {schema}.purge IS 'drops retired objects, in whatever order goes; fails while something else depends on them, or one is not there';
