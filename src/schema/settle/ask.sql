-- Gives each job to a function of the role whose rights it is run with. PostgreSQL may call functions while it reads an
-- expression, those of a domain's CHECK or IMMUTABLE ones, and they may be anybody's: they must not come by the rights of
-- whoever compares. In a function that is SECURITY DEFINER they can't switch to another role either.
-- https://www.postgresql.org/docs/current/sql-createfunction.html#SQL-CREATEFUNCTION-SECURITY
--
-- A job is run as the owner of the object that has the expression. One of a superuser's, or of a role that the session can't
-- hand a function to, is run as the session's own role if nobody else has code in this database, or if the role may do
-- nothing that is worth having: else it isn't run. The jobs come in a setting and the answers leave in one: for each job its
-- two answers, null where it wasn't run; and why it wasn't, each reason once.
DO $revgraph$
DECLARE
    me pg_roles;
    may_be_me boolean;
    job jsonb;
    place bigint;
    owner oid;
    whom oid;
    jobs jsonb := current_setting('revgraph.jobs')::jsonb;
    given jsonb := '{}';
    places jsonb;
    function text;
    answered jsonb;
    answers jsonb[] := array_fill('null'::jsonb, ARRAY[jsonb_array_length(jobs)]);
    reasons text[] := '{}';
BEGIN
    -- Where the role may, without event triggers: they are not meant for this.
    BEGIN
        PERFORM set_config('session_replication_role', 'replica', true);
    EXCEPTION WHEN OTHERS THEN NULL;
    END;
    SELECT * INTO me FROM pg_roles WHERE rolname = current_user;
    may_be_me := NOT EXISTS (
            SELECT FROM (SELECT proowner FROM pg_proc UNION SELECT typowner FROM pg_type WHERE typtype = 'd') code (owner)
            WHERE code.owner <> me.oid AND code.owner NOT IN (SELECT oid FROM pg_roles WHERE rolsuper)
        ) OR NOT (me.rolsuper OR me.rolcreaterole OR me.rolcreatedb OR me.rolreplication OR me.rolbypassrls
            OR EXISTS (SELECT FROM pg_auth_members WHERE member = me.oid));
    FOR job, place IN SELECT * FROM jsonb_array_elements(jobs) WITH ORDINALITY LOOP
        BEGIN
            EXECUTE job ->> 'owner' INTO owner;
        EXCEPTION WHEN OTHERS THEN owner := NULL;
        END;
        whom := CASE
            WHEN owner = me.oid AND NOT me.rolsuper THEN owner
            WHEN EXISTS (SELECT FROM pg_roles WHERE oid = owner AND NOT rolsuper AND (me.rolsuper OR pg_has_role(oid, 'USAGE')))
                THEN owner
            WHEN may_be_me THEN me.oid
        END;
        IF whom IS NULL THEN
            reasons := reasons || format('reading an expression again could run code of other roles with the rights of %I', current_user);
        ELSE
            places := coalesce(given -> whom::text, '[]');
            given := jsonb_set(given, ARRAY[whom::text], places || to_jsonb(place));
        END IF;
    END LOOP;
    FOR whom, places IN SELECT key::oid, value FROM jsonb_each(given) LOOP
        function := format('pg_temp.revgraph_reprint_%s(jsonb)', whom);
        BEGIN
            EXECUTE format(
                'CREATE FUNCTION pg_temp.revgraph_reprint_%s(jobs jsonb) RETURNS jsonb LANGUAGE plpgsql SECURITY DEFINER
                 SET search_path = pg_catalog, pg_temp AS %L',
                whom, current_setting('revgraph.reprint'));
            IF whom <> me.oid THEN
                EXECUTE format('ALTER FUNCTION %s OWNER TO %s', function, whom::regrole);
            END IF;
            EXECUTE format('SELECT pg_temp.revgraph_reprint_%s($1)', whom) INTO answered USING (
                SELECT jsonb_agg(jobs -> (at::int - 1) ORDER BY nr) FROM jsonb_array_elements_text(places) WITH ORDINALITY p (at, nr));
            FOR place, job IN
                SELECT at::int, answered -> (nr::int - 1) FROM jsonb_array_elements_text(places) WITH ORDINALITY p (at, nr)
            LOOP
                answers[place] := job;
            END LOOP;
        EXCEPTION WHEN OTHERS THEN
            reasons := reasons || SQLERRM;
        END;
    END LOOP;
    PERFORM set_config('revgraph.answers', jsonb_build_object(
        'answers', to_jsonb(answers),
        'reasons', (SELECT coalesce(jsonb_agg(DISTINCT reason), '[]') FROM unnest(reasons) reason)
    )::text, true);
END
$revgraph$;
