//! What breaks squashes elsewhere, each with the remedy that it needs.

use super::{chain, dump, squash, text_of};
use crate::harness::Database;

#[test]
fn a_function_may_name_what_comes_after_it() {
    // By name, pg_dump writes the function before the table that it reads.
    let squashed = squash(
        &[
            "CREATE TABLE zebras (id int);",
            "CREATE FUNCTION count_them() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM public.zebras';",
        ],
        &[],
    )
    .same();
    assert_eq!(squashed.value("SELECT count_them()"), "0");
}

#[test]
fn a_function_that_is_called_like_one_of_postgresql() {
    let squashed = squash(
        &[
            "CREATE FUNCTION lower(text) RETURNS text LANGUAGE sql AS $$SELECT 'mine'$$;",
            "CREATE TABLE t (id int, a text DEFAULT public.lower('X'), b text DEFAULT lower('X'));",
        ],
        &[],
    )
    .same();
    squashed.chain.execute("INSERT INTO t (id) VALUES (1)");
    squashed.baseline.execute("INSERT INTO t (id) VALUES (1)");
    assert_eq!(squashed.value("SELECT a || ' ' || b FROM t"), "mine x");
}

#[test]
fn no_setting_outlives_the_way_up() {
    let squashed = squash(
        &[
            "CREATE TABLE t (id int); INSERT INTO t VALUES (1); CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1';",
        ],
        &[],
    );
    let fresh = Database::new();
    let mut session = fresh.client();
    let settings = "SELECT string_agg(name || '=' || setting, ' ' ORDER BY name) FROM pg_settings \
                    WHERE source = 'session' OR name IN ('search_path', 'check_function_bodies', 'row_security')";
    let before: String = session.query_one(settings, &[]).unwrap().get(0);
    let mut transaction = session.transaction().unwrap();
    transaction.batch_execute(&squashed.up()).unwrap();
    let after: String = transaction.query_one(settings, &[]).unwrap().get(0);
    assert_eq!(after, before, "within the very transaction, where [verify] still runs");
    transaction.commit().unwrap();
    let after: String = session.query_one(settings, &[]).unwrap().get(0);
    assert_eq!(after, before);
}

#[test]
fn what_comes_after_the_baseline_finds_the_search_path_that_it_had() {
    let project = chain(&["CREATE TABLE t (id int);", "CREATE TABLE u (id int);"]);
    project.revision("later", "parents: r2", "-- [up]\nCREATE TABLE later (id int);\n\n-- [verify]\nSELECT FROM t;\n");
    let database = Database::new();
    let said = project.run_on(&database.url(), &["squash", "--to", "r2", "--id", "b"]);
    assert_eq!(said.code, 0, "{said}");
    project.ok(&database.url(), &["upgrade"]);
    assert_eq!(database.tables(), ["later", "t", "u"]);
}

#[test]
fn a_default_of_null_is_printed_in_another_way() {
    // Of the column that had a precision PostgreSQL keeps and prints a default; read again, that is none.
    let squashed = squash(
        &["CREATE TABLE t (id int, at timestamp(3) DEFAULT NULL);", "ALTER TABLE t ALTER at TYPE timestamp;"],
        &[],
    );
    let defaults = "SELECT count(*) FROM pg_attrdef WHERE adrelid = 't'::regclass";
    assert_eq!((squashed.chain.value(defaults), squashed.baseline.value(defaults)), ("1".to_owned(), "0".to_owned()));
    assert!(squashed.said.out.contains("1 expression with other texts mean the same"), "{}", squashed.said);
}

#[test]
fn ands_lose_their_parentheses() {
    let squashed = squash(
        // BETWEEN becomes an AND of its own, which the next parser takes for one with the others.
        &["CREATE TABLE t (a int, b int, CHECK (a BETWEEN 1 AND 9 AND b > 0 AND a <> 5));"],
        &[],
    );
    assert!(squashed.said.out.contains("with other texts mean the same"), "{}", squashed.said);
}

