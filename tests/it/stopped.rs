//! What is told of a plan that stopped on its way: what is done, what is left, and what stopped it.

use std::process::Stdio;

use serde_json::json;

use crate::harness::{Database, Gate, Project, Said, WAIT};

/// A revision before one with these sections, and one behind it.
fn around(sections: &str) -> (Project, Database) {
    let (project, database) = (Project::new(), Database::new());
    project.chain(1);
    project.revision("off", "parents: r0001", sections);
    project.revision("top", "parents: off", "-- [up]\nCREATE TABLE top ();\n-- [down]\nDROP TABLE top;\n");
    (project, database)
}

/// An upgrade, stopped at a gate; what is done meanwhile; and what it says then.
fn upgrade_while(project: &Project, database: &Database, arguments: &[&str], meanwhile: impl FnOnce(Gate)) -> Said {
    let mut gate = Gate::shut(database);
    let url = database.url();
    let mut command = project.command(&[&["--database", &url, "upgrade"], arguments].concat());
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    gate.until_waiting(1);
    meanwhile(gate);
    Said::from(child.wait_with_output().unwrap())
}

const UNFINISHED: &str = "SELECT revision, section, statement, outcome FROM revgraph.unfinished";

#[test]
fn a_setting_that_cannot_be_made_again() {
    let role = "stopped_for_a_while";
    let sections = format!(
        "-- [up transaction=off]\nCREATE ROLE {role};\nSET ROLE {role};\nRESET ROLE;\nDROP ROLE {role};\n\
         CREATE TABLE after ();\n-- [down]\n"
    );
    let (project, database) = around(&sections);
    let said = project.run_on(&database.url(), &["upgrade"]);
    insta::assert_snapshot!(said.complaint(), @r#"
    error: role "stopped_for_a_while" does not exist
     --> revisions/off.sql:6:1
      |
    6 | SET ROLE stopped_for_a_while;
      | ^^^
    error: upgrade of off stopped before line 9, whose settings can't be made: role "stopped_for_a_while" does not exist
    done and recorded before it: r0001; off stopped there, and the ledger knows where: what it had done outside of transactions stays; not begun: 1 revision of this upgrade
    help: mend the file or the data, and run the command again: it goes on at that statement
    "#);
    assert_eq!(database.rows(UNFINISHED), ["off 0 4 next"], "it doesn't run");
    let told = project.run_on(&database.url(), &["upgrade", "--format", "json"]).error();
    assert_eq!(told["kind"], "setting_failed");
    assert_eq!(told["details"]["place"]["line"], 6);
    assert_eq!((&told["details"]["done"], &told["details"]["left"]), (&json!([]), &json!(["top"])));
    database.execute(&format!("CREATE ROLE {role}"));
    project.ok(&database.url(), &["upgrade"]);
    assert_eq!(database.tables(), ["after", "t1", "top"]);
    database.execute(&format!("DROP ROLE {role}"));
}

#[test]
fn a_statement_that_is_done_and_not_recorded() {
    let sections = format!("-- [up transaction=off lock_timeout=0]\n{WAIT}\nCREATE TABLE after ();\n-- [down]\n");
    let (project, database) = around(&sections);
    let mut other = database.client();
    let mut transaction = None;
    let said = upgrade_while(&project, &database, &["--lock-timeout", "100ms"], |gate| {
        let mut begun = other.transaction().unwrap();
        begun.batch_execute("LOCK TABLE revgraph.unfinished").unwrap();
        transaction = Some(begun);
        gate.open();
    });
    insta::assert_snapshot!(said.complaint(), @"
    error: the statement of off at revisions/off.sql:5 is done, but that could not be recorded: canceling statement due to lock timeout; done and recorded: r0001; left: off, top
    help: it took effect: where `revgraph upgrade` can't see that in the catalog, `revgraph upgrade --resume-after` goes on behind it
    ");
    transaction.unwrap().commit().unwrap();
    assert_eq!(database.rows(UNFINISHED), ["off 0 0 running"]);
    project.ok(&database.url(), &["upgrade", "--resume-after"]);
    assert_eq!(database.applied(), ["off", "r0001", "top"]);
}

#[test]
fn a_connection_that_is_lost() {
    let (project, database) = around(&format!("-- [up transaction=off lock_timeout=0]\n{WAIT}\n-- [down]\n"));
    let said = upgrade_while(&project, &database, &[], |_gate| {
        database.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() \
             AND wait_event_type = 'Lock'",
        );
    });
    // Whether the server's last word comes before the end of the connection is chance.
    let complaint =
        said.complaint().replace("connection closed", "terminating connection due to administrator command");
    insta::assert_snapshot!(complaint, @"
    error: the plan was running: the connection to the database was lost (terminating connection due to administrator command); known to be done and recorded: r0001; left: off, top
    help: run the command again: it goes on from what the ledger has
    ");
    let said = upgrade_while(&project, &database, &["--format", "json", "--resume-at"], |_gate| {
        database.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() \
             AND wait_event_type = 'Lock'",
        );
    });
    let told = said.error();
    assert_eq!(
        (&told["kind"], &told["details"]),
        (&json!("connection_lost"), &json!({"done": [], "left": ["off", "top"]}))
    );
}

#[test]
fn a_limit_that_is_reached() {
    let (project, database) =
        around("-- [batch limit=2]\nDELETE FROM t1 WHERE id = (SELECT min(id) FROM t1);\n-- [down]\n");
    project.revision("r0001", "", "-- [up]\nCREATE TABLE t1 AS SELECT generate_series(1, 5) AS id;\n-- [down]\n");
    let said = project.run_on(&database.url(), &["upgrade"]);
    insta::assert_snapshot!(said.complaint(), @"
    error: the [batch] of off stopped at its limit of 2 runs, with 2 rows done so far; done and recorded: r0001; left: off, top
    help: what it did stays; the next `revgraph upgrade` goes on with as many runs again
    ");
    let told = project.run_on(&database.url(), &["upgrade", "--format", "json"]).error();
    assert_eq!(
        (&told["kind"], &told["details"]),
        (&json!("batch_limit"), &json!({"done": [], "left": ["off", "top"]}))
    );
}

#[test]
fn what_cannot_be_read_after_the_end_is_a_remark() {
    let (project, database) = (Project::new(), Database::new());
    project.chain(1);
    project.revision("r2", "parents: r0001", "-- [retire]\ntable t1\n");
    project.revision("r3", "parents: r2", &format!("-- [up lock_timeout=0]\n{WAIT}\n-- [down]\n"));
    project.write("revgraph.toml", "[hooks]\nafter_upgrade = [\"cat > plan.json\"]\n");
    let mut other = database.client();
    let mut transaction = None;
    let said = upgrade_while(&project, &database, &["-q", "--lock-timeout", "100ms"], |gate| {
        let mut begun = other.transaction().unwrap();
        begun.batch_execute("LOCK TABLE revgraph.retired").unwrap();
        transaction = Some(begun);
        gate.open();
    });
    insta::assert_snapshot!(said, @"
    --- standard error
    note: what was retired can't be shown, `revgraph retired list` does: the ledger can't be read: canceling statement due to lock timeout
    --- exit code 0
    ");
    assert!(project.path().join("plan.json").exists(), "the hooks run");
    drop(transaction);
    assert_eq!(database.applied(), ["r0001", "r2", "r3"]);
}
