-- The ledger of revgraph: what this database knows of its own history.
-- {schema} is the ledger's schema, quoted. Nothing here is granted to PUBLIC.

CREATE TABLE {schema}.applied (
    id            text PRIMARY KEY,
    parents       text[] NOT NULL,
    depends_on    text[] NOT NULL,
    labels        text[] NOT NULL,
    message       text NOT NULL,
    source        text NOT NULL,
    up_checksum   text NOT NULL,
    down_checksum text NOT NULL,
    lineage       text NOT NULL,
    replaces      text[] NOT NULL,
    through       text,
    applied_at    timestamptz NOT NULL,
    applied_by    text NOT NULL,
    duration      interval NOT NULL,
    run           text NOT NULL
);
COMMENT ON TABLE {schema}.applied IS 'the revisions in effect, each with the whole text of its file';
COMMENT ON COLUMN {schema}.applied.through IS 'the baseline that brought it, for a member of one';

CREATE TABLE {schema}.event (
    number   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at       timestamptz NOT NULL,
    run      text NOT NULL,
    action   text NOT NULL,
    revision text,
    outcome  text NOT NULL CHECK (outcome IN ('done', 'failed')),
    error    text,
    duration interval,
    actor    text NOT NULL,
    host     text NOT NULL,
    client   text NOT NULL,
    -- A step's duration is counted from the row of state that the step's own transaction has written.
    -- It is missing when that transaction ended before its time.
    CONSTRAINT revision_ended_its_transaction CHECK (outcome <> 'done' OR duration IS NOT NULL)
);
COMMENT ON TABLE {schema}.event IS 'what was done to this database, and what failed; only ever added to';

CREATE TABLE {schema}.unfinished (
    revision    text PRIMARY KEY,
    direction   text NOT NULL CHECK (direction IN ('up', 'down')),
    section     integer NOT NULL,
    statement   integer NOT NULL,
    outcome     text NOT NULL CHECK (outcome IN ('next', 'running', 'failed')),
    up_checksum text NOT NULL,
    at          timestamptz NOT NULL,
    run         text NOT NULL
);
COMMENT ON TABLE {schema}.unfinished IS 'the section and statement, counted from 0, that a revision outside of transactions has reached';

CREATE TABLE {schema}.state (
    one        boolean PRIMARY KEY DEFAULT true CHECK (one),
    -- The compare-and-swap writes a negative number when it has lost.
    generation bigint NOT NULL CONSTRAINT ledger_has_moved CHECK (generation >= 0),
    started_at timestamptz
);
COMMENT ON TABLE {schema}.state IS 'one row: every transaction that changes applied moves generation on first';
INSERT INTO {schema}.state (generation) VALUES (0);

CREATE FUNCTION {schema}.progress(run text, direction text, revision text) RETURNS void
LANGUAGE plpgsql SET client_min_messages = notice AS $$
BEGIN
    RAISE NOTICE 'revgraph % % %', run, direction, revision;
END
$$;
COMMENT ON FUNCTION {schema}.progress IS 'tells the client at once, in the middle of a message, that a step is done';
REVOKE ALL ON FUNCTION {schema}.progress FROM PUBLIC;

CREATE FUNCTION {schema}.verify(query text, number integer, path text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
    found record;
    rows  bigint := 0;
    first jsonb;
BEGIN
    BEGIN
        PERFORM set_config('transaction_read_only', 'on', true), set_config('search_path', path, true);
        -- As a subquery it can't be anything but a SELECT.
        FOR found IN EXECUTE pg_catalog.format(E'SELECT pg_catalog.to_jsonb(verified) AS content FROM (%s\n) AS verified', query) LOOP
            rows := rows OPERATOR(pg_catalog.+) 1;
            first := coalesce(first, found.content);
        END LOOP;
        -- Rolls back to before the query: whatever a function in it did, and the settings. Variables stay.
        RAISE EXCEPTION USING ERRCODE = 'RG000';
    EXCEPTION WHEN SQLSTATE 'RG000' THEN
        NULL;
    END;
    IF rows = 0 OR (rows = 1 AND first = '{"ok": true}') THEN
        RETURN;
    END IF;
    RAISE EXCEPTION USING
        ERRCODE = 'RG001',
        CONSTRAINT = 'verify ' || number,
        MESSAGE = CASE
            WHEN rows = 1 AND first ? 'ok' AND first - 'ok' = '{}' THEN 'the assertion is not true'
            ELSE rows || CASE rows WHEN 1 THEN ' row' ELSE ' rows' END || ' where there should be none'
        END,
        DETAIL = 'first row: ' || left(first::text, 1000);
END
$$;
COMMENT ON FUNCTION {schema}.verify IS 'fails unless the query gives no row, or one row whose single column is named ok and is true';
REVOKE ALL ON FUNCTION {schema}.verify FROM PUBLIC;
