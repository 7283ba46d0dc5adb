//! The workshop: two tables that had grown beside each other become students and sessions while both are written, and are
//! retired.

mod away;
mod sound;

use std::process::Command;

use insta::assert_snapshot;

use super::readme::told;
use super::{dump, psql, shown, system, up_of};
use crate::harness::{Database, Project, program};

/// What the two apps had written before.
const LEGACY: &str = include_str!("../../systems/workshop/data/legacy.sql");

/// What they wrote between the migration and the switch.
const MEANWHILE: &str = include_str!("../../systems/workshop/data/meanwhile.sql");

/// The new tables.
const NEW: [&str; 4] = ["students", "sessions", "step_progress", "events"];

const PHRASE: &str = "DELETE OLD TABLES";

/// The people whom the data names, session by session.
const PEOPLE: &str = "SELECT session_token, email, name, github_username, openai_api_key, current_step, completion_rate, \
                      total_time_spent FROM sessions JOIN students USING (student_id) \
                      WHERE session_token !~ '^w[0-9]' ORDER BY session_token";

/// A database as the two apps had made it, with what they had written.
fn made_by_the_apps() -> Database {
    let database = Database::new();
    let tables = std::fs::read_to_string(system("workshop").path().join("revisions/w01_legacy_tables.sql"));
    psql(&database, up_of(&tables.expect("the first revision")));
    psql(&database, LEGACY);
    database
}

/// The same, with revgraph, at a revision.
fn at(project: &Project, revision: &str) -> Database {
    let database = made_by_the_apps();
    project.ok(&database.url(), &["stamp", "w01"]);
    project.ok(&database.url(), &["upgrade", revision]);
    database
}

/// All that the old tables hold, wherever they are called as of old.
fn legacy(database: &Database) -> Vec<String> {
    let mut rows = database.rows("SELECT * FROM workshop_students ORDER BY session_token");
    rows.extend(database.rows("SELECT * FROM student_configs ORDER BY session_token"));
    rows
}

/// All that the new tables hold, but for what no two migrations have in common: keys, and when they ran.
fn migrated(database: &Database) -> Vec<String> {
    let queries = [
        "SELECT email, name, github_username, created_at FROM students ORDER BY email",
        "SELECT session_token, email, demo_mode, selected_phone_number, openai_api_key, ai_model, system_prompt, frontend_url, \
         backend_url, exercises, current_step, completion_rate, total_time_spent, s.created_at \
         FROM sessions s JOIN students USING (student_id) ORDER BY session_token",
        "SELECT session_token, step, completed_at FROM step_progress JOIN sessions USING (session_id) ORDER BY 1, 2",
        "SELECT session_token, event_type, details, count(*) FROM events JOIN sessions USING (session_id) \
         GROUP BY 1, 2, 3 ORDER BY 1, 3",
    ];
    queries.iter().flat_map(|query| database.rows(query)).collect()
}

/// Schema and rows, the new tables' rows as [`migrated`] has them. Sequences go on also where nothing else does.
fn everything(database: &Database) -> Vec<String> {
    let is_new = |line: &str| NEW.iter().any(|table| line.starts_with(&format!("INSERT INTO public.{table} ")));
    let is_steady = |line: &&str| !is_new(line) && !line.starts_with("SELECT pg_catalog.setval(");
    let mut lines: Vec<String> = dump(database).lines().filter(is_steady).map(str::to_owned).collect();
    lines.sort_unstable();
    lines.extend(migrated(database));
    lines
}

