//! The guide app before its two first revisions were made one: 002 alters what is not there on a fresh database.

use insta::assert_snapshot;

use super::readme::told;
use super::{dump, files, left, round_trip, system, up_of};
use crate::harness::{Database, Project};

/// Three guides that people follow, as the app wrote them while steps were named by integers.
const DATA: &str = include_str!("../../data/guide_at_base.sql");

/// What the app writes later on, when a step was blocked and others stand in for it.
const ADAPTED: &str = include_str!("../../data/guide_adapted.sql");

const INITIAL: &str = "revisions/001_initial_schema.sql";
const ADAPTATION: &str = "revisions/002_step_adaptation.sql";

/// The same with the line in 002 that was missing.
fn mended() -> Project {
    let project = system("guides");
    let text = read(&project, ADAPTATION);
    let at = text.find("-- created:").expect("a header");
    project.write(ADAPTATION, format!("{}-- parents:    001\n{}", &text[..at], &text[at..]));
    project
}

/// The same, with the two made one.
fn squashed() -> Project {
    let project = mended();
    let said = squash(&project);
    assert_eq!(said.code, 0, "{said}");
    project
}

fn squash(project: &Project) -> crate::harness::Said {
    project.run(&["squash", "--id", "001_002", "-m", "guides that adapt when a step is blocked"])
}

fn read(project: &Project, path: &str) -> String {
    std::fs::read_to_string(project.path().join(path)).expect("a file of the project")
}

/// A database whose tables the app made itself at its start, before there were revisions, with people in it.
fn made_by_the_app() -> Database {
    let database = Database::new();
    database.execute(up_of(&read(&system("guides"), INITIAL)));
    database.execute(DATA);
    database
}

/// The steps that people are at, session by session.
fn whereabouts(database: &Database, column: &str) -> Vec<String> {
    database.rows(&format!("SELECT {column} FROM guide_sessions ORDER BY session_id"))
}

