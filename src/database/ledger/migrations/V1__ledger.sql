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
    outcome  text NOT NULL,
    error    text,
    duration interval,
    actor    text NOT NULL,
    host     text NOT NULL,
    client   text NOT NULL
);
COMMENT ON TABLE {schema}.event IS 'what was done to this database, and what failed; only ever added to';
COMMENT ON COLUMN {schema}.event.outcome IS 'done or failed';

CREATE TABLE {schema}.unfinished (
    revision    text PRIMARY KEY,
    direction   text NOT NULL CHECK (direction IN ('up', 'down')),
    section     integer NOT NULL,
    statement   integer NOT NULL,
    outcome     text NOT NULL CHECK (outcome IN ('next', 'running', 'failed')),
    checksum    text NOT NULL,
    at          timestamptz NOT NULL,
    run         text NOT NULL
);
COMMENT ON COLUMN {schema}.unfinished.checksum IS 'covers what is done: the statements before that one';
COMMENT ON TABLE {schema}.unfinished IS 'the section and statement, counted from 0, that a revision outside of transactions has reached';

-- Each step leaves a dead version of the row, and reads over those that are still there. A low fillfactor lets
-- PostgreSQL clear them away after a few steps, not after hundreds.
CREATE TABLE {schema}.state (
    generation bigint NOT NULL,
    started_at timestamptz
) WITH (fillfactor = 10);
COMMENT ON TABLE {schema}.state IS 'one row: every transaction that changes applied moves generation on first';
INSERT INTO {schema}.state (generation) VALUES (0);

-- The statements of a step call this where they find that they must not go on. As CHECK constraints the same
-- conditions cost each step a tenth of its time: PostgreSQL reads a constraint's expression anew each time it is used.
CREATE FUNCTION {schema}.refuse(reason text) RETURNS text
LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING
        ERRCODE = 'RG002',
        CONSTRAINT = reason,
        MESSAGE = CASE reason
            WHEN 'ledger_has_moved' THEN 'somebody else has changed the ledger since the plan was made'
            WHEN 'revision_ended_its_transaction' THEN 'the revision ended the transaction that it ran in'
            ELSE reason
        END;
END
$$;
COMMENT ON FUNCTION {schema}.refuse IS 'fails: the ledger is another one than the plan was made on, or a revision ended its transaction';
REVOKE ALL ON FUNCTION {schema}.refuse FROM PUBLIC;

CREATE FUNCTION {schema}.progress(run text, direction text, revisions text) RETURNS void
LANGUAGE plpgsql SET client_min_messages = notice AS $$
BEGIN
    RAISE NOTICE 'revgraph % % %', run, direction, revisions;
END
$$;
COMMENT ON FUNCTION {schema}.progress IS 'tells the client at once, in the middle of a message, which steps are done';
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
