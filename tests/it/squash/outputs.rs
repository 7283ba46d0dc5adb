//! What is said, and what the files are afterwards.

use super::{chain, files, project, shown, text_of};
use crate::harness::Database;

fn shop() -> crate::harness::Project {
    project(&[
        "-- [up]\nCREATE TYPE state AS ENUM ('new', 'paid');\nCREATE TABLE users (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, \
         email text NOT NULL UNIQUE);\n\n-- [down]\nDROP TABLE users;\nDROP TYPE state;\n",
        "-- [up]\nCREATE TABLE orders (id serial PRIMARY KEY, by bigint NOT NULL REFERENCES users, state state DEFAULT 'new', at timestamptz DEFAULT now());\n\
         CREATE INDEX ON orders (by);\nCOMMENT ON TABLE orders IS 'what was bought';\n\n-- [verify]\nSELECT FROM orders WHERE state IS NULL;\n\n-- [down]\nDROP TABLE orders;\n",
        "-- [up]\nINSERT INTO users (email) VALUES ('a@example.org');\nINSERT INTO orders (by) VALUES (1);\n",
    ])
}

#[test]
fn a_squash() {
    let (project, database) = (shop(), Database::new());
    let said = project.run_on(&database.url(), &["squash", "--id", "b", "-m", "version 1"]);
    insta::assert_snapshot!(shown(&said), @"
    proved: 3 revisions are one baseline, b
      made of      a snapshot of what they build
      objects      19 objects the same: 6 column, 4 constraint, 1 database, 1 enum, 1 extension, 1 identity, 1 index, 1 schema, 1 sequence, 2 table
      contents     2 rows, the positions of 2 sequences
      way down     exact
      volatile     public.orders (at): 1 row differs between two replays
      not compared nothing
      built in (…)
    wrote revisions/…_b_version_1.sql
    moved 3 files to archive/b
    commit revisions and archive together; `revgraph archive restore` undoes it
    --- exit code 0
    ");
    assert_eq!(files(&project, "archive/b"), ["manifest.toml", "r1.sql", "r2.sql", "r3.sql"]);
    assert_eq!(files(&project, "revisions").len(), 1);
    let text = text_of(&project);
    let stable: String = text
        .lines()
        .filter(|line| !line.contains("created:") && !line.contains("'20"))
        .map(|line| format!("{line}\n"))
        .collect();
    insta::assert_snapshot!(stable, @"
    -- revision:   b
    -- message:    version 1
    -- replaces:   r1, r2, r3
    -- lineage:    c9dcb81c6d25f12a842917fc1cd4aaeeb7bba4e810dcf5e9ac67d66b78d73cd4

    -- [up]
    SET LOCAL search_path = '';

    -- types
    CREATE TYPE public.state AS ENUM (
        'new',
        'paid'
    );

    -- tables, sequences, defaults
    CREATE TABLE public.orders (
        id integer NOT NULL,
        by bigint NOT NULL,
        state public.state DEFAULT 'new'::public.state,
        at timestamp with time zone DEFAULT now()
    );

    COMMENT ON TABLE public.orders IS 'what was bought';

    CREATE SEQUENCE public.orders_id_seq
        AS integer
        START WITH 1
        INCREMENT BY 1
        NO MINVALUE
        NO MAXVALUE
        CACHE 1;

    ALTER SEQUENCE public.orders_id_seq OWNED BY public.orders.id;

    CREATE TABLE public.users (
        id bigint NOT NULL,
        email text NOT NULL
    );

    ALTER TABLE public.users ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
        SEQUENCE NAME public.users_id_seq
        START WITH 1
        INCREMENT BY 1
        NO MINVALUE
        NO MAXVALUE
        CACHE 1
    );

    ALTER TABLE ONLY public.orders ALTER COLUMN id SET DEFAULT nextval('public.orders_id_seq'::regclass);

    -- rows
    SET LOCAL search_path TO DEFAULT;

    INSERT INTO public.orders (id, by, state, at) VALUES

    INSERT INTO public.users (id, email) OVERRIDING SYSTEM VALUE VALUES
    	(1, 'a@example.org');

    -- sequence positions
    SELECT pg_catalog.setval('public.orders_id_seq', 1, true);
    SELECT pg_catalog.setval('public.users_id_seq', 1, true);

    -- constraints
    SET LOCAL search_path = '';

    ALTER TABLE ONLY public.orders
        ADD CONSTRAINT orders_pkey PRIMARY KEY (id);

    ALTER TABLE ONLY public.users
        ADD CONSTRAINT users_email_key UNIQUE (email);

    ALTER TABLE ONLY public.users
        ADD CONSTRAINT users_pkey PRIMARY KEY (id);

    -- indexes
    CREATE INDEX orders_by_idx ON public.orders USING btree (by);

    -- foreign keys
    ALTER TABLE ONLY public.orders
        ADD CONSTRAINT orders_by_fkey FOREIGN KEY (by) REFERENCES public.users(id);

    -- settings as they were
    SET LOCAL search_path TO DEFAULT;

    -- [verify]
    SELECT FROM orders WHERE state IS NULL;

    -- [down]
    ALTER TABLE ONLY public.orders DROP CONSTRAINT orders_by_fkey;
    DROP TABLE public.users;
    DROP TABLE public.orders;
    DROP TYPE public.state;
    ");
}

#[test]
fn a_dry_run_touches_nothing() {
    let (project, database) = (shop(), Database::new());
    let said = project.run_on(&database.url(), &["squash", "--id", "b", "--dry-run", "-o", "draft.sql"]);
    assert_eq!(said.code, 0, "{said}");
    assert!(said.out.ends_with("dry run: no file of the project was touched\n"), "{said}");
    assert_eq!(files(&project, "revisions"), ["r1.sql", "r2.sql", "r3.sql"]);
    assert_eq!(files(&project, "archive"), [""; 0]);
    let draft = std::fs::read_to_string(project.path().join("draft.sql")).unwrap();
    let printed = project.run_on(&database.url(), &["squash", "--id", "b", "--dry-run"]).out;
    let without_times = |text: &str| {
        text.lines()
            .filter(|line| !line.contains("'20") && !line.contains("created:"))
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    assert!(without_times(&printed).starts_with(&without_times(&draft)), "{printed}");
}

#[test]
fn for_tools() {
    let (project, database) = (shop(), Database::new());
    let said = project.run_on(&database.url(), &["squash", "--id", "b", "--format", "json"]).json();
    assert_eq!(said["baseline"], "b");
    assert_eq!(said["mode"], "snapshot");
    assert_eq!(said["replaces"], serde_json::json!(["r1", "r2", "r3"]));
    assert_eq!(said["proof"]["down"], "exact");
    assert_eq!(said["proof"]["objects"]["table"], 2);
    assert_eq!(said["proof"]["volatile"], serde_json::json!(["public.orders (at): 1 row differs between two replays"]));
    assert_eq!(said["rows"], 2);
    assert_eq!(said["sequences"], 2);
}

#[test]
fn what_is_in_the_way_is_named() {
    let (project, database) = (chain(&["", "", ""]), Database::new());
    project.revision("side", "parents: r2", "-- [up]\n");
    let said = project.run_on(&database.url(), &["squash", "--to", "r3"]);
    insta::assert_snapshot!(said, @"
    --- standard error
    error: `side` (revisions/side.sql) follows `r2`, which is below `r3`: a baseline up to `r3` would take it from under it
    help: squash `--to r2`, or `--to` a revision that `side` is merged into
    --- exit code 1
    ");
}

#[test]
fn a_chain_that_does_not_run() {
    let (project, database) =
        (chain(&["CREATE TABLE t (id int);", "CREATE TABLE u (id int REFERENCES nobody);"]), Database::new());
    let said = project.run_on(&database.url(), &["squash"]);
    insta::assert_snapshot!(said.complaint(), @r#"
    error: relation "nobody" does not exist
     --> revisions/r2.sql:5:1
      |
    5 | CREATE TABLE u (id int REFERENCES nobody);
      | ^^^^^^
    error: the revisions don't run in an empty scratch database: relation "nobody" does not exist
    help: a history that does not run can't be proved; roles that must be there first: `[scratch] roles = ["…"]` in revgraph.toml
    "#);
}

#[test]
fn a_baseline_that_is_something_else_is_refused() {
    // The revision looks where it runs: in the second revision's own transaction, but not in the baseline's.
    let (project, database) = (
        chain(&[
            "CREATE TABLE t (id int);",
            "DO $$ BEGIN IF (SELECT count(*) FROM revgraph.applied) > 0 THEN ALTER TABLE t ADD a int; ELSE ALTER TABLE t ADD b int; END IF; END $$;",
        ]),
        Database::new(),
    );
    let said = project.run_on(&database.url(), &["squash", "--mode", "concat"]);
    insta::assert_snapshot!(shown(&said), @"
    --- standard error
    --- what the revisions build
    +++ what the baseline builds
    schema public
        table t
        - column a  integer
        + column b  integer
    error: the baseline does not build what the revisions build
    help: no file was touched; what fails is the baseline and not the revisions: squash fewer of them, with --from and --to, so that what it is about stays outside
    --- exit code 1
    ");
    assert_eq!(files(&project, "revisions"), ["r1.sql", "r2.sql"]);
    assert_eq!(files(&project, "archive"), [""; 0]);
}

#[test]
fn a_baseline_in_a_baseline() {
    let (project, database) = (shop(), Database::new());
    project.ok(&database.url(), &["squash", "--to", "r2", "--id", "a"]);
    let said = project.run_on(&database.url(), &["squash", "--id", "b"]);
    assert_eq!(said.code, 0, "{said}");
    assert!(text_of(&project).contains("-- replaces:   r1, r2, a, r3\n"), "{}", text_of(&project));
}
