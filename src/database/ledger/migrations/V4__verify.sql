-- An assertion may show what it counted: one row whose column `ok` is true passes, whatever stands beside it.

CREATE OR REPLACE FUNCTION {schema}.verify(query text, number integer, path text) RETURNS void
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
    IF rows = 0 OR (rows = 1 AND first -> 'ok' = 'true') THEN
        RETURN;
    END IF;
    RAISE EXCEPTION USING
        ERRCODE = 'RG001',
        CONSTRAINT = 'verify ' || number,
        MESSAGE = CASE
            WHEN rows = 1 AND first ? 'ok' THEN 'the assertion is not true'
            ELSE rows || CASE rows WHEN 1 THEN ' row' ELSE ' rows' END || ' where there should be none'
        END,
        DETAIL = 'first row: ' || left(first::text, 1000);
END
$$;
COMMENT ON FUNCTION {schema}.verify IS 'fails unless the query gives no row, or one row whose column ok is true';
