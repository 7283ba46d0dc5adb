-- Reads each text as SQL and prints it again, until nothing changes any more; whatever is made for that is undone at
-- once. The jobs come in a setting and the answers leave in one: [{"text": ...}], an answer a text, {} where it failed.
DO $revgraph$
DECLARE
    job jsonb;
    said text;
    printed text;
    step jsonb;
    statement text;
    failed boolean;
    answers text[] := '{}';
BEGIN
    -- Where the role may, without event triggers: they are not meant for this.
    BEGIN
        PERFORM set_config('session_replication_role', 'replica', true);
    EXCEPTION WHEN OTHERS THEN NULL;
    END;
    -- Where nothing temporary can be made, it fails here, with the reason.
    CREATE TEMPORARY TABLE revgraph_possible ();
    FOR job IN SELECT * FROM jsonb_array_elements(current_setting('revgraph.jobs')::jsonb) LOOP
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
            answers := answers || CASE WHEN failed THEN '{}' ELSE json_build_object('text', said)::text END;
        END LOOP;
    END LOOP;
    PERFORM set_config('revgraph.answers', '[' || array_to_string(answers, ',') || ']', true);
END
$revgraph$;