#[test]
fn it_starts_from_a_backup() {
    let (project, database) = (system("workshop"), made_by_the_apps());
    let url = database.url();
    let before = dump(&database);
    assert_snapshot!(told("workshop", "revgraph diff w01 \"$DATABASE_URL\"", &project.run(&["diff", "w01", &url])), @"
    no difference
    --- exit code 0
    ");
    assert_snapshot!(told("workshop", "revgraph stamp w01", &project.run_on(&url, &["stamp", "w01"])), @"
    stamped: the ledger says w01
    --- exit code 0
    ");
    let said = project.run_on(&url, &["backup", "-o", "before.dump"]);
    assert_eq!(said.code, 0, "{said}");
    let restored = Database::new();
    let file = project.path().join("before.dump");
    let status = Command::new(program("pg_restore")).args(["--dbname", &restored.url()]).arg(&file).status();
    assert!(status.expect("pg_restore runs").success());
    assert_eq!(dump(&restored), before);
    assert_eq!(restored.applied(), ["w01"], "the ledger too");
    assert_snapshot!(told("workshop", "revgraph upgrade w03", &project.run_on(&url, &["upgrade", "w03"])), @"
      up   w02  students, sessions, step progress and events
      up   w03  how rows of the old tables become rows of the new ones
    upgraded 2 revisions in …; now at w03
    --- exit code 0
    ");
}

#[test]
fn a_dry_run_counts_each_source() {
    let project = system("workshop");
    let database = at(&project, "w03");
    let before = everything(&database);
    assert_snapshot!(told("workshop", "revgraph upgrade w04 --dry-run", &project.run_on(&database.url(), &["upgrade", "w04", "--dry-run"])), @"
    up w04  migrate while both apps are still writing
        9 INSERT INTO students (email, name, github_username, created_at)  908 rows in 2 runs
       15 INSERT INTO events (session_id, event_type, details) SELECT * FROM merge_sessions('both', 500)  1204 rows in 3 runs
       18 INSERT INTO events (session_id, event_type, details) SELECT * FROM merge_sessions('workshop_students', 500)  1203 rows in 3 runs
       21 INSERT INTO events (session_id, event_type, details) SELECT * FROM merge_sessions('student_configs', 500)  302 rows in 1 run
       24 INSERT INTO step_progress (session_id, step, completed_at)  7537 rows in 16 runs
          1 verification held
    lock RowExclusiveLock on public.events
    lock RowExclusiveLock on public.events_event_id_seq
    lock AccessShareLock on public.legacy_sessions
    lock AccessShareLock on public.legacy_steps
    lock AccessShareLock on public.legacy_students
    lock RowExclusiveLock on public.sessions
    lock RowExclusiveLock on public.step_progress
    lock AccessShareLock on public.student_configs
    lock RowExclusiveLock on public.students
    lock AccessShareLock on public.unmerged_steps
    lock AccessShareLock on public.unmerged_students
    lock AccessShareLock on public.workshop_students
    sequence public.events_event_id_seq gave numbers, and no rollback takes them back
    tried 1 step of 1 and rolled back; it would be at w04
    --- exit code 0
    ");
    assert_eq!(everything(&database), before);
    let sources = "SELECT count(*) FILTER (WHERE c.session_token IS NOT NULL AND w.session_token IS NOT NULL), \
                   count(*) FILTER (WHERE c.session_token IS NULL), count(*) FILTER (WHERE w.session_token IS NULL) \
                   FROM workshop_students w FULL JOIN student_configs c USING (session_token)";
    assert_eq!(database.rows(sources), ["1204 1203 302"]);
}

#[test]
fn one_broken_row_stops_the_dry_run() {
    let project = system("workshop");
    let database = at(&project, "w03");
    database.execute(
        "UPDATE workshop_students SET exercises = '{\"1\": {\"completed\": true, \"completed_at\": \"2026-02-30\"}}' \
         WHERE session_token = 'bo'",
    );
    assert_snapshot!(told("workshop", "revgraph upgrade w04 --dry-run", &project.run_on(&database.url(), &["upgrade", "w04", "--dry-run"])), @r#"
    --- standard error
    error: date/time field value out of range: "2026-02-30"
      --> revisions/w04_migrate.sql:24:1
       |
    24 | INSERT INTO step_progress (session_id, step, completed_at)
       | ^^^^^^
    error: upgrade of w04 failed: date/time field value out of range: "2026-02-30"
    no revision was completed; w04 was rolled back
    help: mend the file or the data, and run the command again: it goes on from there
    --- exit code 1
    "#);
    // Whoever goes on all the same keeps what is done, and goes on from there once the row is mended.
    let said = project.run_on(&database.url(), &["upgrade", "w04"]);
    assert_eq!(said.code, 1, "{said}");
    assert_eq!(database.value("SELECT count(*) FROM sessions"), "2709");
    database.execute("UPDATE workshop_students SET exercises = NULL WHERE session_token = 'bo'");
    project.ok(&database.url(), &["upgrade", "w04"]);
    assert_eq!(database.value("SELECT count(*) FROM step_progress"), "7537");
    project.ok(&database.url(), &["upgrade", "w05"]);
}

#[test]
fn it_migrates_merges_switches_and_retires() {
    let project = system("workshop");
    let database = at(&project, "w03");
    let url = database.url();
    assert_snapshot!(told("workshop", "revgraph upgrade w04", &project.run_on(&url, &["upgrade", "w04"])), @"
      batch w04:9  908 rows in 2 runs, …rows/s
      batch w04:15  1204 rows in 3 runs, …rows/s
      batch w04:18  1203 rows in 3 runs, …rows/s
      batch w04:21  302 rows in 1 run, …rows/s
      batch w04:24  7537 rows in 16 runs, …rows/s
      up   w04  migrate while both apps are still writing
    upgraded 1 revision in …; now at w04
    --- exit code 0
    ");
    assert_snapshot!(database.rows(PEOPLE).join("\n"), @"
    Guest session-adb831a7fdd83dd1e2a309ce7591dff8@no-email.invalid - - - 1 0.00 00:00:00
    ada-1 ada@example.org Ada Lovelace ada-codes sk-ada 3 33.33 01:30:00
    ada-2 ada@example.org Ada Lovelace ada-codes - 1 0.00 00:00:00
    bo bo@example.com Bo - sk-bo 1 0.00 00:00:00
    cem cem@example.net Cem cem sk-cem 1 0.00 00:01:00
    dee dee@example.org - dee sk-dee 6 33.33 24:00:00
    eve eve@example.org - eve sk-eve 6 33.33 02:00:00
    fay session-5bc45960fb2067f6b569db892c5056f9@no-email.invalid - - - 1 0.00 00:00:00
    guest session-084e0343a0486ff05530df6c705c8bb4@no-email.invalid - - - 1 0.00 00:00:00
    ");
    let of_dee = "SELECT step, completed_at AT TIME ZONE 'UTC' FROM step_progress JOIN sessions USING (session_id) \
                  WHERE session_token = 'dee' ORDER BY step";
    assert_eq!(database.rows(of_dee), ["4 2026-08-05 11:00:00", "5 2026-08-05 13:00:00"], "the exercise says when");

    // Again, with what the apps have written since.
    psql(&database, MEANWHILE);
    assert_snapshot!(told("workshop", "revgraph stamp w03", &project.run_on(&url, &["stamp", "w03"])), @"
    stamped: the ledger says w03
    --- exit code 0
    ");
    assert_snapshot!(told("workshop", "revgraph upgrade w04", &project.run_on(&url, &["upgrade", "w04"])), @"
      batch w04:9  4 rows in 1 run, …rows/s
      batch w04:15  2 rows in 1 run, …rows/s
      batch w04:18  1 row in 1 run, …rows/s
      batch w04:21  2 rows in 1 run, …rows/s
      batch w04:24  2 rows in 1 run, …rows/s
      up   w04  migrate while both apps are still writing
    upgraded 1 revision in …; now at w04
    --- exit code 0
    ");
    assert_snapshot!(database.rows(PEOPLE).join("\n"), @"
    Guest hana@example.org Hana - - 1 0.00 00:00:00
    ada-1 ada@example.org Ada Lovelace ada-lovelace sk-ada 3 33.33 01:30:00
    ada-2 ada@example.org Ada Lovelace ada-lovelace - 1 0.00 00:00:00
    bo bo@example.com Bo - sk-bo 1 0.00 00:00:00
    cem cem@example.net Cem cem sk-cem 1 0.00 00:01:00
    dee dee@example.org - dee sk-dee 6 33.33 24:00:00
    eve eva@example.org - eve sk-eve 6 33.33 02:00:00
    fay session-5bc45960fb2067f6b569db892c5056f9@no-email.invalid - - - 5 16.67 00:00:00
    gil gil@example.org Gil gil - 2 16.67 00:00:00
    guest session-084e0343a0486ff05530df6c705c8bb4@no-email.invalid - - - 1 0.00 00:00:00
    ");
    project.ok(&url, &["stamp", "w03"]);
    assert_snapshot!(shown(&project.run_on(&url, &["upgrade", "w04"])), @"
      batch w04:9  no row to touch
      batch w04:15  no row to touch
      batch w04:18  no row to touch
      batch w04:21  no row to touch
      batch w04:24  no row to touch
      up   w04  migrate while both apps are still writing
    upgraded 1 revision in …; now at w04
    --- exit code 0
    ");

    let old = legacy(&database);
    assert_snapshot!(told("workshop", "revgraph upgrade w05", &project.run_on(&url, &["upgrade", "w05"])), @"
      up   w05  merge what came meanwhile, and switch
    upgraded 1 revision in …; now at w05
    --- exit code 0
    ");
    assert_snapshot!(told("workshop", "revgraph verify", &project.run_on(&url, &["verify"])), @"
      ok   w04:33  SELECT count(*) = count(student.student_id) AS ok,  sessions 2709, with_a_student 2709
      ok   w05:64  SELECT legacy = migrated AS ok,  distinct_emails 908, students 908
      ok   w05:68  SELECT legacy = migrated AS ok,  distinct_tokens 2709, sessions 2709
      ok   w05:72  SELECT legacy = migrated AS ok,  completed_steps 7538, step_progress 7538
      ok   w05:77  SELECT session.session_token, session.completion_rate
    ok: 5 verifications of 5 revisions held
    --- exit code 0
    ");
    assert_snapshot!(database.rows(PEOPLE).join("\n"), @"
    Guest hana@example.org Hana - - 1 0.00 00:00:00
    ada-1 ada@example.org Ada Lovelace ada-lovelace sk-ada 3 16.67 01:30:00
    ada-2 ada@example.org Ada Lovelace ada-lovelace - 1 0.00 00:00:00
    bo bo@example.com Bo - sk-bo 1 0.00 00:00:00
    cem cem@example.net Cem cem sk-cem 1 0.00 00:01:00
    dee dee@example.org - dee sk-dee 6 33.33 24:00:00
    eve eva@example.org - eve sk-eve 6 33.33 02:00:00
    fay session-5bc45960fb2067f6b569db892c5056f9@no-email.invalid - - - 5 16.67 00:00:00
    gil gil@example.org Gil gil - 2 16.67 00:00:00
    ");
    let orphans = "SELECT count(*) FROM students WHERE student_id NOT IN (SELECT student_id FROM sessions)";
    assert_eq!(database.value(orphans), "0", "nobody is left of a mistake in an address");
    let late = database.client().batch_execute("DELETE FROM student_configs").expect_err("it is read only");
    assert_eq!(late.as_db_error().map(|error| error.message()), Some("table student_configs is not written any more"));
    assert_eq!(legacy(&database), old);

    assert_snapshot!(told("workshop", "revgraph upgrade", &project.run_on(&url, &["upgrade"])), @r#"
    --- standard error
    w06 retires function merge_sessions(text, integer)
    w06 retires view unmerged_steps
    w06 retires view unmerged_students
    w06 retires view legacy_steps
    w06 retires view legacy_students
    w06 retires view legacy_sessions
    w06 retires function legacy_email(text)
    w06 retires table student_configs
    w06 retires table workshop_students
    w06 retires function refuse_legacy_writes()
    error: w06 runs only after the phrase "DELETE OLD TABLES" is given
    help: if that is what you want: --confirm "DELETE OLD TABLES"
    --- exit code 1
    "#);
    assert_snapshot!(told("workshop", "revgraph upgrade --confirm 'DELETE OLD TABLES'", &project.run_on(&url, &["upgrade", "--confirm", PHRASE])), @"
      up   w06  retire the old tables, and what merged them
    retired function merge_sessions(text, integer) as public.merge_sessions_backup_…
    retired view unmerged_steps as public.unmerged_steps_backup_…
    retired view unmerged_students as public.unmerged_students_backup_…
    retired view legacy_steps as public.legacy_steps_backup_…
    retired view legacy_students as public.legacy_students_backup_…
    retired view legacy_sessions as public.legacy_sessions_backup_…
    retired function legacy_email(text) as public.legacy_email_backup_…
    retired table student_configs as public.student_configs_backup_…
    retired table workshop_students as public.workshop_students_backup_…
    retired function refuse_legacy_writes() as public.refuse_legacy_writes_backup_…
    upgraded 1 revision in …; now at w06
    --- standard error
    w06 retires function merge_sessions(text, integer)
    w06 retires view unmerged_steps
    w06 retires view unmerged_students
    w06 retires view legacy_steps
    w06 retires view legacy_students
    w06 retires view legacy_sessions
    w06 retires function legacy_email(text)
    w06 retires table student_configs
    w06 retires table workshop_students
    w06 retires function refuse_legacy_writes()
    --- exit code 0
    ");
    assert_snapshot!(database.tables().join("\n").replace(&day(&database), "YYYYMMDD"), @"
    events
    migration_counts
    sessions
    step_progress
    student_configs_backup_YYYYMMDD
    students
    workshop_students_backup_YYYYMMDD
    ");
    assert_eq!(project.run_on(&url, &["drift"]).code, 0);
}

/// The day that the names of what is retired end in.
fn day(database: &Database) -> String {
    database.value("SELECT max(right(backup, 8)) FROM revgraph.retired")
}

#[test]
fn a_switch_that_would_lose_somebody_is_refused() {
    let project = system("workshop");
    let database = at(&project, "w04");
    psql(&database, MEANWHILE);
    // Somebody's trigger swallows whoever is called Gil.
    database.execute(
        "CREATE FUNCTION swallow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'; \
         CREATE TRIGGER swallow BEFORE INSERT ON students FOR EACH ROW WHEN (NEW.name = 'Gil') EXECUTE FUNCTION swallow()",
    );
    let before = everything(&database);
    assert_snapshot!(told("workshop", "revgraph upgrade w05", &project.run_on(&database.url(), &["upgrade", "w05"])), @r#"
    --- standard error
    error: the assertion is not true
      --> revisions/w05_switch.sql:64:1
       |
    64 | SELECT legacy = migrated AS ok,
       | ^^^^^^
    detail: first row: {"ok": false, "students": 907, "distinct_emails": 908}
    error: upgrade of w05 failed: the assertion is not true
    no revision was completed; w05 was rolled back
    help: mend the data or the [verify] section; the revision was rolled back
    --- exit code 1
    "#);
    assert_eq!(everything(&database), before, "and both apps can go on");
    assert_eq!(database.applied(), ["w01", "w02", "w03", "w04"]);
}
