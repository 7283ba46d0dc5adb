//! The practice platform: seventeen revisions that became one baseline, and what that asks of the databases.

mod afterwards;

use insta::assert_snapshot;

use super::readme::told;
use super::{dump, files, left, psql, round_trip, system, up_of};
use crate::harness::{Database, Project, Said};

/// A week of practice.
const DATA: &str = include_str!("../../systems/practice/data/practised.sql");

/// The project without its hook, which needs psql in the PATH and is a test's of its own.
fn practice() -> Project {
    let project = system("practice");
    project.write("revgraph.toml", "");
    project
}

/// The project as it was: all seventeen, no baseline.
fn chain() -> Project {
    let project = practice();
    let said = project.run(&["archive", "restore", "consolidated", "--no-database"]);
    assert_eq!(said.code, 0, "{said}");
    project
}

/// A database as the team made them: a psql for each file, up to one of them, and no ledger.
fn made_by_psql(last: usize) -> Database {
    let database = Database::new();
    for (_, text) in &files(&chain(), "revisions")[..last] {
        psql(&database, up_of(text));
    }
    database
}

fn upgraded(project: &Project) -> Database {
    let database = Database::new();
    project.ok(&database.url(), &["upgrade"]);
    database
}

/// The difference of two databases, rows included.
fn diff(project: &Project, one: &Database, other: &Database) -> Said {
    let said = project.run(&["diff", &one.url(), &other.url(), "--data"]);
    let address = |database: &Database| database.url().replace("?sslmode=disable", "");
    let named = said.out.replace(&address(one), "postgres://db.example.org/chain");
    Said { out: named.replace(&address(other), "postgres://db.example.org/baseline"), ..said }
}

