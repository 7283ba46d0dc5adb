//! What a program is told when something goes wrong: all of it, with its place.

use revgraph::{Deploy, Error};

use super::{chain, connect, executor, kind, open};
use crate::harness::{Database, Project};

/// A chain whose last revision has these statements.
fn failing(statements: &str) -> (Project, Database) {
    let (project, database) = chain();
    project.revision("last", "parents: r0003\nmessage: fails", &format!("-- [up]\n{statements}\n-- [down]\n"));
    (project, database)
}

/// Line and column of what failed, and what the server said.
fn place(error: &Error) -> (Option<(usize, usize)>, String) {
    let Error::Step(failure) = error else { panic!("{error}") };
    let position = failure.problem.position();
    (position.map(|position| (position.line, position.column)), failure.error.message.clone())
}

fn blocking((project, database): &(Project, Database)) -> Error {
    open(project).upgrade(&mut database.client(), "heads").unwrap_err()
}

fn with_futures((project, database): &(Project, Database)) -> Error {
    let project = open(project);
    executor().block_on(async {
        let mut client = connect(&database.url()).await;
        project.upgrade_async(&mut client, "heads").await.unwrap_err()
    })
}

#[test]
fn a_mistake_has_its_place() {
    let made = failing("CREATE TABLE a (id int);\nCREATE TABEL b (id int);");
    for error in [blocking(&made), with_futures(&made)] {
        assert_eq!(place(&error), (Some((7, 8)), "syntax error at or near \"TABEL\"".to_owned()));
        assert_eq!(error.kind(), "statement_failed");
    }
    // Parsing comes before anything runs.
    assert_eq!(made.1.tables(), [""; 0]);
    let made = failing("CREATE TABLE a (id int);\nSELECT nothing FROM a;");
    for error in [blocking(&made), with_futures(&made)] {
        assert_eq!(place(&error).0, Some((7, 8)));
    }
    assert_eq!(made.1.applied(), ["r0001", "r0002", "r0003"]);
}

/// What fails as it runs has no position: `tokio-postgres` tells how many statements were done before it, `postgres` does
/// not, so there it is the file that is named, unless its statement is alone.
#[test]
fn what_fails_as_it_runs() {
    let made = failing("CREATE TABLE a (id int PRIMARY KEY);\nINSERT INTO a VALUES (1), (1);\nSELECT 1;");
    let duplicate = "duplicate key value violates unique constraint \"a_pkey\"".to_owned();
    assert_eq!(place(&with_futures(&made)), (Some((7, 1)), duplicate.clone()));
    let error = blocking(&made);
    assert_eq!(place(&error), (None, duplicate));
    assert!(error.report().contains("revisions/last.sql: duplicate key"), "{}", error.report());
    let made = failing("\nDO 'BEGIN PERFORM 1 / 0; END';");
    for error in [blocking(&made), with_futures(&made)] {
        assert_eq!(place(&error), (Some((7, 1)), "division by zero".to_owned()));
    }
}

#[test]
fn outside_of_transactions_the_place_is_known_and_it_goes_on() {
    let (project, database) = chain();
    let sections = |divisor| {
        format!(
            "-- [up transaction=off]\nCREATE INDEX CONCURRENTLY one ON t1 (id);\nSELECT 1 / {divisor};\n\
             CREATE INDEX CONCURRENTLY two ON t2 (id);\n-- [down transaction=off]\nDROP INDEX one;\nDROP INDEX two;\n"
        )
    };
    project.revision("off", "parents: r0003", &sections(0));
    let made = (project, database);
    for error in [blocking(&made), with_futures(&made)] {
        assert_eq!(place(&error), (Some((6, 1)), "division by zero".to_owned()));
        let Error::Step(failure) = &error else { panic!() };
        assert!(failure.partly_done);
    }
    let (project, database) = made;
    project.revision("off", "parents: r0003", &sections(1));
    let lines = super::Lines::default();
    let deploy = Deploy::to("heads").on_event(lines.tell());
    open(&project).upgrade(&mut database.client(), deploy).unwrap();
    assert_eq!(lines.all(), ["off goes on where it stopped: SELECT 1 / 1", "1 step to do", "up off"]);
    assert_eq!(
        database
            .value("SELECT count(*) FROM pg_index WHERE indisvalid AND indrelid IN ('t1'::regclass, 't2'::regclass)"),
        "2"
    );
    executor().block_on(async {
        let mut client = connect(&database.url()).await;
        open(&project).downgrade_async(&mut client, "r0003").await.unwrap();
        open(&project).upgrade_async(&mut client, "heads").await.unwrap();
    });
    assert_eq!(database.applied().len(), 4);
}

