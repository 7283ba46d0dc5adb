//! A schema in front of `pg_catalog` that has an operator, a function, a type and a table for every one in there: whoever may
//! create in a schema that others look into first can plant such, and would be run by whoever deploys.

use crate::harness::{Database, Project, Said};

/// What each of them says when somebody runs it.
const MARK: &str = "hijacked by";

/// Plants them.
fn plant(database: &Database) {
    database.execute(&format!(
        "SET search_path = pg_catalog;
         CREATE SCHEMA planted;
         DO $plant$ DECLARE one record; BEGIN
             FOR one IN SELECT o.oid, o.oprname, format_type(o.oprleft, NULL) AS l, format_type(o.oprright, NULL) AS r,
                 o.oprleft, format_type(o.oprresult, NULL) AS result FROM pg_operator o LOOP
                 BEGIN
                     EXECUTE format('CREATE FUNCTION planted.o%s(%s) RETURNS %s LANGUAGE plpgsql AS %L', one.oid,
                         CASE WHEN one.oprleft = 0 THEN one.r ELSE one.l || ', ' || one.r END, one.result,
                         format('BEGIN RAISE EXCEPTION %L; END', '{MARK} operator ' || replace(one.oprname, '%', '%%')));
                     EXECUTE format('CREATE OPERATOR planted.%s (FUNCTION = planted.o%s, RIGHTARG = %s%s)', one.oprname, one.oid,
                         one.r, CASE WHEN one.oprleft = 0 THEN '' ELSE ', LEFTARG = ' || one.l END);
                 EXCEPTION WHEN others THEN NULL; -- pseudo-types
                 END;
             END LOOP;
             FOR one IN SELECT p.proname, pg_get_function_identity_arguments(p.oid) AS arguments, p.proretset,
                 format_type(p.prorettype, NULL) AS result FROM pg_proc p
                 WHERE p.pronamespace = 'pg_catalog'::regnamespace AND p.prokind <> 'p' LOOP
                 BEGIN
                     EXECUTE format('CREATE FUNCTION planted.%I(%s) RETURNS %s %s LANGUAGE plpgsql AS %L', one.proname,
                         one.arguments, CASE WHEN one.proretset THEN 'SETOF' END, one.result,
                         format('BEGIN RAISE EXCEPTION %L; END', '{MARK} function ' || one.proname));
                 EXCEPTION WHEN others THEN NULL; -- those of the server's own
                 END;
             END LOOP;
             FOR one IN SELECT typname FROM pg_type WHERE typnamespace = 'pg_catalog'::regnamespace AND typtype = 'b'
                 AND typelem = 0 LOOP
                 EXECUTE format('CREATE DOMAIN planted.%I AS pg_catalog.%I CONSTRAINT %I CHECK (false)', one.typname,
                     one.typname, '{MARK} type ' || one.typname);
             END LOOP;
             FOR one IN SELECT relname FROM pg_class WHERE relnamespace = 'pg_catalog'::regnamespace AND relkind IN ('r', 'v') LOOP
                 EXECUTE format('CREATE VIEW planted.%I AS SELECT 1 AS %I', one.relname, '{MARK} relation');
             END LOOP;
         END $plant$"
    ));
}

/// Has all sessions of the database look there first.
fn look_there_first(database: &Database) {
    database.execute(&format!("ALTER DATABASE {} SET search_path = planted, public, pg_catalog", database.name()));
}

/// What is loaded.
const SOURCE: &str = "CREATE TABLE public.s (id int PRIMARY KEY, at timestamp); INSERT INTO public.s VALUES (1), (2)";

