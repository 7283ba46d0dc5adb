//! What others may have written so that it does harm: names, messages, rows of the ledger.
//!
//! Paths in manifests are in `archive/tampered.rs`, foreign SQL in the ledger in `from_ledger/hostile.rs`, queries of whoever
//! holds a lock in `locks.rs`.

use std::fs;

use crate::harness::{Database, Project, Said};

/// What clears a screen and rings: as an escape sequence, and as one character.
const ESCAPES: &str = "\x1b[2J\x07\u{9b}2J";
/// The same as it may be seen.
const SHOWN: &str = "␛[2J␇\u{fffd}2J";

/// Runs it as on a terminal with colours, and insists that nothing of the kind came out.
fn in_colours(project: &Project, database: &Database, arguments: &[&str]) -> Said {
    let said = project.run_on(&database.url(), &[&["--color", "always"], arguments].concat());
    let all = format!("{}{}", said.out, said.err);
    assert!(!all.contains(['\x07', '\r', '\x08', '\u{9b}', '\u{202e}']) && !all.contains("\x1b[2J"), "{all:?}");
    said
}

#[test]
fn a_terminal_is_told_nothing_by_others() {
    let (project, database) = (Project::new(), Database::new());
    let up = format!(
        "-- [up]\nDO $$ BEGIN RAISE WARNING 'warned {ESCAPES}'; END $$;\nCREATE TABLE \"t{ESCAPES}\" (id int);\n\
         INSERT INTO \"t{ESCAPES}\" VALUES (1);\n-- [down]\nDROP TABLE \"t{ESCAPES}\";\n"
    );
    project.revision("r1", &format!("message: made {ESCAPES}\x08\u{202e}"), &up);
    let said = in_colours(&project, &database, &["upgrade"]);
    assert_eq!(said.code, 0, "{said}");
    assert!(said.out.contains(&format!("made {SHOWN}␈\u{fffd}")), "{said}");
    assert!(said.err.contains(&format!("warned {SHOWN}")), "{said}");
    for arguments in [&["history"][..], &["log"], &["current"], &["plan", "upgrade", "base"], &["check"], &["lint"]] {
        in_colours(&project, &database, arguments);
    }
    let said = in_colours(&project, &database, &["downgrade", "base"]);
    assert!(said.code == 1 && said.err.contains(&format!("t{SHOWN}")), "what would be lost: {said}");

    let fails = format!(
        "-- [up]\nDO $$ BEGIN RAISE 'failed {ESCAPES}' USING DETAIL = 'why {ESCAPES}', HINT = '{ESCAPES}'; END $$;\n"
    );
    project.revision("r2", "parents: r1", &fails);
    let said = in_colours(&project, &database, &["upgrade"]);
    assert!(said.err.contains(&format!("failed {SHOWN}")) && said.err.contains(&format!("why {SHOWN}")), "{said}");

    fs::remove_file(project.path().join("revisions/r2.sql")).unwrap();
    project.write(&format!("revisions/{ESCAPES}.sql"), format!("-- revision: r2\n-- {ESCAPES}: 1\n-- [up]\n"));
    let said = in_colours(&project, &database, &["upgrade"]);
    assert!(said.err.contains(&format!("{SHOWN}.sql")), "{said}");
}

#[test]
fn an_application_that_waits_with_a_name_of_escapes() {
    let (project, database) = (Project::new(), Database::new());
    project.chain(1);
    let mut holder = database.client();
    // What the server itself lets through of a name.
    holder.batch_execute(&format!("SET application_name = 'job {ESCAPES}'")).unwrap();
    let key = revgraph::database::ledger::Ledger::new("revgraph").lock_key();
    holder.execute("SELECT pg_advisory_lock($1)", &[&key]).unwrap();
    let said = in_colours(&project, &database, &["upgrade", "--lock-wait", "0"]);
    assert!(said.code == 1 && said.err.contains("application job "), "{said}");
}

#[test]
fn ids_in_the_ledger_that_are_none_are_refused() {
    let (project, database) = (Project::new(), Database::new());
    project.chain(1);
    project.ok(&database.url(), &["upgrade"]);
    for id in ["../../etc/passwd", "x'; DROP TABLE t1; --", "a\nb", "{r0001}", "\x1b[2J", ""] {
        database.execute(&format!("UPDATE revgraph.applied SET id = $x${id}$x$"));
        for arguments in [&["upgrade"][..], &["downgrade", "base", "--yes"], &["recover"], &["current"], &["check"]] {
            let said = project.run_on(&database.url(), &[arguments, &["--format", "json"]].concat());
            assert_eq!((said.code, said.error()["kind"].as_str()), (1, Some("damaged_ledger")), "{id:?}: {said}");
        }
        assert_eq!(database.tables(), ["t1"]);
    }
}

/// Names that would end a literal, a name or a section, all the way up and down, with their retiring.
#[test]
fn names_with_quotes_and_newlines() {
    let names = [r#"it's "x"; DROP TABLE t1; --"#, "two\n-- [down]\nDROP TABLE t1;\nlines", r"back\slash $$ $1 %s {0}"];
    let (project, database) = (Project::new(), Database::new());
    project.write("revgraph.toml", "[scratch]\nserver = true\n");
    project.chain(1);
    let quoted = names.map(|name| format!("\"{}\"", name.replace('"', "\"\"")));
    let makes = quoted.each_ref().map(|name| {
        format!(
            "CREATE TABLE {name} ({name} int PRIMARY KEY);\nCREATE INDEX {} ON {name} ({name});\n",
            name.replacen('"', "\"i ", 1)
        )
    });
    let drops = quoted.each_ref().map(|name| format!("DROP TABLE {name};\n"));
    project.revision(
        "r2",
        "message: it's \"made\"; DROP TABLE t1; -- $1 %s\nparents: r0001",
        &format!("-- [up]\n{}-- [down]\n{}", makes.concat(), drops.concat()),
    );
    // A line of [retire] names one object, and so holds no second line.
    let retired = format!("-- [retire]\ntable public.{}\ntable public.{}\n", quoted[0], quoted[2]);
    project.revision("r3", "parents: r2", &retired);
    let url = database.url();
    project.ok(&url, &["upgrade"]);
    for command in ["drift", "check", "verify", "snapshot", "log"] {
        project.ok(&url, &[command]);
    }
    project.ok(&url, &["downgrade", "r2"]);
    let mut tables = names.to_vec();
    tables.push("t1");
    tables.sort_unstable();
    assert_eq!(
        database.rows("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename COLLATE \"C\""),
        tables
    );
    project.ok(&url, &["drift"]);
    project.ok(&url, &["downgrade", "base", "--yes"]);
    assert!(database.tables().is_empty());
    let logged = database.rows("SELECT DISTINCT revision FROM revgraph.event ORDER BY 1");
    assert_eq!(logged, ["r0001", "r2", "r3"]);
}