#[test]
fn an_invalid_index_is_not_lost_in_silence() {
    let ups = [
        "CREATE TABLE t (id int); CREATE INDEX i ON t (id);",
        "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'i'::regclass;",
    ];
    let project = chain(&ups);
    let database = Database::new();
    let said = project.run_on(&database.url(), &["squash", "--mode", "snapshot"]);
    insta::assert_snapshot!(said.complaint(), @r"
    error: no snapshot can be made: the revisions leave the index public.i INVALID: pg_dump leaves it out
    help: --mode concat puts the revisions' own SQL together
    ");
    let squashed = squash(&ups, &[]);
    assert!(
        squashed.said.out.contains("put together: the revisions leave the index public.i INVALID"),
        "{}",
        squashed.said
    );
    assert_eq!(squashed.value("SELECT indisvalid FROM pg_index WHERE indexrelid = 'i'::regclass"), "f");
}

#[test]
fn commands_of_psql_stay_out_and_texts_that_look_like_them_in() {
    let text =
        "first\n\\restrict x\n-- [down]\n-- Name: x; Type: TABLE; Schema: -; Owner: -\n\\unrestrict x\nSET a = 1;";
    let squashed = squash(
        &[&format!(
            "CREATE TABLE t (x text); INSERT INTO t VALUES ('{text}');\n\
             CREATE FUNCTION f() RETURNS text LANGUAGE plpgsql AS $_$BEGIN\n/*\n\\restrict y\n*/\n-- Name: f; Type: FUNCTION; Schema: -; Owner: -\n\
             RETURN '{text}'; END$_$;"
        )],
        &[],
    )
    .same();
    assert_eq!(squashed.value("SELECT x = f() FROM t"), "t");
    assert_eq!(squashed.value("SELECT x FROM t"), text);
    assert_eq!(squashed.text().matches("\n\\restrict ").count(), 3, "in the row and twice in the function");
    assert!(!squashed.text().contains("\n-- Dumped by"), "{}", squashed.text());
}

#[test]
fn a_partition_that_was_attached_later() {
    squash(
        &[
            "CREATE TABLE p (id int NOT NULL, k text) PARTITION BY LIST (k); CREATE INDEX ON p (id);",
            "CREATE TABLE p1 (k text, gone int, id int NOT NULL); ALTER TABLE p1 DROP gone; INSERT INTO p1 VALUES ('a', 1);",
            "ALTER TABLE p ATTACH PARTITION p1 FOR VALUES IN ('a'); CREATE TABLE p2 PARTITION OF p DEFAULT;",
            "CREATE TABLE p3 PARTITION OF p FOR VALUES IN ('c') PARTITION BY RANGE (id); \
             CREATE TABLE p31 PARTITION OF p3 FOR VALUES FROM (1) TO (9); INSERT INTO p VALUES (2, 'b'), (3, 'c');",
        ],
        &[],
    )
    .same();
}

#[test]
fn tables_that_point_to_each_other_and_themselves() {
    squash(
        &[
            "CREATE TABLE a (id int PRIMARY KEY, b int, up int REFERENCES a); CREATE TABLE b (id int PRIMARY KEY, a int NOT NULL REFERENCES a);",
            "ALTER TABLE a ADD FOREIGN KEY (b) REFERENCES b;",
            "INSERT INTO a VALUES (1, NULL, NULL), (2, NULL, 1); INSERT INTO b VALUES (1, 1); UPDATE a SET b = 1, up = 2;",
        ],
        &[],
    )
    .same();
}

#[test]
fn triggers_do_not_fire_on_the_rows() {
    squash(
        &[
            "CREATE TABLE t (id int, n int); CREATE TABLE seen (id int); INSERT INTO t VALUES (1, 1);",
            "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO seen VALUES (NEW.id); \
             IF NEW.n = 1 THEN RAISE EXCEPTION 'never'; END IF; RETURN NULL; END $$;",
            "CREATE TRIGGER before BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f(); ALTER TABLE t ENABLE ALWAYS TRIGGER before;",
            "CREATE RULE away AS ON INSERT TO seen DO INSTEAD NOTHING;",
            "CREATE FUNCTION no() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN IF tg_tag <> 'DROP EVENT TRIGGER' THEN \
             RAISE EXCEPTION 'no more'; END IF; END $$; CREATE EVENT TRIGGER no ON ddl_command_start WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION no();",
        ],
        &[],
    )
    .same();
}

#[test]
fn objects_in_many_schemas() {
    squash(
        &[
            "CREATE SCHEMA app; CREATE SCHEMA \"Odd one\"; CREATE TABLE app.t (id int PRIMARY KEY); CREATE TABLE \"Odd one\".t (id int REFERENCES app.t);",
            "CREATE TYPE \"Odd one\".mood AS ENUM ('a', 'b'); CREATE TABLE t (m \"Odd one\".mood DEFAULT 'a', f int);",
            "SET search_path = app; CREATE VIEW v AS SELECT * FROM t; CREATE FUNCTION f(app.t) RETURNS int LANGUAGE sql AS 'SELECT 1';",
            "CREATE INDEX on_function ON app.t (app.f(app.t.*));",
        ]
        .map(|up| up.replace("CREATE FUNCTION f(app.t) RETURNS int", "CREATE FUNCTION f(app.t) RETURNS int IMMUTABLE"))
        .each_ref()
        .map(String::as_str),
        &[],
    )
    .same();
}

#[test]
fn what_an_extension_owns_is_left_to_it() {
    let squashed = squash(
        &[
            "CREATE SCHEMA ext; CREATE EXTENSION hstore SCHEMA ext VERSION '1.7'; CREATE EXTENSION pgcrypto;",
            "CREATE TABLE t (id uuid DEFAULT public.gen_random_uuid(), h ext.hstore);",
            "COMMENT ON EXTENSION pgcrypto IS 'ours'; GRANT EXECUTE ON FUNCTION digest(text, text) TO pg_monitor;",
        ],
        &[],
    )
    .same();
    assert!(!squashed.text().contains("CREATE FUNCTION"), "{}", squashed.text());
    assert!(!squashed.text().contains("COMMENT ON EXTENSION hstore"), "only what was said");
    assert_eq!(squashed.value("SELECT extversion FROM pg_extension WHERE extname = 'hstore'"), "1.7");
}

#[test]
fn policies_and_who_they_hold_for() {
    squash(
        &[
            "CREATE TABLE t (id int, who name); INSERT INTO t VALUES (1, 'nobody'), (2, 'postgres');",
            "ALTER TABLE t ENABLE ROW LEVEL SECURITY; ALTER TABLE t FORCE ROW LEVEL SECURITY; \
             CREATE POLICY own ON t USING (who = current_user) WITH CHECK (false);",
            "CREATE POLICY more ON t AS RESTRICTIVE FOR SELECT TO pg_monitor USING (id > 1); GRANT SELECT (id) ON t TO pg_monitor;",
        ],
        &[],
    )
    .same();
}

#[test]
fn a_policy_that_reads_another_table() {
    // It depends on that table, which goes first: the last by name does.
    let squashed = squash(
        &["CREATE TABLE b (id int PRIMARY KEY, by text); CREATE TABLE a (b int);\n\
           CREATE POLICY own ON a USING (EXISTS (SELECT FROM b WHERE b.id = a.b AND b.by = current_user));\n\
           CREATE POLICY positive ON a FOR SELECT USING (b > 0);"],
        &[],
    )
    .same();
    assert_eq!(down_of(&squashed), "DROP POLICY own ON public.a;\nDROP TABLE public.b;\nDROP TABLE public.a;\n");
}

#[test]
fn an_index_of_a_partition_goes_with_the_whole() {
    // The rule reads `p`, which goes first, so that the way down has to drop each part for itself.
    let squashed = squash(
        &["CREATE TABLE p (id int, s text, PRIMARY KEY (id, s)) PARTITION BY LIST (s); CREATE INDEX i ON p (id);\n\
           CREATE TABLE p1 PARTITION OF p FOR VALUES IN ('a'); CREATE INDEX own ON p1 (s);\n\
           CREATE TABLE a (id int); CREATE RULE r AS ON INSERT TO a DO ALSO UPDATE p SET id = 1;"],
        &[],
    )
    .same();
    assert_eq!(
        down_of(&squashed),
        "DROP RULE r ON public.a;\nDROP INDEX public.own;\nDROP INDEX public.i;\n\
         ALTER TABLE ONLY public.p DROP CONSTRAINT p_pkey;\nDROP TABLE public.p1;\nDROP TABLE public.p;\n\
         DROP TABLE public.a;\n"
    );
}

fn down_of(squashed: &super::Squashed) -> String {
    let text = squashed.text();
    text.split_once("-- [down]\n").expect("a way down").1.to_owned()
}

#[test]
fn the_way_down_leads_back() {
    let project = chain(&[
        "CREATE SCHEMA app; CREATE TABLE app.t (id serial PRIMARY KEY, up int REFERENCES app.t); CREATE EXTENSION hstore;",
        "CREATE FUNCTION app.f(app.t) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT 1'; CREATE INDEX ON app.t (app.f(app.t.*));",
        "GRANT CREATE ON SCHEMA public TO PUBLIC; COMMENT ON SCHEMA public IS 'ours'; \
         ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO PUBLIC;",
    ]);
    let (database, empty) = (Database::new(), Database::new());
    let said = project.run_on(&database.url(), &["squash", "--id", "b"]);
    assert_eq!(said.code, 0, "{said}");
    assert!(text_of(&project).contains("DROP INDEX"), "the function needs the table, and the index the function");
    project.ok(&database.url(), &["upgrade"]);
    project.ok(&database.url(), &["downgrade", "base", "--yes"]);
    database.execute("DROP EXTENSION hstore");
    let acl = "SELECT nspacl FROM pg_namespace WHERE nspname = 'public'";
    assert_eq!(database.value(acl), empty.value(acl));
    assert_eq!(dump(&database), dump(&empty));
}