#[test]
fn seventeen_become_one() {
    let project = chain();
    assert_eq!(files(&project, "revisions").len(), 17);
    assert_snapshot!(told("practice", "revgraph test", &project.run(&["test"])), @"
    exact        001  the schema, and the clock of its rows
    exact        002  users
    exact        003  knowledge points, each below another
    exact        004  quizzes
    exact        005  practice strategies
    exact        006  practice sessions
    exact        007  answers within a session
    exact        008  how well a student knows each point
    exact        009  the book of mistakes
    exact        010  what else is known of a knowledge point
    exact        011  files of quizzes, answers and knowledge points
    exact        012  an answer counts where it matters
    exact        013  indexes for the teachers' lists
    exact        014  statistics of each student
    exact        015  the strategies that everybody has
    exact        016  whoever practises without an account
    exact        017  how long answers take
    17 revisions: 17 exact in …, in a private server of PostgreSQL …
    --- exit code 0
    ");
    assert_snapshot!(told("practice", "revgraph lint", &project.run(&["lint"])), @"
    ok: nothing found in 17 revisions
    --- exit code 0
    ");
    let said = project.run(&["squash", "--id", "consolidated", "-m", "the practice platform"]);
    assert_snapshot!(told("practice", "revgraph squash --id consolidated -m 'the practice platform'", &said), @"
    proved: 17 revisions are one baseline, consolidated
      made of      a snapshot of what they build
      objects      247 objects the same: 117 column, 69 constraint, 1 database, 1 extension, 2 function, 1 identity, 32 index, 2 schema, 10 table, 11 trigger, 1 view
                   1 expression with other texts mean the same
      contents     6 rows, the positions of 1 sequence
      way down     exact
      volatile     nothing
      not compared nothing
      built in     a private server of PostgreSQL … (…)
    wrote revisions/…_consolidated_the_practice_platform.sql
    moved 17 files to archive/consolidated
    commit revisions and archive together; `revgraph archive restore` undoes it
    --- exit code 0
    ");
    assert_snapshot!(told("practice", "revgraph test", &project.run(&["test"])), @"
    exact        consolidated  the practice platform
    1 revision: 1 exact in …, in a private server of PostgreSQL …
    --- exit code 0
    ");
    assert_snapshot!(told("practice", "revgraph lint", &project.run(&["lint"])), @"
    ok: nothing found in 1 revision
    --- exit code 0
    ");
}

#[test]
fn the_chain_and_the_baseline_make_the_same_database() {
    let (by_chain, by_baseline) = (upgraded(&chain()), upgraded(&practice()));
    let project = practice();
    assert_snapshot!(told("practice", r#"revgraph diff "$BY_CHAIN" "$BY_BASELINE" --data"#, &diff(&project, &by_chain, &by_baseline)), @"
    no difference
    --- exit code 0
    ");
    let count = |query: &str| by_baseline.value(&format!("SELECT count(*) FROM {query}"));
    assert_eq!(count("pg_tables WHERE schemaname = 'practice'"), "10");
    assert_eq!(count("pg_indexes WHERE schemaname = 'practice'"), "49");
    assert_eq!(count("pg_trigger WHERE tgname ~ '_set_updated_at$'"), "10");
    assert_eq!(count("pg_proc WHERE pronamespace = 'practice'::regnamespace"), "2");
    assert_eq!(count("practice.practice_strategies"), "5");
    // Somebody was at one of them by hand.
    by_baseline.execute(
        "ALTER TABLE practice.quizzes ADD COLUMN language text, DROP CONSTRAINT quizzes_choice_check; \
         DROP INDEX practice.quizzes_tags_idx; \
         ALTER TABLE practice.users DISABLE TRIGGER users_set_updated_at; \
         ALTER FUNCTION practice.set_updated_at() SECURITY DEFINER; \
         DROP VIEW practice.student_statistics; \
         DELETE FROM practice.practice_strategies WHERE name = 'mock_exam'",
    );
    assert_snapshot!(told("practice", r#"revgraph diff "$BY_CHAIN" "$BY_BASELINE" --data"#, &diff(&project, &by_chain, &by_baseline)), @"
    --- postgres://db.example.org/chain
    +++ postgres://db.example.org/baseline
    schema practice
        table quizzes
        + column language  text
        - constraint quizzes_choice_check  ((kind = 'choice'::text) = (options IS NOT NULL))
        - index quizzes_tags_idx  USING gin (tags)
      ~ function set_updated_at()
          security definer: no → yes
      - view student_statistics
        - column accuracy  numeric
        - column answered  bigint
        - column completed  bigint
        - column correct  bigint
        - column grade  smallint
        - column last_practised_at  timestamp with time zone
        - column open_mistakes  bigint
        - column sessions  bigint
        - column time_spent_seconds  numeric
        - column user_id  uuid
        - column username  text
        - column weak_points  bigint
        table users
        ~ trigger users_set_updated_at
            enabled: none → disabled
    rows
      ~ practice.practice_strategies: 5 rows → 4 rows
    1 added, 15 removed, 2 changed, 1 with other rows
    --- exit code 3
    ");
    let said = project.run_on(&by_baseline.url(), &["drift", "--schema", "practice"]);
    assert_eq!(said.code, 3, "{said}");
}

#[test]
fn the_archive_serves() {
    let project = practice();
    assert_snapshot!(told("practice", "revgraph archive list", &project.run(&["archive", "list"])), @"
    consolidated  the practice platform
      replaces  17 revisions
      originals 17 files, 27057 bytes
      proved    … on PostgreSQL 15.18: 247 objects equal, way down exact
    --- exit code 0
    ");
    assert_snapshot!(told("practice", "revgraph archive verify", &project.run(&["archive", "verify"])), @"
    ok: 1 baseline, 17 sound originals
    --- exit code 0
    ");
    let archived: Vec<_> = files(&project, "archive/consolidated");
    assert_snapshot!(told("practice", "revgraph archive restore consolidated --no-database", &project.run(&["archive", "restore", "consolidated", "--no-database"])), @"
    restored revisions/001_schema.sql
    restored revisions/002_users.sql
    restored revisions/003_knowledge_points.sql
    restored revisions/004_quizzes.sql
    restored revisions/005_practice_strategies.sql
    restored revisions/006_practice_sessions.sql
    restored revisions/007_practice_answers.sql
    restored revisions/008_student_weaknesses.sql
    restored revisions/009_student_mistakes.sql
    restored revisions/010_knowledge_points_metadata.sql
    restored revisions/011_attachments.sql
    restored revisions/012_record_answers.sql
    restored revisions/013_teachers_indexes.sql
    restored revisions/014_student_statistics.sql
    restored revisions/015_default_strategies.sql
    restored revisions/016_anonymous_user.sql
    restored revisions/017_time_spent.sql
    removed  revisions/…_consolidated_the_practice_platform.sql
    17 revisions are back in the place of consolidated
    --- exit code 0
    ");
    assert!(files(&project, "revisions") == archived[..17], "byte for byte");
}

#[test]
fn it_is_applied_to_an_empty_database_and_by_force_to_a_full_one() {
    let (project, database) = (practice(), Database::new());
    let url = database.url();
    assert_snapshot!(told("practice", "revgraph upgrade", &project.run_on(&url, &["upgrade"])), @"
      up   consolidated  the practice platform
    upgraded 1 revision in …; now at consolidated
    --- exit code 0
    ");
    psql(&database, DATA);
    assert_eq!(project.ok(&url, &["check"]), "ok: 1 revision sound, and the database agrees\n");
    assert_eq!(project.run_on(&url, &["drift"]).code, 0);
    // By force: whatever is there goes, and all of it is made anew. Not without a word.
    assert_snapshot!(told("practice", "revgraph downgrade base", &project.run_on(&url, &["downgrade", "base"])), @"
    --- standard error
      down consolidated  the practice platform
        loses table practice.users: 5 rows, …kB
        loses table practice.student_weaknesses: 6 rows, …kB
        loses table practice.student_mistakes: 2 rows, …kB
        loses table practice.quizzes: 6 rows, …kB
        loses table practice.practice_strategies: 5 rows, …kB
        loses table practice.practice_sessions: 5 rows, …kB
        loses table practice.practice_answers: 8 rows, …kB
        loses table practice.knowledge_points_metadata: 2 rows, …kB
        loses table practice.knowledge_points: 5 rows, …kB
        loses table practice.attachments: 2 rows, …kB
    error: this downgrade would lose 10 tables
    help: nothing was touched; if that is what you want: --yes, with --backup to save it first
    --- exit code 1
    ");
    assert_eq!(database.value("SELECT count(*) FROM practice.users"), "5", "nothing was done");
    assert_snapshot!(told("practice", "revgraph downgrade base --yes", &project.run_on(&url, &["downgrade", "base", "--yes"])), @"
      down consolidated  the practice platform
    downgraded 1 revision in …; now at base
    --- standard error
      down consolidated  the practice platform
        loses table practice.users: 5 rows, …kB
        loses table practice.student_weaknesses: 6 rows, …kB
        loses table practice.student_mistakes: 2 rows, …kB
        loses table practice.quizzes: 6 rows, …kB
        loses table practice.practice_strategies: 5 rows, …kB
        loses table practice.practice_sessions: 5 rows, …kB
        loses table practice.practice_answers: 8 rows, …kB
        loses table practice.knowledge_points_metadata: 2 rows, …kB
        loses table practice.knowledge_points: 5 rows, …kB
        loses table practice.attachments: 2 rows, …kB
    --- exit code 0
    ");
    assert_eq!(left(&database), [""; 0]);
    assert_snapshot!(told("practice", "revgraph upgrade", &project.run_on(&url, &["upgrade"])), @"
      up   consolidated  the practice platform
    upgraded 1 revision in …; now at consolidated
    --- exit code 0
    ");
    assert_eq!(database.value("SELECT count(*) FROM practice.users"), "1", "the anonymous one");
    assert_eq!(diff(&project, &database, &upgraded(&project)).code, 0);
}

#[test]
fn it_goes_up_and_down_with_data() {
    for project in [practice(), chain()] {
        let database = Database::new();
        round_trip(&project, &database, || {
            project.ok(&database.url(), &["upgrade"]);
            psql(&database, DATA);
        });
    }
}

/// The release before knows nothing of the time that answers take; it can have its database back, and all else stays.
#[test]
fn it_is_rolled_back_through_the_baseline() {
    let (project, database) = (practice(), upgraded(&practice()));
    let url = database.url();
    psql(&database, DATA);
    let statistics = "SELECT username, answered, accuracy, weak_points, open_mistakes \
                      FROM practice.student_statistics ORDER BY username";
    let before = database.rows(statistics);
    assert_eq!(before, ["jürgen 3 100.00 0 0", "lina 4 50.00 1 1", "小明 0 - 0 0"]);
    assert_snapshot!(told("practice", "revgraph downgrade 016 --yes", &project.run_on(&url, &["downgrade", "016", "--yes"])), @"
      expand consolidated  the practice platform
      down 017  how long answers take
    downgraded 1 revision in …; now at 016
    --- standard error
      down 017  how long answers take
        loses column practice.practice_sessions.time_spent_seconds: 5 values, 40 bytes
        loses column practice.practice_answers.time_spent_seconds: 7 values, 28 bytes
    --- exit code 0
    ");
    assert_eq!(database.rows(statistics), before);
    assert_eq!(project.run(&["diff", "016", &url]).code, 0);
    assert_snapshot!(told("practice", "revgraph upgrade", &project.run_on(&url, &["upgrade"])), @"
      up   017  how long answers take
      adopt consolidated  the practice platform
    upgraded 1 revision in …; now at consolidated
    --- exit code 0
    ");
    assert_eq!(database.rows(statistics), before);
    assert_eq!(project.run_on(&url, &["drift"]).code, 0);
}

/// Guests, and the strategies that everybody has, go on the way down though students have used them.
#[test]
fn each_step_down_leads_past_the_rows_that_use_it() {
    let (project, database) = (chain(), upgraded(&chain()));
    let url = database.url();
    psql(&database, DATA);
    project.ok(&url, &["downgrade", "014", "--yes"]);
    let sessions = "SELECT count(*), count(strategy_id) FROM practice.practice_sessions";
    assert_eq!(database.rows(sessions), ["4 0"], "the guest's is gone, the others don't say by which strategy");
    project.ok(&url, &["upgrade"]);
    assert_eq!(database.rows(sessions), ["4 0"]);
    assert_eq!(database.value("SELECT count(*) FROM practice.practice_strategies"), "5");
}

#[test]
fn what_psql_made_is_adopted() {
    let (project, database) = (practice(), made_by_psql(17));
    let url = database.url();
    psql(&database, DATA);
    let before = dump(&database);
    // Without a ledger it looks like an empty one, and nothing is done to it.
    assert_snapshot!(told("practice", "revgraph upgrade", &project.run_on(&url, &["upgrade"])), @r#"
    --- standard error
    error: schema "practice" already exists
      --> revisions/…_consolidated_the_practice_platform.sql:14:1
       |
    14 | CREATE SCHEMA practice;
       | ^^^^^^
    error: upgrade of consolidated failed: schema "practice" already exists
    no revision was completed; consolidated was rolled back
    help: if it was made by other means: `revgraph diff consolidated DATABASE` tells whether it is what consolidated makes, and `revgraph stamp consolidated` then records it
    --- exit code 1
    "#);
    assert_eq!(dump(&database), before);
    assert_snapshot!(told("practice", r#"revgraph diff consolidated "$DATABASE_URL""#, &project.run(&["diff", "consolidated", &url])), @"
    no difference
    --- exit code 0
    ");
    assert_snapshot!(told("practice", "revgraph stamp consolidated", &project.run_on(&url, &["stamp", "consolidated"])), @"
    stamped: the ledger says consolidated
    --- exit code 0
    ");
    assert_eq!(project.ok(&url, &["check"]), "ok: 1 revision sound, and the database agrees\n");
    assert_eq!(project.run_on(&url, &["drift"]).code, 0);
    assert_eq!(dump(&database), before);
}

#[test]
fn what_psql_had_begun_is_finished_along_the_archive() {
    let (project, database) = (practice(), made_by_psql(9));
    let url = database.url();
    assert_eq!(project.run(&["diff", "009", &url]).code, 0);
    project.ok(&url, &["stamp", "009"]);
    assert_snapshot!(told("practice", "revgraph upgrade", &project.run_on(&url, &["upgrade"])), @"
      up   010  what else is known of a knowledge point
      up   011  files of quizzes, answers and knowledge points
      up   012  an answer counts where it matters
      up   013  indexes for the teachers' lists
      up   014  statistics of each student
      up   015  the strategies that everybody has
      up   016  whoever practises without an account
      up   017  how long answers take
      adopt consolidated  the practice platform
    upgraded 8 revisions in …; now at consolidated
    --- exit code 0
    ");
    assert_eq!(diff(&project, &database, &upgraded(&project)).code, 0);
}

#[test]
fn a_database_that_the_chain_made_is_adopted() {
    let (project, database) = (practice(), upgraded(&chain()));
    assert_snapshot!(told("practice", "revgraph upgrade", &project.run_on(&database.url(), &["upgrade"])), @"
      adopt consolidated  the practice platform
    adopted 1 baseline in …; now at consolidated
    --- exit code 0
    ");
    assert_eq!(project.run_on(&database.url(), &["drift"]).code, 0);
}
