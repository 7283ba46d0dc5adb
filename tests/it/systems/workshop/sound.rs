//! The same at the end whichever way: killed in between, up and down, squashed.

use std::process::Stdio;

use insta::assert_snapshot;

use super::{LEGACY, MEANWHILE, PHRASE, at, everything, migrated};
use crate::harness::{Database, Gate, WAIT};
use crate::systems::readme::told;
use crate::systems::{left, psql, shown, system};

#[test]
fn a_batch_that_is_killed_goes_on() {
    let project = system("workshop");
    let database = at(&project, "w03");
    // The second run of the second batch comes to a session at which the test shuts it in.
    database.execute(&format!(
        "CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN {} RETURN NEW; END'; \
         CREATE TRIGGER wait BEFORE INSERT ON sessions FOR EACH ROW WHEN (NEW.session_token = 'w1002') EXECUTE FUNCTION wait()",
        WAIT.replace("SELECT", "PERFORM")
    ));
    let mut gate = Gate::shut(&database);
    let mut command = project.command(&["--database", &database.url(), "upgrade", "w04"]);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the program runs");
    gate.until_waiting(1);
    child.kill().expect("it runs");
    child.wait().expect("our own child");
    // Its session ends with it, wherever the server looks for that.
    database.execute(
        "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity \
         WHERE datname = current_database() AND wait_event_type = 'Lock'",
    );
    gate.open();
    database.execute("DROP TRIGGER wait ON sessions; DROP FUNCTION wait()");
    let so_far =
        "SELECT (SELECT count(*) FROM students), (SELECT count(*) FROM sessions), (SELECT count(*) FROM step_progress)";
    assert_eq!(database.rows(so_far), ["908 500 0"]);
    assert_snapshot!(shown(&project.run_on(&database.url(), &["check"])), @"
    unfinished: w04, on its way up: `revgraph upgrade` goes on where it stopped
    pending: w04, w05, w06
    --- exit code 3
    ");
    assert_snapshot!(told("workshop", "revgraph upgrade w04", &project.run_on(&database.url(), &["upgrade", "w04"])), @"
      batch w04:15  1204 rows in 3 runs, …rows/s
      batch w04:18  1203 rows in 3 runs, …rows/s
      batch w04:21  302 rows in 1 run, …rows/s
      batch w04:24  7537 rows in 16 runs, …rows/s
      up   w04  migrate while both apps are still writing
    upgraded 1 revision in …; now at w04
    --- standard error
    w04 goes on where it stopped:
      INSERT INTO events (session_id, event_type, details) SELECT * FROM merge_sessions('both', 500)
    --- exit code 0
    ");
    assert_eq!(migrated(&database), migrated(&at(&project, "w04")));
}

#[test]
fn its_revisions_are_sound() {
    let project = system("workshop");
    assert_snapshot!(shown(&project.run(&["test"])), @"
    exact        w01  the tables as the workshop's two apps made them
    exact        w02  students, sessions, step progress and events
    exact        w03  how rows of the old tables become rows of the new ones
    exact        w04  migrate while both apps are still writing
    exact        w05  merge what came meanwhile, and switch
    exact        w06  retire the old tables, and what merged them
    6 revisions: 6 exact in …, in a private server of PostgreSQL …
    --- exit code 0
    ");
    assert_snapshot!(shown(&project.run(&["lint"])), @"
    ok: nothing found in 6 revisions
    --- exit code 0
    ");
    assert_snapshot!(told("workshop", "revgraph squash --id workshop1 -m 'the workshop'", &project.run(&["squash", "--id", "workshop1", "-m", "the workshop"])), @"
    proved: 6 revisions are one baseline, workshop1
      made of      their own SQL, put together: w06 retires objects, and their names depend on the day on which it runs
      objects      135 objects the same: 88 column, 16 constraint, 1 database, 1 extension, 5 function, 1 identity, 4 index, 1 schema, 7 table, 6 trigger, 5 view
      contents     3 rows, the positions of 1 sequence
      way down     exact
      volatile     nothing
      not compared nothing
      built in     a private server of PostgreSQL … (…)
    wrote revisions/…_workshop1_the_workshop.sql
    moved 6 files to archive/workshop1
    commit revisions and archive together; `revgraph archive restore` undoes it
    --- exit code 0
    ");
    assert_snapshot!(shown(&project.run(&["test"])), @"
    exact        workshop1  the workshop
    1 revision: 1 exact in …, in a private server of PostgreSQL …
    --- exit code 0
    ");
    assert_eq!(project.run(&["archive", "verify"]).code, 0);
}

#[test]
fn it_goes_up_and_down_with_data() {
    let (project, database) = (system("workshop"), Database::new());
    let url = database.url();
    let fill = || {
        project.ok(&url, &["upgrade", "w01"]);
        psql(&database, LEGACY);
        project.ok(&url, &["upgrade", "w04"]);
        psql(&database, MEANWHILE);
        project.ok(&url, &["upgrade", "--confirm", PHRASE]);
    };
    fill();
    let first = everything(&database);
    for squashed in [false, true] {
        project.ok(&url, &["downgrade", "base", "--yes", "--confirm", PHRASE]);
        assert_eq!(left(&database), [""; 0]);
        if squashed {
            assert_eq!(project.run(&["squash", "--id", "workshop1"]).code, 0);
        }
        fill();
        assert_eq!(everything(&database), first);
    }
    assert_eq!(project.run_on(&url, &["drift"]).code, 0);
}