#[test]
fn a_batch_runs() {
    let (project, database) = chain();
    let sections = "-- [up]\nINSERT INTO t1 SELECT generate_series(1, 100);\n-- [batch]\n\
                    DELETE FROM t1 WHERE id IN (SELECT id FROM t1 LIMIT 30);\n-- [down]\n";
    project.revision("batch", "parents: r0003", sections);
    let lines = super::Lines::default();
    let deploy = Deploy::to("heads").on_event(lines.tell());
    open(&project).upgrade(&mut database.client(), deploy).unwrap();
    assert_eq!(database.value("SELECT count(*) FROM t1"), "0");
    assert!(lines.all().contains(&"batch [batch]: 100 rows".to_owned()), "{:?}", lines.all());
}

/// COPY is not lent; a connection of revgraph's own has it.
#[test]
fn a_load_takes_a_connection_of_its_own() {
    let (project, database) = chain();
    project.write("revgraph.toml", format!("[databases]\nsource = \"{}\"\n", database.url()));
    project.revision("load", "parents: r0003", "-- [load from=source into=t1]\nSELECT 7 AS id\n-- [down]\n");
    let made = (project, database);
    for error in [blocking(&made), with_futures(&made)] {
        assert_eq!(error.kind(), "needs_own_connection");
        assert!(error.help().unwrap().contains("Project::connect"));
    }
    let (project, database) = made;
    assert_eq!(database.tables(), [""; 0], "refused before anything ran");
    open(&project).connect(&database.url()).unwrap().upgrade("heads").unwrap();
    assert_eq!(database.value("SELECT id FROM t1"), "7");
}

/// All that is wrong with the files is told, and the connection is not even looked at.
#[test]
fn files_come_first() {
    let (project, database) = chain();
    project.write("revisions/bad.sql", "-- revision: bad\n-- parens: r0003\n\n-- [up]\n");
    project.write("revisions/worse.sql", "-- message: without an id\n\n-- [up]\n");
    let project = open(&project);
    let mut client = database.client();
    client.batch_execute("BEGIN").unwrap();
    let error = project.upgrade(&mut client, "heads").unwrap_err();
    assert_eq!(error.kind(), "bad_revision_file");
    let report = error.report();
    assert!(report.contains("revisions/bad.sql:2:4: "), "{report}");
    assert!(report.contains("\n    -- parens: r0003\n       ^^^^^^\n"), "{report}");
    assert!(report.contains("revisions/worse.sql"), "{report}");
    assert!(report.ends_with("help: mend the files; nothing was done\n"), "{report}");
}

/// An older program on a newer database: an error with a kind of its own, for whoever wants to start nonetheless.
#[test]
fn a_program_that_is_older_than_its_database() {
    let (project, database) = chain();
    open(&project).upgrade(&mut database.client(), "heads").unwrap();
    let older = Project::new();
    older.chain(2);
    let older = open(&older);
    assert_eq!(kind(older.upgrade(&mut database.client(), "heads")), "missing_files");
    assert_eq!(kind(older.pending(&mut database.client(), "heads")), "missing_files");
    assert_eq!(older.check(&mut database.client()).unwrap().missing[0].as_str(), "r0003");
}
