-- The body of a function that is run with the rights that reading an expression again takes, and no others. Reads each text
-- as SQL and prints it again, until nothing changes any more; whatever is made for that is undone at once, and whatever
-- somebody's function does that PostgreSQL calls on the way. For each job, of `jobs`, the answers of its two texts: {"text":
-- ...}, or {} where one can't be read.
DECLARE
    job jsonb;
    said text;
    printed text;
    step jsonb;
    statement text;
    failed boolean;
    answers jsonb := '[]';
    two jsonb;
BEGIN
    -- Where nothing temporary can be made, it fails here, with the reason.
    BEGIN
        CREATE TEMPORARY TABLE revgraph_possible ();
        RAISE SQLSTATE 'RG000';
    EXCEPTION WHEN SQLSTATE 'RG000' THEN NULL;
    END;
    FOR job IN SELECT * FROM jsonb_array_elements(jobs) LOOP
        two := '[]';
        FOR said IN SELECT * FROM jsonb_array_elements_text(job -> 'texts') LOOP
            failed := false;
            FOR round IN 1 .. 5 LOOP
                EXIT WHEN said IS NULL;
                BEGIN
                    FOR step IN SELECT * FROM jsonb_array_elements(job -> 'steps') LOOP
                        IF step ? 'query' THEN
                            EXECUTE concat(step -> 'query' ->> 0, quote_literal(said), step -> 'query' ->> 1)
                                INTO statement;
                        ELSE
                            statement := coalesce(step ->> 'plain', concat(step -> 'around' ->> 0, said, step -> 'around' ->> 1));
                        END IF;
                        EXECUTE statement;
                        -- What was called meanwhile must not say where our own functions are found.
                        PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
                    END LOOP;
                    EXECUTE job ->> 'print' INTO printed;
                    RAISE SQLSTATE 'RG000';
                EXCEPTION
                    WHEN SQLSTATE 'RG000' THEN NULL;
                    WHEN OTHERS THEN failed := true;
                END;
                EXIT WHEN failed OR printed IS NOT DISTINCT FROM said;
                said := printed;
            END LOOP;
            two := two || jsonb_build_array(CASE WHEN failed THEN '{}' ELSE jsonb_build_object('text', said) END);
        END LOOP;
        answers := answers || jsonb_build_array(two);
    END LOOP;
    RETURN answers;
END
