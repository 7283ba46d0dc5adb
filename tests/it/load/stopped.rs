//! A load that is told to stop, and one that fails, while its source sends nothing.

use super::{Pair, UNFINISHED};
use crate::harness::{Gate, Said, until};
use crate::signals::{SIGNALS, end, send, spawn};

/// A source whose rows stop coming at a number, until the gate is opened.
fn held(at: u32) -> String {
    format!(
        "CREATE FUNCTION held(id int) RETURNS int LANGUAGE plpgsql AS
             'BEGIN IF id = {at} THEN PERFORM pg_advisory_lock(42); END IF; RETURN id; END';
         CREATE TABLE s AS SELECT id FROM generate_series(1, 120000) AS id"
    )
}

/// One that loads from it into a table with this column.
fn pair(at: u32, column: &str, key: &str) -> Pair {
    // What is asked of each row is asked behind an order of the query's own.
    let section = format!("-- [load from=v1 into=t{key}]\nSELECT id, held(id) AS held FROM s ORDER BY id;");
    let pair = Pair::new(&held(at), &format!("CREATE TABLE t ({column}, held int);"), &section);
    let settings = std::fs::read_to_string(pair.project.path().join("revgraph.toml")).unwrap();
    pair.project.write("revgraph.toml", format!("lock_timeout = \"0\"\n{settings}"));
    pair.project.ok(&pair.target.url(), &["upgrade", "table"]);
    pair
}

fn upgrade(pair: &Pair) -> std::process::Child {
    spawn(&mut pair.project.command(&["--database", &pair.target.url(), "upgrade"]))
}

/// Waits for it, with whoever holds it up still there.
fn ended(mut child: std::process::Child) -> Said {
    until("it ends", || child.try_wait().unwrap());
    end(child)
}

#[test]
fn a_signal_stops_it_and_what_is_in_stays() {
    for (signal, code) in SIGNALS {
        let pair = pair(100_000, "id int PRIMARY KEY", " key=id");
        let mut gate = Gate::shut(&pair.source);
        let stopped = upgrade(&pair);
        gate.until_waiting(1);
        until("the first range is in", || (!pair.target.rows(UNFINISHED).is_empty()).then_some(()));
        send(&stopped, signal);
        let said = ended(stopped);
        assert_eq!(said.code, code, "{said}");
        let told = said.complaint().replacen("SIGINT", "SIGNAL", 1).replacen("SIGTERM", "SIGNAL", 1);
        insta::allow_duplicates! { insta::assert_snapshot!(told, @"
        SIGNAL: stopping in order; once more leaves at once
        error: stopped by a signal
         --> revisions/load.sql:4:5
          |
        4 | -- [load from=v1 into=t key=id]
          |     ^^^^
        error: upgrade of load failed: stopped by a signal
        no revision was completed; load stopped there, and the ledger knows where: what it had done outside of transactions stays
        help: run the command again: it goes on from what the ledger has
        ") }
        // Nobody is waited for there any more.
        gate.until_waiting(0);
        assert_eq!(pair.target.rows(UNFINISHED), ["load 0 50000 1 [load from=v1 into=t key=id] 50000"]);
        assert_eq!(pair.target.events(), ["upgrade table done", "upgrade load failed"]);
        assert_eq!(
            pair.target.value("SELECT error FROM revgraph.event WHERE outcome = 'failed'"),
            "stopped by a signal"
        );
        gate.open();
        pair.loads();
        assert_eq!(pair.target.value("SELECT count(*) FROM t"), "120000");
    }
}

#[test]
fn without_a_key_nothing_of_it_stays() {
    let pair = pair(100_000, "id int PRIMARY KEY", "");
    let mut gate = Gate::shut(&pair.source);
    let stopped = upgrade(&pair);
    gate.until_waiting(1);
    // Its rows have come as far as they do, whether or not they will last.
    until("rows have come", || (pair.target.value("SELECT pg_relation_size('t') > 0") == "t").then_some(()));
    send(&stopped, SIGNALS[0].0);
    let said = ended(stopped);
    assert_eq!(said.code, SIGNALS[0].1, "{said}");
    assert_eq!(pair.target.value("SELECT count(*) FROM t"), "0");
    assert!(pair.target.rows(UNFINISHED).is_empty());
    gate.open();
    pair.loads();
}

/// Comes back when somebody in a database waits for a lock on a table.
fn until_locked_out(database: &crate::harness::Database) {
    let waiting = "SELECT FROM pg_locks WHERE NOT granted AND locktype = 'relation' AND database = \
                   (SELECT oid FROM pg_database WHERE datname = current_database())";
    until("it waits for the table", || (!database.rows(waiting).is_empty()).then_some(()));
}

#[test]
fn a_signal_stops_it_before_its_first_row() {
    // Both sides have a statement that waits for a table: the source's query isn't even understood then.
    for (is_source, table) in [(true, "s"), (false, "t")] {
        let pair = pair(0, "id int PRIMARY KEY", " key=id");
        let database = if is_source { &pair.source } else { &pair.target };
        let mut holder = database.client();
        holder.batch_execute(&format!("BEGIN; LOCK TABLE {table}")).unwrap();
        let stopped = upgrade(&pair);
        until_locked_out(database);
        send(&stopped, SIGNALS[1].0);
        let said = ended(stopped);
        assert_eq!(said.code, SIGNALS[1].1, "{said}");
        assert!(said.err.contains("\nerror: upgrade of load failed: stopped by a signal\n"), "{said}");
        drop(holder);
        assert!(pair.target.rows(UNFINISHED).is_empty());
        pair.loads();
    }
}

#[test]
fn what_fails_on_the_target_is_told_while_the_source_holds_back() {
    // In the rows of a range that is over, and of one that isn't.
    for at in [100_000, 10_000] {
        for key in ["", " key=id"] {
            let pair = pair(at, "id int CHECK (id <> 5)", key);
            let gate = Gate::shut(&pair.source);
            let said = ended(upgrade(&pair));
            assert_eq!(said.code, 1, "{said}");
            assert!(said.err.contains("violates check constraint \"t_id_check\""), "{said}");
            assert_eq!(pair.target.value("SELECT count(*) FROM t"), "0");
            drop(gate);
        }
    }
}
