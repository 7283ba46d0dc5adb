//! `[batch]`: one statement, run until it touches no row, each run a transaction.

mod beforehand;
mod killed;
mod ledger;
mod parsing;
mod scratch;

use crate::harness::{Database, Project, Said};

/// 23 rows of which a batch writes five a run. Each run leaves its transaction's number in them.
const ROWS: &str = "-- [up]\nCREATE TABLE d AS SELECT id, false AS done, 0 AS writes, 0::bigint AS run FROM generate_series(1, 23) id;\n\
                    -- [down]\nDROP TABLE d;\n";

const STATEMENT: &str = "UPDATE d SET done = true, writes = writes + 1, run = txid_current()\n    \
                         WHERE id IN (SELECT id FROM d WHERE NOT done ORDER BY id LIMIT 5);\n";

/// How many rows are written, in how many transactions, and how often the one that was written most.
const WRITTEN: &str = "SELECT count(*), count(DISTINCT run), max(writes) FROM d WHERE done";

/// What the ledger has of a batch that is at work.
const UNFINISHED: &str = "SELECT revision, section, statement, outcome, rows, runs FROM revgraph.unfinished";

/// The table in effect, and a revision with these sections above it.
fn start(sections: &str) -> (Project, Database) {
    let (project, database) = (Project::new(), Database::new());
    project.revision("data", "", ROWS);
    project.ok(&database.url(), &["upgrade"]);
    project.revision("fill", "message: fill them\nparents: data", sections);
    (project, database)
}

/// Runs an upgrade that ends with this exit code. How fast it was is left out of what it said.
fn upgrade(project: &Project, database: &Database, code: i32) -> String {
    let said = project.run_on(&database.url(), &["upgrade"]);
    assert_eq!(said.code, code, "{said}");
    without_speed(&said)
}

fn without_speed(said: &Said) -> String {
    let text = Said { out: said.out.clone(), err: said.complaint(), code: said.code }.to_string();
    let slow = |line: &str| {
        if line.ends_with(" rows/s") || line.starts_with("detail: Failing row") {
            return line.rsplit_once(", ").map_or(String::new(), |(before, _)| before.to_owned());
        }
        line.split_once(" in ").filter(|_| line.starts_with("upgraded ")).map_or(line.to_owned(), |(before, after)| {
            format!("{before}; {}", after.split_once("; ").map_or("", |(_, place)| place))
        })
    };
    text.lines().map(|line| format!("{}\n", slow(line))).collect()
}

