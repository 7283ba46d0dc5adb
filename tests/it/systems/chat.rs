//! The chat: one table of sessions becomes partitions, messages, opinions, statistics, policies and an archive, a phase at
//! a time, and then one baseline.

use std::sync::OnceLock;

use insta::assert_snapshot;

use super::readme::told;
use super::{dump, left, psql, round_trip, shown, system};
use crate::harness::{Database, Project, Server};

/// People and sessions, as they were at c01.
const SESSIONS: &str = include_str!("../../systems/chat/data/sessions.sql");

/// What they wrote, at c05 or above.
const MESSAGES: &str = include_str!("../../systems/chat/data/messages.sql");

const AMARA: &str = "a0000000-0000-4000-8000-000000000001";
const BJOERN: &str = "a0000000-0000-4000-8000-000000000002";

/// The project, on a server that has the role of the API's requests.
fn chat() -> Project {
    static ROLE: OnceLock<()> = OnceLock::new();
    ROLE.get_or_init(|| {
        Server::shared().client("postgres").batch_execute("CREATE ROLE chat_user").expect("a role more");
    });
    system("chat")
}

/// A database of the first release with people in it.
fn before(project: &Project) -> Database {
    let database = Database::new();
    project.ok(&database.url(), &["upgrade", "c01"]);
    psql(&database, SESSIONS);
    database
}

/// One that has come through all phases, with messages.
fn after(project: &Project) -> Database {
    let database = before(project);
    project.ok(&database.url(), &["upgrade"]);
    psql(&database, MESSAGES);
    database
}

/// Before PostgreSQL 15 a row that others refer to can't move to another partition.
fn rows_can_move(database: &Database) -> bool {
    database.value("SELECT current_setting('server_version_num')::int >= 150000") == "t"
}

/// Each partition with the number of its rows.
fn partitions(database: &Database) -> Vec<String> {
    database.rows("SELECT tableoid::regclass, count(*) FROM sessions GROUP BY 1 ORDER BY min(status)")
}

/// The request of a person, as the API makes it.
fn request(person: &str, sql: &str) -> String {
    format!("BEGIN; SET LOCAL ROLE chat_user; SET LOCAL request.jwt.claim.sub = '{person}'; {sql}; COMMIT")
}

/// The rows that a person is given.
fn as_person(database: &Database, person: &str, sql: &str) -> Vec<String> {
    database.rows(&request(person, sql))
}

/// What a person is told instead.
fn refused(database: &Database, person: &str, sql: &str) -> String {
    let error = database.client().batch_execute(&request(person, sql)).expect_err("it is refused");
    error.as_db_error().expect("the server says it").message().to_owned()
}

