//! What is asked before something is lost.

use insta::assert_snapshot;

use super::{at, said};
use crate::harness::{Database, Project, Terminal};

const FILLED: (&str, &str) =
    ("CREATE TABLE accounts (id int);\nINSERT INTO accounts SELECT generate_series(1, 1500);", "DROP TABLE accounts;");

/// A downgrade on a terminal.
fn on_terminal(project: &Project, database: &Database, arguments: &[&str]) -> Terminal {
    let url = database.url();
    Terminal::start(project.command(&[&["--database", &url], arguments].concat()))
}

#[test]
fn without_a_terminal_and_without_yes_nothing_is_touched() {
    let (project, database) = at(&[FILLED]);
    let before = database.events();
    let refused = project.run_on(&database.url(), &["downgrade", "base"]);
    assert_snapshot!(said(&refused), @"
        --- standard error
          down r1  step 1
            loses table accounts: 1,500 rows, 80 kB
        error: this downgrade would lose 1 table
        help: nothing was touched; if that is what you want: --yes, with --backup to save it first
        --- exit code 1
        ");
    let refused = project.run_on(&database.url(), &["downgrade", "base", "--format", "json"]);
    assert_eq!((refused.code, refused.error()["kind"].as_str()), (1, Some("would_lose")));
    assert_eq!(refused.error()["details"]["losses"][0]["rows"], 1500);
    assert_eq!((database.events(), database.value("SELECT count(*) FROM accounts")), (before, "1500".to_owned()));
    project.ok(&database.url(), &["downgrade", "base", "--yes"]);
    assert!(database.tables().is_empty());
}

#[test]
fn what_is_certainly_empty_is_not_asked_for() {
    let (project, database) = at(&[("CREATE TABLE t (id int PRIMARY KEY, note text);", "DROP TABLE t;")]);
    project.revision("r2", "parents: r1", "-- [up]\n-- [down]\nALTER TABLE t DROP note;\n");
    project.ok(&database.url(), &["upgrade"]);
    let said = project.run_on(&database.url(), &["downgrade", "base"]);
    assert_eq!((said.code, said.complaint().as_str()), (0, ""), "{said}");
    // Rows that were deleted leave pages: then only counting tells. A few pages are counted anyway.
    project.ok(&database.url(), &["upgrade"]);
    database.execute("INSERT INTO t VALUES (1); DELETE FROM t");
    project.ok(&database.url(), &["downgrade", "base"]);
    project.ok(&database.url(), &["upgrade"]);
    database.execute("INSERT INTO t SELECT generate_series(1, 10000); DELETE FROM t");
    assert_eq!(project.run_on(&database.url(), &["downgrade", "base"]).code, 1);
    project.ok(&database.url(), &["downgrade", "base", "--exact"]);
}

#[test]
fn a_terminal_is_asked_under_the_lock() {
    let (project, database) = at(&[FILLED]);
    let mut terminal = on_terminal(&project, &database, &["downgrade", "base"]);
    terminal.until("[y/N] ");
    let locks = "SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database \
                 WHERE locktype = 'advisory' AND granted AND datname = current_database()";
    assert_eq!(database.value(locks), "1");
    terminal.say("y");
    let ended = terminal.end();
    assert_eq!(ended.code, 0, "{ended}");
    assert_snapshot!(ended.complaint(), @"
          down r1  step 1
            loses table accounts: 1,500 rows, 80 kB
        lose 1 table? only a backup brings it back (--backup makes one) [y/N] y
        ");
    assert!(database.tables().is_empty());
}

#[test]
fn any_other_answer_is_no() {
    let (project, database) = at(&[FILLED]);
    for answer in ["", "n", "yess", "Y es"] {
        let mut terminal = on_terminal(&project, &database, &["downgrade", "base", "-q"]);
        terminal.until("[y/N] ");
        terminal.say(answer);
        let ended = terminal.end();
        assert_eq!(ended.code, 1, "{answer:?}");
        assert!(ended.err.contains("loses table accounts: 1,500 rows"), "{ended}");
    }
    assert_eq!(database.value("SELECT count(*) FROM accounts"), "1500");
}

#[test]
fn a_phrase_is_given_to_the_letter() {
    let (project, database) = (Project::new(), Database::new());
    let sections = "-- [up]\nCREATE TABLE t AS SELECT 1;\n-- [down]\nDROP TABLE t;\n";
    project.revision("r1", "message: the one\nconfirm: DELETE OLD TABLES", sections);
    for answer in ["delete old tables", "DELETE OLD TABLES ", "y", ""] {
        let mut terminal = on_terminal(&project, &database, &["upgrade", "--yes"]);
        terminal.until("DELETE OLD TABLES: ");
        terminal.say(answer);
        let ended = terminal.end();
        assert_eq!(ended.code, 1, "{answer:?}");
        assert!(ended.err.contains("error: r1 runs only after the phrase \"DELETE OLD TABLES\" is given\n"), "{ended}");
    }
    let mut terminal = on_terminal(&project, &database, &["upgrade"]);
    terminal.until("DELETE OLD TABLES: ");
    terminal.say("DELETE OLD TABLES");
    assert_eq!(terminal.end().code, 0);
    // On the way down both are asked.
    let mut terminal = on_terminal(&project, &database, &["downgrade", "base"]);
    terminal.until("[y/N] ");
    terminal.say("yes");
    terminal.until("DELETE OLD TABLES: ");
    terminal.say("DELETE OLD TABLES");
    let ended = terminal.end();
    assert_eq!(ended.code, 0, "{ended}");
    project.ok(&database.url(), &["upgrade", "--confirm", "DELETE OLD TABLES"]);
    let refused = project.run_on(&database.url(), &["downgrade", "base", "--yes"]);
    assert_eq!(refused.code, 1);
    assert!(refused.err.ends_with("help: if that is what you want: --confirm \"DELETE OLD TABLES\"\n"), "{refused}");
    project.ok(&database.url(), &["downgrade", "base", "--yes", "--confirm", "DELETE OLD TABLES"]);
}