#[test]
fn it_fails_on_a_fresh_database() {
    let (project, database) = (system("guides"), Database::new());
    assert_snapshot!(told("guides", "revgraph plan upgrade heads --from base", &project.run(&["plan", "upgrade", "heads", "--from", "base"])), @"
      up   002  adapt a guide when a step is blocked
        narrows column guide_sessions.current_step_identifier to varchar(10)
        narrows column completion_events.step_identifier to varchar(10)
        narrows column progress_trackers.last_completed_step_identifier to varchar(10)
      up   001  initial schema
    2 steps; then at 001, 002
    --- exit code 0
    ");
    let said = project.run_on(&database.url(), &["upgrade"]);
    assert_snapshot!(told("guides", "revgraph upgrade", &said), @r#"
    --- standard error
    error: relation "steps" does not exist
      --> revisions/002_step_adaptation.sql:13:1
       |
    13 | ALTER TABLE steps
       | ^^^^^
    error: upgrade of 002 failed: relation "steps" does not exist
    no revision was completed; 002 was rolled back; not begun: 1 revision of this upgrade
    help: mend the file or the data, and run the command again: it goes on from there
    --- exit code 1
    "#);
    assert_eq!(left(&database), [""; 0]);
    assert_snapshot!(told("guides", "revgraph test", &project.run(&["test"])), @r#"
    fails        002  adapt a guide when a step is blocked
        up: upgrade of 002 failed: relation "steps" does not exist
        revisions/002_step_adaptation.sql:13:1
    exact        001  initial schema
    2 revisions: 1 exact, 1 fails in …, in a private server of PostgreSQL …
    --- exit code 3
    "#);
}

#[test]
fn one_line_mends_it_and_the_two_become_one() {
    let project = mended();
    assert_snapshot!(told("guides", "revgraph test", &project.run(&["test"])), @"
    exact        001  initial schema
    exact        002  adapt a guide when a step is blocked
    2 revisions: 2 exact in …, in a private server of PostgreSQL …
    --- exit code 0
    ");
    assert_snapshot!(told("guides", "revgraph lint", &project.run(&["lint"])), @"
    ok: nothing found in 2 revisions
    --- exit code 0
    ");
    let originals = files(&project, "revisions");
    assert_snapshot!(told("guides", "revgraph squash --id 001_002 -m 'guides that adapt when a step is blocked'", &squash(&project)), @"
    proved: 2 revisions are one baseline, 001_002
      made of      a snapshot of what they build
      objects      164 objects the same: 79 column, 55 constraint, 1 database, 1 enum, 1 extension, 1 identity, 17 index, 1 schema, 8 table
                   6 expressions with other texts mean the same
      contents     0 rows, the positions of 1 sequence
      way down     exact
      volatile     nothing
      not compared nothing
      built in     a private server of PostgreSQL … (…)
    wrote revisions/…_001_002_guides_that_adapt_when_a_step_is_blocked.sql
    moved 2 files to archive/001_002
    commit revisions and archive together; `revgraph archive restore` undoes it
    --- exit code 0
    ");
    let archived = files(&project, "archive/001_002");
    assert_eq!(archived[..2], originals, "the originals, byte for byte");
    assert_eq!(project.run(&["archive", "verify"]).code, 0);
    assert_snapshot!(told("guides", "revgraph test", &project.run(&["test"])), @"
    exact        001_002  guides that adapt when a step is blocked
    1 revision: 1 exact in …, in a private server of PostgreSQL …
    --- exit code 0
    ");
    assert_snapshot!(told("guides", "revgraph lint", &project.run(&["lint"])), @"
    ok: nothing found in 1 revision
    --- exit code 0
    ");
}

#[test]
fn a_fresh_database_comes_up_and_goes_down_to_nothing() {
    let (project, database) = (squashed(), Database::new());
    let url = database.url();
    assert_snapshot!(told("guides", "revgraph upgrade", &project.run_on(&url, &["upgrade"])), @"
      up   001_002  guides that adapt when a step is blocked
    upgraded 1 revision in …; now at 001_002
    --- exit code 0
    ");
    assert_eq!(project.ok(&url, &["check"]), "ok: 1 revision sound, and the database agrees\n");
    assert_snapshot!(told("guides", "revgraph drift", &project.run_on(&url, &["drift"])), @"
    no drift: the database is what its 1 applied revision builds in a private server of PostgreSQL …
    --- exit code 0
    ");
    assert_snapshot!(told("guides", "revgraph downgrade base --yes", &project.run_on(&url, &["downgrade", "base", "--yes"])), @"
      down 001_002  guides that adapt when a step is blocked
    downgraded 1 revision in …; now at base
    --- exit code 0
    ");
    assert_eq!(left(&database), [""; 0], "neither a table nor the enum");
    let along = |project: &Project, database: &Database| {
        round_trip(project, database, || {
            project.ok(&database.url(), &["upgrade", "001"]);
            database.execute(DATA);
            project.ok(&database.url(), &["upgrade"]);
            database.execute(ADAPTED);
        });
        assert_eq!(project.run_on(&database.url(), &["drift"]).code, 0);
    };
    along(&project, &database);
    along(&mended(), &Database::new());
}

#[test]
fn a_database_from_before_is_carried_over() {
    let (project, database) = (squashed(), made_by_the_app());
    let url = database.url();
    // Is it what 001 makes? Only then may the ledger say so.
    assert_snapshot!(told("guides", r#"revgraph diff 001 "$DATABASE_URL""#, &project.run(&["diff", "001", &url])), @"
    no difference
    --- exit code 0
    ");
    assert_snapshot!(told("guides", "revgraph stamp 001", &project.run_on(&url, &["stamp", "001"])), @"
    stamped: the ledger says 001
    --- exit code 0
    ");
    assert_eq!(whereabouts(&database, "current_step_index"), ["3", "4", "2", "3", "7", "0"]);
    assert_snapshot!(told("guides", "revgraph check", &project.run_on(&url, &["check"])), @"
    pending: 002
    upgrade adopts, all of it being in effect by then: 001_002
    --- exit code 3
    ");
    assert_snapshot!(told("guides", "revgraph upgrade", &project.run_on(&url, &["upgrade"])), @"
      up   002  adapt a guide when a step is blocked
      adopt 001_002  guides that adapt when a step is blocked
    upgraded 1 revision in …; now at 001_002
    --- standard error
      up   002  adapt a guide when a step is blocked
        narrows column guide_sessions.current_step_identifier (now guide_sessions.current_step_index) to varchar(10): 6 values, 24 bytes
        narrows column completion_events.step_identifier (now completion_events.step_index) to varchar(10): 17 values, 68 bytes
        narrows column progress_trackers.last_completed_step_identifier (now progress_trackers.last_completed_step_index) to varchar(10): 4 values, 16 bytes
    --- exit code 0
    ");
    assert_eq!(whereabouts(&database, "current_step_identifier"), ["3", "4", "2", "3", "7", "0"]);
    let step =
        "SELECT step_identifier, dependencies, pg_typeof(step_status) FROM steps WHERE title = 'Write and run a test'";
    assert_eq!(database.rows(step), [r#"4 ["2", "3"] stepstatus"#]);
    assert_eq!(project.run_on(&url, &["drift"]).code, 0);
    // It is what a fresh one is.
    let fresh = Database::new();
    project.ok(&fresh.url(), &["upgrade"]);
    assert_eq!(project.run(&["diff", &url, &fresh.url()]).code, 0);
}

#[test]
fn the_rollback_plan_holds() {
    let (project, database) = (squashed(), made_by_the_app());
    let url = database.url();
    let before = dump(&database);
    project.ok(&url, &["stamp", "001"]);
    project.ok(&url, &["upgrade"]);
    // At once, and nothing has happened.
    assert_snapshot!(told("guides", "revgraph downgrade 001 --yes", &project.run_on(&url, &["downgrade", "001", "--yes"])), @"
      expand 001_002  guides that adapt when a step is blocked
      down 002  adapt a guide when a step is blocked
    downgraded 1 revision in …; now at 001
    --- standard error
      down 002  adapt a guide when a step is blocked
        narrows column progress_trackers.last_completed_step_identifier to integer: 4 values, 8 bytes
        narrows column completion_events.step_identifier to integer: 17 values, 34 bytes
        narrows column guide_sessions.current_step_identifier to integer: 6 values, 12 bytes
        loses column step_guides.adaptation_history: 3 values, 21 bytes
        loses column steps.step_status: 12 values, 48 bytes
        loses column steps.step_identifier: 12 values, 24 bytes
    --- exit code 0
    ");
    assert_eq!(dump(&database), before);
    // Later, when people stand on steps that only the newer app knows: they fall back to what these stand in for.
    project.ok(&url, &["upgrade"]);
    database.execute(ADAPTED);
    assert_eq!(whereabouts(&database, "current_step_identifier"), ["3b", "4", "2", "3", "7", "0"]);
    assert_snapshot!(told("guides", "revgraph archive restore 001_002", &project.run_on(&url, &["archive", "restore", "001_002"])), @"
    restored revisions/001_initial_schema.sql
    restored revisions/002_step_adaptation.sql
    removed  revisions/…_001_002_guides_that_adapt_when_a_step_is_blocked.sql
    2 revisions are back in the place of 001_002
    --- exit code 0
    ");
    assert_eq!(files(&project, "revisions"), files(&mended(), "revisions"), "byte for byte");
    project.ok(&url, &["downgrade", "001", "--yes"]);
    assert_eq!(whereabouts(&database, "current_step_index"), ["3", "4", "2", "3", "7", "0"]);
    assert_eq!(database.value("SELECT count(*) FROM steps"), "12", "as many as before");
    assert_eq!(project.run(&["diff", "001", &url]).code, 0);
    assert_snapshot!(told("guides", "revgraph check", &project.run_on(&url, &["check"])), @"
    pending: 002
    --- exit code 3
    ");
    // And forward again, with the originals or with the baseline.
    project.ok(&url, &["upgrade"]);
    assert_eq!(squash(&project).code, 0);
    assert_snapshot!(told("guides", "revgraph upgrade", &project.run_on(&url, &["upgrade"])), @"
      adopt 001_002  guides that adapt when a step is blocked
    adopted 1 baseline in …; now at 001_002
    --- exit code 0
    ");
}

/// A developer's database: he knew the order, and ran one after the other.
#[test]
fn a_database_that_ran_both_without_the_line_is_looked_at_first() {
    let (before, after, database) = (system("guides"), squashed(), Database::new());
    let url = database.url();
    before.ok(&url, &["upgrade", "001"]);
    before.ok(&url, &["upgrade", "002"]);
    assert_snapshot!(told("guides", "revgraph upgrade", &after.run_on(&url, &["upgrade"])), @"
    --- standard error
    error: the database has all that the baseline 001_002 replaces, but by another history: 002 changed

    002 in archive/001_002/002_step_adaptation.sql: its parents or dependencies changed, not its SQL
      --- as it ran
      +++ the file now
      @@ -1,5 +1,6 @@
       -- revision:   002
       -- message:    adapt a guide when a step is blocked
      +-- parents:    001
       -- created:    …
       -- lint:       allow renaming-column, changing-column-type, narrowing-type because the app stops while it runs
       -- lint:       allow constraint-missing-not-valid, disallowed-unique-constraint, adding-not-nullable-field
    help: see whether the difference matters; `revgraph repair --accept 002` takes it as it is
    --- exit code 1
    ");
    assert_eq!(after.run(&["diff", "heads", &url]).code, 0);
    after.ok(&url, &["stamp", "001_002", "--purge"]);
    assert_eq!(after.ok(&url, &["check"]), "ok: 1 revision sound, and the database agrees\n");
    assert_eq!(after.run_on(&url, &["drift"]).code, 0);
}