#[test]
fn it_goes_phase_by_phase() {
    let project = chat();
    let database = before(&project);
    let url = database.url();
    assert_snapshot!(told("chat", "revgraph history", &project.run(&["history"])), @"
    c09 (archiving, feedback, messages, partitions, security, statistics, types) [head] [merge]  the chat is complete
    c08 (archiving, partitions, types)  old sessions are archived
    c07 (messages, partitions, security, types)  everybody sees his own
    c06 (feedback, messages, partitions, statistics, types)  statistics of sessions
    c05 (feedback, messages, partitions, types)  what people think of an answer
    c04 (messages, partitions, types) [branch point]  messages, and finding them by their words
    c03 (partitions, types) [branch point]  sessions in partitions by their status
    c02 (types)  what a session may be is written down
    c01 [base]  people and their sessions
    --- exit code 0
    ");
    assert_snapshot!(told("chat", "revgraph upgrade types", &project.run_on(&url, &["upgrade", "types"])), @"
      up   c02  what a session may be is written down
    upgraded 1 revision in …; now at c02
    --- standard error
      up   c02  what a session may be is written down
        narrows column sessions.language to session_language: 5 values, 15 bytes
        narrows column sessions.level to session_level: 5 values, 49 bytes
        narrows column sessions.status to session_status: 5 values, 38 bytes
    --- exit code 0
    ");
    let types = "SELECT pg_typeof(language), pg_typeof(level), pg_typeof(status) FROM sessions LIMIT 1";
    assert_eq!(database.rows(types), ["session_language session_level session_status"]);
    assert_snapshot!(told("chat", "revgraph upgrade partitions", &project.run_on(&url, &["upgrade", "partitions"])), @"
      up   c03  sessions in partitions by their status
    upgraded 1 revision in …; now at c03
    --- exit code 0
    ");
    assert_eq!(partitions(&database), ["sessions_active 3", "sessions_archived 1", "sessions_deleted 1"]);
    assert_eq!(database.value("SELECT count(*) FROM sessions_backup"), "5", "it is kept");
    // What security needs comes with it, statistics don't.
    assert_snapshot!(told("chat", "revgraph upgrade security", &project.run_on(&url, &["upgrade", "security"])), @"
      up   c04  messages, and finding them by their words
      up   c05  what people think of an answer
      up   c07  everybody sees his own
    upgraded 3 revisions in …; now at c07
    --- exit code 0
    ");
    assert_snapshot!(told("chat", "revgraph upgrade archiving", &project.run_on(&url, &["upgrade", "archiving"])), @"
      up   c08  old sessions are archived
    upgraded 1 revision in …; now at c07, c08
    --- exit code 0
    ");
    assert_snapshot!(told("chat", "revgraph current", &project.run_on(&url, &["current"])), @"
    c05  what people think of an answer
    c07  everybody sees his own
    c08  old sessions are archived
    not in effect: c09
    --- exit code 0
    ");
    assert_snapshot!(told("chat", "revgraph upgrade", &project.run_on(&url, &["upgrade"])), @"
      up   c06  statistics of sessions
      up   c09  the chat is complete
    upgraded 2 revisions in …; now at c09
    --- exit code 0
    ");
    assert_eq!(project.run_on(&url, &["drift"]).code, 0);
}

#[test]
fn a_status_that_is_none_stops_the_first_phase() {
    let project = chat();
    let database = before(&project);
    database.execute("UPDATE sessions SET status = 'paused' WHERE title = 'Lifetimes'");
    let untouched = dump(&database);
    assert_snapshot!(told("chat", "revgraph upgrade types", &project.run_on(&database.url(), &["upgrade", "types"])), @r#"
    --- standard error
      up   c02  what a session may be is written down
        narrows column sessions.language to session_language: 5 values, 15 bytes
        narrows column sessions.level to session_level: 5 values, 49 bytes
        narrows column sessions.status to session_status: 5 values, 38 bytes
    error: invalid input value for enum session_status: "paused"
      --> revisions/c02_types.sql:19:1
       |
    19 | ALTER TABLE sessions
       | ^^^^^
    error: upgrade of c02 failed: invalid input value for enum session_status: "paused"
    no revision was completed; c02 was rolled back
    help: mend the file or the data, and run the command again: it goes on from there
    --- exit code 1
    "#);
    assert_eq!(dump(&database), untouched);
}

#[test]
fn sessions_lie_where_their_status_says() {
    let project = chat();
    let database = after(&project);
    let indexes =
        "SELECT tablename, count(*) FROM pg_indexes WHERE tablename LIKE 'sessions\\_%' GROUP BY 1 ORDER BY 1";
    assert_eq!(
        database.rows(indexes),
        ["sessions_active 3", "sessions_archived 2", "sessions_backup 2", "sessions_deleted 3"]
    );
    let nobodys = database.client().batch_execute("INSERT INTO sessions (user_id) VALUES (gen_random_uuid())");
    let error = nobodys.expect_err("a session is somebody's");
    let constraint = error.as_db_error().and_then(|error| error.constraint());
    assert_eq!(constraint, Some("sessions_user_id_fkey"));
    if rows_can_move(&database) {
        database.execute("UPDATE sessions SET status = 'deleted' WHERE title = 'Lifetimes'");
        assert_eq!(partitions(&database), ["sessions_active 2", "sessions_archived 1", "sessions_deleted 2"]);
        let statuses = "SELECT DISTINCT session_status FROM messages WHERE message_id <= 3";
        assert_eq!(database.rows(statuses), ["deleted"], "its messages went with it");
    }
    database.execute("DELETE FROM sessions WHERE title = 'Was ist ein Index?'");
    assert_eq!(database.value("SELECT count(*) FROM messages"), "6");
    assert_eq!(database.value("SELECT count(*) FROM message_feedback"), "2");
}

/// Back before the partitions, with what has happened since.
#[test]
fn the_rollback_gives_the_old_table_its_name() {
    let project = chat();
    let database = before(&project);
    let url = database.url();
    project.ok(&url, &["upgrade", "types"]);
    let untouched = dump(&database);
    project.ok(&url, &["upgrade", "partitions"]);
    let said = project.run_on(&url, &["downgrade", "types", "--yes"]);
    assert_snapshot!(told("chat", "revgraph downgrade types --yes", &said), @"
      down c03  sessions in partitions by their status
    downgraded 1 revision in …; now at c02
    --- standard error
      down c03  sessions in partitions by their status
        loses table sessions: 5 rows, …kB
    --- exit code 0
    ");
    assert_eq!(dump(&database), untouched);
    project.ok(&url, &["upgrade"]);
    database.execute(&format!(
        "INSERT INTO sessions (session_id, user_id, title) VALUES ('b0000000-0000-4000-8000-000000000006', '{AMARA}', 'new'); \
         UPDATE sessions SET title = 'Borrowing' WHERE title = 'Lifetimes'; \
         DELETE FROM sessions WHERE title = '你好'"
    ));
    assert_snapshot!(shown(&project.run_on(&url, &["downgrade", "types", "--yes"])), @"
      down c09  the chat is complete
      down c08  old sessions are archived
      down c07  everybody sees his own
      down c06  statistics of sessions
      down c05  what people think of an answer
      down c04  messages, and finding them by their words
      down c03  sessions in partitions by their status
    downgraded 7 revisions in …; now at c02
    --- standard error
      down c06  statistics of sessions
        loses materialized view session_stats: 5 rows, …kB
      down c03  sessions in partitions by their status
        loses table sessions: 5 rows, …kB
    --- exit code 0
    ");
    // Who begins a session leaves his old ones behind: the trigger has archived one.
    let titles = "SELECT title, status FROM sessions ORDER BY session_id";
    let known = ["Borrowing archived", "Closures archived", "Was ist ein Index? active", " deleted", "new active"];
    assert_eq!(database.rows(titles), known);
    let keys = "SELECT conname FROM pg_constraint WHERE conrelid = 'sessions'::regclass ORDER BY 1";
    assert_eq!(database.rows(keys), ["sessions_pkey", "sessions_user_id_fkey"]);
    assert_eq!(project.run(&["diff", "types", &url]).code, 0);
    // And forward again.
    project.ok(&url, &["upgrade"]);
    assert_eq!(database.rows(titles), known);
}

#[test]
fn messages_are_found_by_their_words() {
    let database = after(&chat());
    let found =
        |arguments: &str| database.rows(&format!("SELECT message_id FROM search_messages({arguments}) ORDER BY 1"));
    assert_eq!(found("'loop'"), ["1", "2", "5", "6", "8"], "and not in a deleted session");
    assert_eq!(found("'loop -borrow'"), ["2", "5", "6", "8"]);
    assert_eq!(found("'loop', in_session => 'b0000000-0000-4000-8000-000000000001'"), ["1", "2"]);
    assert_eq!(found(&format!("'\"nested loop\"', of_user => '{BJOERN}'")), ["6"]);
    assert_eq!(found(&format!("'nested', of_user => '{AMARA}'")), [""; 0]);
    let next = "INSERT INTO messages (session_id, content) VALUES ('b0000000-0000-4000-8000-000000000001', 'Thanks!') \
                RETURNING message_id";
    assert_eq!(database.value(next), "9", "the next of the sequence");
    let touched = "SELECT last_activity_at > now() - interval '1 hour' FROM sessions WHERE title = 'Lifetimes'";
    assert_eq!(database.value(touched), "t");
}

#[test]
fn opinions_are_from_0_to_100() {
    let database = after(&chat());
    for (helpfulness, fits) in [(-1, false), (0, true), (100, true), (101, false)] {
        let done = database.client().batch_execute(&format!(
            "BEGIN; INSERT INTO message_feedback (message_id, user_id, helpfulness) VALUES (5, '{BJOERN}', {helpfulness}); \
             ROLLBACK"
        ));
        assert_eq!(done.is_ok(), fits, "{helpfulness}");
    }
}

#[test]
fn statistics_are_refreshed_while_somebody_reads_them() {
    let database = after(&chat());
    let mut reader = database.client();
    reader.batch_execute("BEGIN; SELECT FROM session_stats").expect("it can be read");
    // Without CONCURRENTLY this would wait for the reader.
    database.execute("SET lock_timeout = '100ms'; SELECT refresh_session_stats()");
    let stats = "SELECT messages, answers, mean_helpfulness FROM session_stats ORDER BY session_id";
    assert_eq!(database.rows(stats), ["3 2 65.00", "1 0 -", "2 1 75.00", "1 0 -", "1 0 -"]);
}

#[test]
fn everybody_sees_his_own() {
    let database = after(&chat());
    let titles = "SELECT title FROM sessions ORDER BY session_id";
    assert_eq!(as_person(&database, AMARA, titles), ["Lifetimes", "Closures"]);
    assert_eq!(as_person(&database, BJOERN, titles), ["Was ist ein Index?"], "not what he has deleted");
    assert_eq!(as_person(&database, "", titles), [""; 0], "nobody's token");
    assert_eq!(as_person(&database, AMARA, "SELECT message_id FROM messages ORDER BY 1"), ["1", "2", "3", "4"]);
    let search = "SELECT message_id FROM search_messages('loop') ORDER BY 1";
    assert_eq!(as_person(&database, AMARA, search), ["1", "2"]);
    assert_eq!(as_person(&database, BJOERN, search), ["5", "6"]);
    let opinions = "SELECT message_id, helpfulness FROM message_feedback";
    assert_eq!(as_person(&database, BJOERN, opinions), ["6 75"]);
}

#[test]
fn nobody_writes_for_another() {
    let database = after(&chat());
    let write = |author: &str| {
        format!(
            "INSERT INTO messages (session_id, author_id, content) \
             VALUES ('b0000000-0000-4000-8000-000000000001', '{author}', 'Hello')"
        )
    };
    as_person(&database, AMARA, &write(AMARA));
    assert_eq!(database.value("SELECT count(*) FROM messages WHERE content = 'Hello'"), "1");
    let policy = |table: &str| format!("new row violates row-level security policy for table \"{table}\"");
    assert_eq!(refused(&database, BJOERN, &write(BJOERN)), policy("messages"), "not his session");
    assert_eq!(refused(&database, AMARA, &write(BJOERN)), policy("messages"), "not he");
    let begin = format!("INSERT INTO sessions (user_id) VALUES ('{AMARA}')");
    assert_eq!(refused(&database, BJOERN, &begin), policy("sessions"));
    let judge = format!("INSERT INTO message_feedback (message_id, user_id, helpfulness) VALUES (1, '{BJOERN}', 0)");
    assert_eq!(refused(&database, BJOERN, &judge), policy("message_feedback"), "what he can't read");
    assert_eq!(as_person(&database, BJOERN, "UPDATE sessions SET title = '' RETURNING 1"), ["1"], "his own alone");
    let around = "SELECT FROM sessions_active";
    assert_eq!(refused(&database, BJOERN, around), "permission denied for table sessions_active");
    assert_eq!(
        refused(&database, BJOERN, "SELECT FROM session_stats"),
        "permission denied for materialized view session_stats"
    );
}

#[test]
fn old_sessions_are_archived() {
    let database = after(&chat());
    if !rows_can_move(&database) {
        return;
    }
    // Whoever begins a session leaves his old ones behind, and nobody else's.
    as_person(&database, AMARA, &format!("INSERT INTO sessions (user_id, title) VALUES ('{AMARA}', 'new')"));
    let active = "SELECT title FROM sessions_active ORDER BY session_id::text ~ '^b0' DESC, session_id";
    assert_eq!(database.rows(active), ["Was ist ein Index?", "你好", "new"]);
    // The rest is the job's, at night.
    assert_eq!(database.value("SELECT archive_old_sessions('90 days')"), "2");
    assert_eq!(partitions(&database), ["sessions_active 1", "sessions_archived 4", "sessions_deleted 1"]);
    assert_eq!(database.value("SELECT count(*) FROM messages WHERE session_status = 'archived'"), "7");
}

#[test]
fn all_of_it_is_one_baseline() {
    let project = chat();
    let by_chain = after(&project);
    assert_snapshot!(told("chat", "revgraph test", &project.run(&["test"])), @"
    exact        c01  people and their sessions
    exact        c02  what a session may be is written down
    exact        c03  sessions in partitions by their status
    exact        c04  messages, and finding them by their words
    exact        c05  what people think of an answer
    exact        c06  statistics of sessions
    exact        c07  everybody sees his own
    exact        c08  old sessions are archived
    exact        c09  the chat is complete
    9 revisions: 9 exact in …, in a private server of PostgreSQL …
    --- exit code 0
    ");
    assert_snapshot!(told("chat", "revgraph lint", &project.run(&["lint"])), @"
    ok: nothing found in 9 revisions
    --- exit code 0
    ");
    assert_snapshot!(told("chat", "revgraph squash --id chat1 -m 'the chat'", &project.run(&["squash", "--id", "chat1", "-m", "the chat"])), @"
    proved: 9 revisions are one baseline, chat1
      made of      a snapshot of what they build
      objects      105 objects the same: 43 column, 18 constraint, 1 database, 4 enum, 1 extension, 6 function, 1 identity, 12 index, 1 materialized view, 6 policy, 1 schema, 1 sequence, 8 table, 2 trigger
      contents     0 rows, the positions of 2 sequences
      way down     exact
      volatile     nothing
      not compared nothing
      built in     a private server of PostgreSQL … (…)
    wrote revisions/…_chat1_the_chat.sql
    moved 9 files to archive/chat1
    commit revisions and archive together; `revgraph archive restore` undoes it
    --- exit code 0
    ");
    assert_snapshot!(told("chat", "revgraph test", &project.run(&["test"])), @"
    exact        chat1  the chat
    1 revision: 1 exact in …, in a private server of PostgreSQL …
    --- exit code 0
    ");
    assert_snapshot!(told("chat", "revgraph lint", &project.run(&["lint"])), @"
    ok: nothing found in 1 revision
    --- exit code 0
    ");
    assert_snapshot!(told("chat", "revgraph upgrade", &project.run_on(&by_chain.url(), &["upgrade"])), @"
      adopt chat1  the chat
    adopted 1 baseline in …; now at chat1
    --- exit code 0
    ");
    assert_eq!(project.run_on(&by_chain.url(), &["drift"]).code, 0);
    let by_baseline = Database::new();
    project.ok(&by_baseline.url(), &["upgrade"]);
    assert_eq!(project.run(&["diff", &by_chain.url(), &by_baseline.url()]).code, 0);
    // It leads back into the phases.
    let rows = partitions(&by_chain);
    project.ok(&by_chain.url(), &["downgrade", "c03", "--yes"]);
    assert_eq!(partitions(&by_chain), rows);
    assert_eq!(
        project.ok(&by_chain.url(), &["verify"]),
        "  ok   c03:80  SELECT session_id, status, tableoid::regclass AS partition\n\
         ok: 1 verification of 3 revisions held\n"
    );
    assert_eq!(project.run(&["diff", "c03", &by_chain.url()]).code, 0);
}

#[test]
fn drift_tells_what_somebody_did_by_hand() {
    let project = chat();
    let database = after(&project);
    assert_eq!(project.run_on(&database.url(), &["drift"]).code, 0);
    database.execute(
        "DROP POLICY messages_read ON messages; \
         ALTER TABLE messages DISABLE TRIGGER messages_touch_session; \
         ALTER TABLE messages DROP CONSTRAINT messages_session_id_session_status_fkey; \
         DROP TABLE sessions_deleted",
    );
    let said = project.run_on(&database.url(), &["drift"]);
    let said = crate::harness::Said {
        out: said.out.replace(&database.url().replace("?sslmode=disable", ""), "postgres://db.example.org/chat"),
        ..said
    };
    assert_snapshot!(told("chat", "revgraph drift", &said), @"
    --- 9 applied revisions, built in a private server of PostgreSQL …
    +++ postgres://db.example.org/chat
    schema public
        table messages
        - policy messages_read
        - constraint messages_session_id_session_status_fkey
        ~ trigger messages_touch_session
            enabled: none → disabled
      - table sessions_deleted
        - index sessions_deleted_last_activity_at_idx  USING btree (last_activity_at)
        - index sessions_deleted_user_id_idx  USING btree (user_id)
    5 removed, 1 changed
    --- exit code 3
    ");
}

#[test]
fn it_goes_up_and_down_with_data() {
    let (project, database) = (chat(), Database::new());
    let url = database.url();
    let fill = || {
        project.ok(&url, &["upgrade", "c01"]);
        psql(&database, SESSIONS);
        project.ok(&url, &["upgrade"]);
        psql(&database, MESSAGES);
        database.execute("SELECT refresh_session_stats()");
    };
    round_trip(&project, &database, fill);
    project.ok(&url, &["downgrade", "base", "--yes"]);
    assert_eq!(project.run(&["squash", "--id", "chat1"]).code, 0);
    round_trip(&project, &database, fill);
    assert_eq!(project.run_on(&url, &["drift"]).code, 0);
    assert_ne!(left(&database), [""; 0]);
}
