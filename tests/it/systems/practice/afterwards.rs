//! What is verified, while the practice platform is upgraded and at any time, and who hears of it.

use insta::assert_snapshot;
use postgres::Client;
use postgres::fallible_iterator::FallibleIterator;

use super::{DATA, chain, practice, upgraded};
use crate::harness::{Database, Project, Said, program};
use crate::systems::readme::told;
use crate::systems::{psql, system};

/// 012 counts answers from then on, so what the app has counted before must be right.
#[test]
fn what_a_revision_verifies_stops_it() {
    let (project, database) = (chain(), Database::new());
    let url = database.url();
    project.ok(&url, &["upgrade", "011"]);
    database.execute(
        "INSERT INTO practice.users (user_id, username, display_name) \
         VALUES ('a0000000-0000-4000-8000-000000000002', 'lina', 'Lina'); \
         INSERT INTO practice.practice_sessions (session_id, user_id, subject, planned, answered) VALUES \
         ('d0000000-0000-4000-8000-000000000001', 'a0000000-0000-4000-8000-000000000002', 'math', 3, 1)",
    );
    assert_snapshot!(told("practice", "revgraph upgrade", &project.run_on(&url, &["upgrade"])), @r#"
    --- standard error
    error: 1 row where there should be none
      --> revisions/012_record_answers.sql:50:1
       |
    50 | SELECT session_id, answered, correct
       | ^^^^^^
    detail: first row: {"correct": 0, "answered": 1, "session_id": "d0000000-0000-4000-8000-000000000001"}
    error: upgrade of 012 failed: 1 row where there should be none
    no revision was completed; 012 was rolled back; not begun: 5 revisions of this upgrade
    help: mend the data or the [verify] section; the revision was rolled back
    --- exit code 1
    "#);
    assert_eq!(database.applied().last().map(String::as_str), Some("011"));
    assert_eq!(database.value("SELECT count(*) FROM pg_trigger WHERE tgname = 'practice_answers_record'"), "0");
    // Whoever has looked at it mends the row, and goes on.
    database.execute("UPDATE practice.practice_sessions SET answered = 0");
    project.ok(&url, &["upgrade"]);
}

/// Runs the program where its hooks find psql, and says what the API has heard by then.
fn with_api(project: &Project, api: &mut Client, database: &Database, arguments: &[&str]) -> Vec<String> {
    let mut path = vec![program("psql").parent().expect("a folder of programs").to_owned()];
    path.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()));
    let url = database.url();
    let mut command = project.command(&[&["--database", &url], arguments].concat());
    let said = Said::from(command.env("PATH", std::env::join_paths(path).expect("paths")).output().expect("it runs"));
    assert_eq!(said.code, 0, "{said}");
    // What was sent before an answer is here with it.
    api.batch_execute("").expect("the API's connection holds");
    api.notifications().iter().map(|heard| Ok(heard.payload().to_owned())).collect().expect("the connection holds")
}

#[test]
fn the_api_hears_of_new_tables() {
    let (project, database) = (system("practice"), Database::new());
    let mut api = database.client();
    api.batch_execute("LISTEN api_metadata").expect("the API listens");
    let mut heard = |arguments: &[&str]| with_api(&project, &mut api, &database, arguments);
    assert_eq!(heard(&["upgrade"]), ["reload schema"]);
    assert_eq!(heard(&["upgrade"]), [""; 0], "nothing has changed");
    assert_eq!(heard(&["downgrade", "016", "--yes"]), ["reload schema"]);
    assert_eq!(heard(&["upgrade", "--dry-run"]), [""; 0]);
    assert_eq!(heard(&["upgrade"]), ["reload schema"]);
    // By another way: an adoption changes the ledger alone.
    let by_chain = upgraded(&chain());
    let mut api = by_chain.client();
    api.batch_execute("LISTEN api_metadata").expect("the API listens");
    assert_eq!(with_api(&project, &mut api, &by_chain, &["upgrade"]), [""; 0]);
}

/// The API is somebody else's: that it can't be told undoes nothing.
#[test]
fn a_hook_that_fails_undoes_nothing() {
    let (project, database) = (system("practice"), Database::new());
    project.write("hooks/refresh_metadata.sh", "echo 'the API does not answer' >&2\nexit 7\n");
    let said = project.run_on(&database.url(), &["upgrade"]);
    assert_snapshot!(told("practice", "revgraph upgrade", &said), @"
      up   consolidated  the practice platform
    upgraded 1 revision in …; now at consolidated
    --- standard error
    hook: sh hooks/refresh_metadata.sh
    the API does not answer
    error: the hook `sh hooks/refresh_metadata.sh` failed: exit status 7
    help: the database is at its target and stays there; run what is left of the hooks by hand
    --- exit code 1
    ");
    assert_eq!(database.applied().len(), 18, "the baseline and what it replaces");
}

#[test]
fn what_must_hold_can_be_asked_at_any_time() {
    let (project, database) = (practice(), upgraded(&practice()));
    psql(&database, DATA);
    assert_snapshot!(told("practice", "revgraph verify", &project.run_on(&database.url(), &["verify"])), @"
      ok   consolidated:446  SELECT session_id, answered, correct
      ok   consolidated:453  SELECT count(*) = 1 AS ok FROM practice.users WHERE role = 'anonymous'
    ok: 2 verifications of 1 revision held
    --- exit code 0
    ");
    database.execute("UPDATE practice.practice_sessions SET answered = 7 WHERE status = 'completed' AND answered = 3");
    assert_snapshot!(told("practice", "revgraph verify", &project.run_on(&database.url(), &["verify"])), @"
    failed consolidated:446  SELECT session_id, answered, correct
           answered 7, correct 2, session_id d0000000-0000-4000-8000-000000000001
      ok   consolidated:453  SELECT count(*) = 1 AS ok FROM practice.users WHERE role = 'anonymous'
    1 of 2 verifications of 1 revision failed
    --- exit code 3
    ");
}

#[test]
fn answers_count_where_they_matter() {
    let database = upgraded(&practice());
    psql(&database, DATA);
    database.execute(
        "INSERT INTO practice.practice_answers (session_id, quiz_id, attempt, answer, is_correct, score, time_spent_seconds) \
         VALUES ('d0000000-0000-4000-8000-000000000002', 'c0000000-0000-4000-8000-000000000003', 2, '\"3\"', false, 0, 25), \
                ('d0000000-0000-4000-8000-000000000002', 'c0000000-0000-4000-8000-000000000004', 1, 'true', true, 100, 5)",
    );
    let session = "SELECT answered, correct, time_spent_seconds, updated_at > created_at + interval '1 hour' \
                   FROM practice.practice_sessions WHERE session_id = 'd0000000-0000-4000-8000-000000000002'";
    assert_eq!(database.rows(session), ["3 1 100 t"]);
    let weakness = "SELECT answered, wrong, mastery FROM practice.student_weaknesses \
                    WHERE weakness_id = 'e0000000-0000-4000-8000-000000000002'";
    assert_eq!(database.rows(weakness), ["4 3 25.00"]);
    let mistake = "SELECT times_wrong, last_answer_id, note FROM practice.student_mistakes \
                   WHERE mistake_id = 'f0000000-0000-4000-8000-000000000001'";
    assert_eq!(database.rows(mistake), ["3 9 turn the second one over"]);
    let student =
        "SELECT answered, correct, time_spent_seconds FROM practice.student_statistics WHERE username = 'lina'";
    assert_eq!(database.rows(student), ["6 3 195"]);
}
