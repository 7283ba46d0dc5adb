//! A load that is killed at any instant: what comes after it ends with exactly the rows.

use std::process::{Child, Stdio};
use std::time::{Duration, Instant, SystemTime};

use super::{Pair, UNFINISHED, digest};
use crate::harness::Seeded;

const ROUNDS: usize = 20;

/// What a table of that many rows holds.
fn rows(number: u32) -> String {
    format!(
        "SELECT id, md5(id::text) AS a, repeat('x', id % 100) AS b, now() AS c FROM generate_series(1, {number}) AS id"
    )
}

fn start(pair: &Pair) -> Child {
    let mut command = pair.project.command(&["--database", &pair.target.url(), "upgrade"]);
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

#[test]
fn nothing_is_lost_and_nothing_comes_twice() {
    let pair = Pair::new(
        &format!("CREATE TABLE s AS {}", rows(220_000)),
        "CREATE TABLE t (id int, a text, b text, c timestamptz);",
        "-- [load from=v1 into=t key=id]\nTABLE s;",
    );
    let url = pair.target.url();
    let begun = Instant::now();
    pair.loads();
    let whole = begun.elapsed();
    let wanted = digest(&pair.source, "TABLE s");
    assert_eq!(digest(&pair.target, "TABLE t"), wanted);

    let seed = SystemTime::UNIX_EPOCH.elapsed().unwrap().subsec_nanos();
    println!("seed {seed}, {whole:?} for all of it");
    let mut random = Seeded(u64::from(seed));
    let mut half_way = 0;
    for round in 0..ROUNDS {
        pair.project.ok(&url, &["downgrade", "table", "--yes"]);
        let mut child = start(&pair);
        let pause = whole.mul_f64(random.share());
        std::thread::sleep(pause);
        child.kill().unwrap();
        child.wait().unwrap();
        let reached = pair.target.rows(UNFINISHED);
        half_way += reached.len();
        pair.loads();
        assert_eq!(digest(&pair.target, "TABLE t"), wanted, "round {round}, killed after {pause:?} at {reached:?}");
    }
    println!("{half_way} of {ROUNDS} were killed between two ranges");
}

#[test]
fn without_a_key_it_begins_anew() {
    let pair = Pair::new(
        &format!("CREATE TABLE s AS {}", rows(200_000)),
        "CREATE TABLE t (id int, a text, b text, c timestamptz);",
        "-- [load from=v1 into=t]\nTABLE s;",
    );
    pair.project.ok(&pair.target.url(), &["upgrade", "table"]);
    let mut child = start(&pair);
    // Once rows have come, whether or not they will last: the table's file has grown.
    let begun = Instant::now();
    while pair.target.value("SELECT pg_relation_size('t')") == "0" && child.try_wait().unwrap().is_none() {
        assert!(begun.elapsed() < Duration::from_secs(60), "no row comes");
        std::thread::yield_now();
    }
    child.kill().unwrap();
    child.wait().unwrap();
    pair.loads();
    assert_eq!(digest(&pair.target, "TABLE t"), digest(&pair.source, "TABLE s"));
}

/// What the program took of memory at most, in KiB, and what it said.
#[cfg(target_os = "linux")]
fn peak_memory(pair: &Pair) -> u64 {
    let mut child = start(pair);
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    while child.try_wait().unwrap().is_none() {
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
        peak = kib.unwrap_or(peak).max(peak);
        std::thread::sleep(Duration::from_millis(1));
    }
    assert!(child.wait().unwrap().success());
    peak
}

#[cfg(target_os = "linux")]
#[test]
fn memory_does_not_grow_with_the_rows() {
    for key in ["", " key=id"] {
        let pair = Pair::new(
            &format!("CREATE VIEW s AS {}", rows(1_000_000)),
            "CREATE UNLOGGED TABLE t (id int, a text, b text, c timestamptz);",
            &format!("-- [load from=v1 into=t{key}]\nTABLE s;"),
        );
        let peak = peak_memory(&pair);
        println!("{} MB", peak / 1024);
        assert_eq!(pair.target.value("SELECT count(*) FROM t"), "1000000");
        assert!(peak < 100 * 1024, "{peak} KiB");
    }
}