/// The revisions use no operator and no function, and only types whose names are words of the grammar.
fn project(source: &Database) -> Project {
    let project = Project::new();
    project.write(
        "revgraph.toml",
        format!("[databases]\nv1 = \"{}\"\n[scratch]\nsources = {{ v1 = \"v1.sql\" }}\n", source.url()),
    );
    project.write("v1.sql", SOURCE);
    project.revision(
        "r1",
        "message: made",
        "-- [up]\nCREATE TABLE public.t (id int PRIMARY KEY, n int);\nCREATE TABLE public.loaded (id int, at timestamp);\n\
         CREATE TABLE public.old (id int, gone int);\nINSERT INTO public.t VALUES (1, 1), (2, 2);\n\
         CREATE TABLE public.parts (id int) PARTITION BY LIST (id);\nCREATE TABLE public.part PARTITION OF public.parts FOR VALUES IN (1);\n\
         -- [down]\nDROP TABLE public.parts;\nDROP TABLE public.old;\nDROP TABLE public.loaded;\nDROP TABLE public.t CASCADE;\n\
         -- [verify]\nSELECT FROM public.t WHERE false;\n",
    );
    project.revision(
        "r2",
        "parents: r1\nmessage: moved",
        "-- [load from=v1 into=public.loaded key=id]\nSELECT id, at FROM public.s;\n\
         -- [retire]\ntable public.old\ncolumn public.t.n\n-- [batch]\nDELETE FROM public.parts WHERE false;\n\
         -- [up transaction=off]\nCREATE INDEX CONCURRENTLY i ON public.t (id);\n\
         ALTER TABLE public.parts DETACH PARTITION public.part CONCURRENTLY;\n\
         -- [down]\nDROP INDEX public.i;\nALTER TABLE public.parts ATTACH PARTITION public.part FOR VALUES IN (1);\nTRUNCATE public.loaded;\n",
    );
    project
}

#[test]
fn no_query_of_ours_runs_what_somebody_has_planted() {
    let (source, database) = (Database::new(), Database::new());
    source.execute(SOURCE);
    let project = project(&source);
    for database in [&source, &database] {
        plant(database);
        look_there_first(database);
    }
    let mut found = Vec::new();
    let mut run = |arguments: &[&str], code: i32| {
        let said: Said = project.run_on(&database.url(), arguments);
        if said.code != code || said.err.contains(MARK) {
            found.push(format!("{arguments:?}: {}\n{}", said.code, said.complaint()));
        }
    };
    for arguments in [
        &["upgrade", "--dry-run"][..],
        &["upgrade", "r1"],
        &["upgrade", "--dry-run"],
        &["upgrade"],
        &["current"],
        &["check"],
        &["log"],
        &["verify"],
        &["history", "-i"],
        &["plan", "downgrade", "base"],
        &["plan", "downgrade", "base", "--exact"],
        &["retired", "list"],
        &["repair"],
        &["snapshot", "--output", "snapshot.json"],
        &["backup"],
        &["downgrade", "r1", "--dry-run"],
        &["downgrade", "r1", "--yes", "--backup=backup.dump"],
        &["upgrade"],
        &["retired", "restore", "public.t.n"],
        &["retired", "purge", "public.old", "--yes"],
        &["recover", "--output", "recovered"],
        &["stamp", "base"],
        &["stamp", "heads"],
    ] {
        run(arguments, 0);
    }
    run(&["drift"], 3);
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn what_stopped_is_looked_up_in_the_catalogs_themselves() {
    let original = Database::new();
    original.execute(
        "CREATE TABLE d (id int); CREATE INDEX there ON d (id); CREATE INDEX i ON d (id); CREATE TYPE mood AS ENUM ('ok');
         UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'i'::regclass;
         CREATE TABLE parts (id int) PARTITION BY LIST (id); CREATE TABLE part PARTITION OF parts FOR VALUES IN (1)",
    );
    plant(&original);
    for statement in [
        "CREATE INDEX CONCURRENTLY i ON public.d (id)",
        "DROP INDEX CONCURRENTLY public.there",
        "ALTER TYPE public.mood ADD VALUE 'bad'",
        "ALTER TABLE public.parts DETACH PARTITION public.part CONCURRENTLY",
    ] {
        let (project, database) = (Project::new(), original.copy());
        look_there_first(&database);
        let off = |statement: &str| format!("-- [up transaction=off]\nCREATE TABLE public.before ();\n{statement};\n");
        project.revision("off", "", &off("SELECT nothing"));
        assert_eq!(project.run_on(&database.url(), &["upgrade"]).code, 1);
        database.execute("UPDATE revgraph.unfinished SET outcome = 'running'");
        project.revision("off", "", &off(statement));
        let said = project.run_on(&database.url(), &["upgrade"]);
        assert!(said.code == 0 && !said.err.contains(MARK), "{statement}: {said}");
    }
}