#[test]
fn it_runs_until_it_touches_no_row() {
    let (project, database) = start(&format!("-- [batch]\n{STATEMENT}-- [down]\nUPDATE d SET done = false;\n"));
    insta::assert_snapshot!(upgrade(&project, &database, 0), @r"
          batch fill  23 rows in 5 runs
          up   fill  fill them
        upgraded 1 revision; now at fill
        --- exit code 0
        ");
    assert_eq!(database.value(WRITTEN), "23 5 1", "the fifth run wrote three");
    assert_eq!(database.applied(), ["data", "fill"]);
    assert_eq!(database.events(), ["upgrade data done", "upgrade fill done"]);
    assert!(database.rows(UNFINISHED).is_empty());
    project.ok(&database.url(), &["downgrade", "-1"]);
    assert_eq!(database.value(WRITTEN), "0 0 -");
    insta::assert_snapshot!(upgrade(&project, &database, 0), @r"
          batch fill  23 rows in 5 runs
          up   fill  fill them
        upgraded 1 revision; now at fill
        --- exit code 0
        ");
    assert_eq!(database.value("SELECT min(writes) FROM d"), "2");
}

#[test]
fn nothing_to_touch() {
    let (project, database) = start(&format!("-- [batch]\n{STATEMENT}-- [down]\n"));
    database.execute("TRUNCATE d");
    insta::assert_snapshot!(upgrade(&project, &database, 0), @r"
          batch fill  no row to touch
          up   fill  fill them
        upgraded 1 revision; now at fill
        --- exit code 0
        ");
}

#[test]
fn a_failure_keeps_what_is_done() {
    let (project, database) = start(&format!("-- [batch]\n{STATEMENT}-- [down]\n"));
    database.execute("ALTER TABLE d ADD CHECK (NOT (done AND id = 13)) NOT VALID");
    insta::assert_snapshot!(upgrade(&project, &database, 1), @r#"
    --- standard error
    error: new row for relation "d" violates check constraint "d_check"
     --> revisions/fill.sql:6:1
      |
    6 | UPDATE d SET done = true, writes = writes + 1, run = txid_current()
      | ^^^^^^
    detail: Failing row contains (13, t, 1
    error: upgrade of fill failed: new row for relation "d" violates check constraint "d_check"
    no revision was completed; fill stopped there, and the ledger knows where: what it had done outside of transactions stays
    help: mend the file or the data, and run the command again: it goes on at that statement
    --- exit code 1
    "#);
    assert_eq!(database.value(WRITTEN), "10 2 1");
    assert_eq!(database.rows(UNFINISHED), ["fill 0 0 next 10 2"]);
    // The same again, as long as nobody mends it.
    upgrade(&project, &database, 1);
    assert_eq!(database.rows(UNFINISHED), ["fill 0 0 next 10 2"]);
    database.execute("ALTER TABLE d DROP CONSTRAINT d_check");
    insta::assert_snapshot!(upgrade(&project, &database, 0), @r"
          batch fill  23 rows in 5 runs
          up   fill  fill them
        upgraded 1 revision; now at fill
        --- standard error
        fill goes on where it stopped:
          UPDATE d SET done = true, writes = writes + 1, run = txid_current()
              WHERE id IN (SELECT id FROM d WHERE NOT done ORDER BY id LIMIT 5)
        --- exit code 0
        ");
    assert_eq!(database.value(WRITTEN), "23 5 1");
    assert!(database.rows(UNFINISHED).is_empty());
}

#[test]
fn the_first_run_that_fails_was_never_begun() {
    let (project, database) =
        start("-- [batch]\nUPDATE d SET done = id / 0 = 1\n  WHERE 'ä' <> '' AND NOT done;\n-- [down]\n");
    insta::assert_snapshot!(upgrade(&project, &database, 1), @"
    --- standard error
    error: division by zero
     --> revisions/fill.sql:6:1
      |
    6 | UPDATE d SET done = id / 0 = 1
      | ^^^^^^
    error: upgrade of fill failed: division by zero
    no revision was completed; fill was rolled back
    help: mend the file or the data, and run the command again: it goes on from there
    --- exit code 1
    ");
    assert!(database.rows(UNFINISHED).is_empty());
    project.revision(
        "fill",
        "parents: data",
        "-- [batch]\nUPDATE d SET done = true\n  WHERE 'ä' <> '' AND NOT dun;\n-- [down]\n",
    );
    insta::assert_snapshot!(upgrade(&project, &database, 1), @r#"
        --- standard error
        error: column "dun" does not exist
         --> revisions/fill.sql:6:27
          |
        6 |   WHERE 'ä' <> '' AND NOT dun;
          |                           ^^^
        error: upgrade of fill failed: column "dun" does not exist
        no revision was completed; fill was rolled back
        help: Perhaps you meant to reference the column "d.run".
        --- exit code 1
        "#);
}

#[test]
fn what_a_function_says_is_told_and_revgraphs_own_block_is_not() {
    let (project, database) = start("-- [batch]\nUPDATE d SET done = f(id) WHERE NOT done;\n-- [down]\n");
    database.execute(
        "CREATE FUNCTION f(int) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE 'not %', $1 USING HINT = 'say yes'; END $$",
    );
    insta::assert_snapshot!(upgrade(&project, &database, 1), @r"
        --- standard error
        error: not 1
         --> revisions/fill.sql:6:1
          |
        6 | UPDATE d SET done = f(id) WHERE NOT done;
          | ^^^^^^
        where: PL/pgSQL function f(integer) line 1 at RAISE
        error: upgrade of fill failed: not 1
        no revision was completed; fill was rolled back
        help: say yes
        --- exit code 1
        ");
}

#[test]
fn a_limit_is_for_one_upgrade() {
    let (project, database) = start(&format!("-- [batch limit=2]\n{STATEMENT}-- [down]\n"));
    insta::assert_snapshot!(upgrade(&project, &database, 1), @"
    --- standard error
    error: the [batch] of fill stopped at its limit of 2 runs, with 10 rows done so far; no revision was completed; left: fill
    help: what it did stays; the next `revgraph upgrade` goes on with as many runs again
    --- exit code 1
    ");
    assert_eq!(database.rows(UNFINISHED), ["fill 0 0 next 10 2"]);
    let said = project.run_on(&database.url(), &["--format", "json", "upgrade"]);
    assert_eq!((said.code, said.error()["kind"].as_str()), (1, Some("batch_limit")));
    assert_eq!(database.rows(UNFINISHED), ["fill 0 0 next 20 4"]);
    insta::assert_snapshot!(upgrade(&project, &database, 0), @r"
          batch fill  23 rows in 5 runs
          up   fill  fill them
        upgraded 1 revision; now at fill
        --- standard error
        fill goes on where it stopped:
          UPDATE d SET done = true, writes = writes + 1, run = txid_current()
              WHERE id IN (SELECT id FROM d WHERE NOT done ORDER BY id LIMIT 5)
        --- exit code 0
        ");
    assert_eq!(database.value(WRITTEN), "23 5 1");
}

#[test]
fn sections_of_all_kinds_in_one_revision() {
    let sections = format!(
        "-- [up]\nALTER TABLE d ADD note text;\n-- [batch pause=1ms]\n{STATEMENT}\
         -- [batch]\nUPDATE d SET note = 'n' || id WHERE id IN (SELECT id FROM d WHERE note IS NULL LIMIT 7);\n\
         -- [up transaction=off]\nCREATE INDEX CONCURRENTLY by_note ON d (note);\n\
         -- [up]\nALTER TABLE d ALTER note SET NOT NULL;\n-- [down]\nALTER TABLE d DROP note;\n\
         -- [verify]\nSELECT count(*) = 23 AS ok FROM d WHERE note = 'n' || id;\n"
    );
    let (project, database) = start(&sections);
    database.execute("ALTER TABLE d ADD CONSTRAINT a_check CHECK (NOT (done AND id = 13))");
    upgrade(&project, &database, 1);
    assert_eq!(database.rows(UNFINISHED), ["fill 1 0 next 10 2"], "the second section, with what it has done");
    // What was done may not be edited, what comes next may.
    let edited = sections.replace("ADD note text", "ADD note varchar");
    project.revision("fill", "parents: data", &edited);
    let said = project.run_on(&database.url(), &["upgrade"]);
    assert!(said.err.contains("what fill has done already was edited"), "{said}");
    project.revision("fill", "parents: data", &sections.replace("LIMIT 5", "LIMIT 4"));
    database.execute(
        "ALTER TABLE d DROP CONSTRAINT a_check; ALTER TABLE d ADD CONSTRAINT a_check CHECK (note <> 'n20') NOT VALID",
    );
    upgrade(&project, &database, 1);
    assert_eq!(database.value(WRITTEN), "23 6 1");
    assert_eq!(database.rows(UNFINISHED), ["fill 2 0 next 14 2"], "the counts are those of the section at work");
    database.execute("ALTER TABLE d DROP CONSTRAINT a_check");
    insta::assert_snapshot!(upgrade(&project, &database, 0), @"
      batch fill:10  23 rows in 4 runs
      up   fill
    upgraded 1 revision; now at fill
    --- standard error
    fill goes on where it stopped:
      UPDATE d SET note = 'n' || id WHERE id IN (SELECT id FROM d WHERE note IS NULL LIMIT 7)
    --- exit code 0
    ");
    assert_eq!(database.applied(), ["data", "fill"]);
}

#[test]
fn every_statement_that_touches_rows() {
    let sections = "-- [up]\nCREATE TABLE e (id int PRIMARY KEY);\n\
        -- [batch]\nINSERT INTO e SELECT id FROM d WHERE id NOT IN (SELECT id FROM e) ORDER BY id LIMIT 5\n\
        -- [batch]\nMERGE INTO d USING (SELECT id FROM d WHERE NOT done LIMIT 5) s ON s.id = d.id WHEN MATCHED THEN UPDATE SET done = true;\n\
        -- [batch]\nWITH moved AS (DELETE FROM d WHERE id IN (SELECT id FROM d ORDER BY id LIMIT 10) RETURNING id)\n\
        UPDATE e SET id = -e.id FROM moved WHERE moved.id = e.id;\n\
        -- [batch]\nDELETE FROM e WHERE id IN (SELECT id FROM e WHERE id < -20);\n-- [down]\n";
    let (project, database) = start(sections);
    insta::assert_snapshot!(upgrade(&project, &database, 0), @"
      batch fill:8  23 rows in 5 runs
      batch fill:10  23 rows in 5 runs
      batch fill:12  23 rows in 3 runs
      batch fill:15  3 rows in 1 run
      up   fill  fill them
    upgraded 1 revision; now at fill
    --- exit code 0
    ");
    assert_eq!(database.value("SELECT count(*) || ' ' || min(id) FROM e"), "20 -20");
}

#[test]
fn each_run_has_the_timeouts_and_leaves_nothing_in_the_session() {
    let statement = "UPDATE d SET done = true, writes = set_config('search_path', 'nowhere', false) = 'nowhere' AND \
                     current_setting('lock_timeout') = '7s' AND current_setting('statement_timeout') = '11s' \
                     AND current_setting('transaction_read_only') = 'off' \
                     WHERE id IN (SELECT id FROM d WHERE NOT done LIMIT 10)";
    let statement =
        statement.replacen("writes = ", "writes = CASE WHEN ", 1).replacen("'off'", "'off' THEN 1 ELSE -1 END", 1);
    let (project, database) = start(&format!("-- [batch]\n{statement};\n-- [down]\n"));
    project.write("revgraph.toml", "lock_timeout = \"7s\"\nstatement_timeout = \"11s\"\n");
    database.execute(&format!("ALTER DATABASE {} SET default_transaction_read_only = on", database.name()));
    upgrade(&project, &database, 0);
    assert_eq!(database.rows("SELECT DISTINCT writes FROM d"), ["1"], "also in the runs after the first");
}

#[test]
fn a_constraint_that_waits_is_checked_in_each_run() {
    let (project, database) = start(&format!("-- [batch]\n{STATEMENT}-- [down]\n"));
    database.execute(
        "CREATE TABLE known (id int PRIMARY KEY); INSERT INTO known VALUES (0), (1);
         ALTER TABLE d ADD FOREIGN KEY (writes) REFERENCES known DEFERRABLE INITIALLY DEFERRED;
         UPDATE d SET writes = 1 WHERE id = 8",
    );
    let said = upgrade(&project, &database, 1);
    assert!(said.contains("violates foreign key constraint"), "{said}");
    assert_eq!(database.rows(UNFINISHED), ["fill 0 0 next 5 1"]);
}

#[test]
fn the_next_section_begins_with_nothing() {
    let second = "UPDATE d SET writes = 100 / (writes - 1) WHERE writes < 100";
    let (project, database) = start(&format!("-- [batch]\n{STATEMENT}-- [batch]\n{second};\n-- [down]\n"));
    upgrade(&project, &database, 1);
    assert_eq!(database.rows(UNFINISHED), ["fill 1 0 next 0 0"]);
    project.revision(
        "fill",
        "parents: data",
        &format!("-- [batch]\n{STATEMENT}-- [batch]\n{}\n", second.replace("- 1", "+ 0")),
    );
    assert!(upgrade(&project, &database, 0).contains("fill:8  23 rows in 1 run"));
}

#[test]
fn somebody_else_moves_the_ledger_meanwhile() {
    let (project, database) =
        start(&format!("-- [batch]\n{}-- [down]\n", STATEMENT.replace("writes + 1", "writes + meddle()")));
    database.execute(
        "CREATE TABLE met AS SELECT 0 AS times;
         CREATE FUNCTION meddle() RETURNS int LANGUAGE plpgsql AS $$ BEGIN
            UPDATE met SET times = times + 1;
            UPDATE revgraph.state SET generation = generation + 1 WHERE (SELECT times FROM met) = 7;
            RETURN 1;
         END $$",
    );
    let said = upgrade(&project, &database, 0);
    assert!(said.contains("fill goes on where it stopped"), "{said}");
    assert_eq!(database.value(WRITTEN), "23 5 1");
    assert_eq!(database.applied(), ["data", "fill"]);
}
