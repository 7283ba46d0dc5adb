//! A batch that is stopped at any instant loses nothing and does nothing twice.

use std::process::{Child, Stdio};

use postgres::Client;

use super::{UNFINISHED, WRITTEN};
use crate::harness::{Database, Project, Proxy, Seeded, until};

/// How many rows there are, and how many a run writes.
const ROWS: u64 = 4_000;
const A_RUN: u64 = 5;

fn start() -> (Project, Database) {
    let (project, database) = (Project::new(), Database::new());
    let table = format!(
        "-- [up]\nCREATE TABLE d AS SELECT id, false AS done, 0 AS writes, 0::bigint AS run FROM generate_series(1, {ROWS}) id;\n\
         CREATE INDEX ON d (id) WHERE NOT done;\n-- [down]\nDROP TABLE d;\n"
    );
    project.revision("data", "", &table);
    project.ok(&database.url(), &["upgrade"]);
    let statement = format!(
        "UPDATE d SET done = true, writes = writes + 1, run = txid_current()\n    \
         WHERE id IN (SELECT id FROM d WHERE NOT done ORDER BY id LIMIT {A_RUN});\n"
    );
    project.revision("fill", "parents: data", &format!("-- [batch]\n{statement}-- [down]\n"));
    (project, database)
}

const SEED: u64 = 20_261_121;

fn written(client: &mut Client) -> i64 {
    client.query_one("SELECT count(*) FROM d WHERE done", &[]).unwrap().get(0)
}

/// No session of revgraph is left: what the killed one had begun is over.
fn until_alone(client: &mut Client) {
    let query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";
    until("its session ends", || (client.query_one(query, &[]).unwrap().get::<_, i64>(0) == 0).then_some(()));
}

/// What the ledger says is what was done, to the row.
fn assert_agrees(database: &Database) {
    let written = database.value("SELECT count(*), count(DISTINCT run), coalesce(max(writes), 1) FROM d WHERE done");
    let (rows, runs) = (written.split(' ').next().unwrap(), written.split(' ').nth(1).unwrap());
    assert!(written.ends_with(" 1"), "nothing is written twice: {written}");
    let expected = if rows == "0" { Vec::new() } else { vec![format!("fill 0 0 next {rows} {runs}")] };
    assert_eq!(database.rows(UNFINISHED), expected);
}

fn assert_complete(project: &Project, database: &Database) {
    project.ok(&database.url(), &["upgrade"]);
    assert_eq!(database.value(WRITTEN), format!("{ROWS} {} 1", ROWS / A_RUN));
    assert_eq!(database.applied(), ["data", "fill"]);
    assert!(database.rows(UNFINISHED).is_empty());
}

fn kill(mut child: Child) {
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn its_client_is_killed() {
    let (project, database) = start();
    let mut seeded = Seeded(SEED);
    let mut client = database.client();
    let kills = 20;
    // The rest is left for the end.
    let part = ROWS * 9 / 10 / kills;
    for number in 0..kills {
        let wanted = number * part + seeded.below(part);
        let mut command = project.command(&["--database", &database.url(), "upgrade"]);
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        until("so many rows", || (written(&mut client) >= i64::try_from(wanted).unwrap()).then_some(()));
        kill(child);
        until_alone(&mut client);
        assert_agrees(&database);
    }
    assert!(written(&mut client) < i64::try_from(ROWS).unwrap(), "each was killed in the middle");
    drop(client);
    assert_complete(&project, &database);
}

#[test]
fn its_connection_is_cut() {
    let (project, database) = start();
    let proxy = Proxy::start(database.server().address());
    let mut seeded = Seeded(SEED + 1);
    let mut client = database.client();
    for number in 0..20 {
        // A run is some 2,500 bytes there, and some 200 back.
        match number % 2 {
            0 => proxy.cut_after_sent(3_000 + usize::try_from(seeded.below(60_000)).unwrap()),
            _ => proxy.cut_after_received(2_000 + usize::try_from(seeded.below(6_000)).unwrap()),
        }
        let said = project.run_on(&proxy.url(&database), &["upgrade"]);
        assert_eq!(said.code, 1, "{said}");
        until_alone(&mut client);
        assert_agrees(&database);
    }
    drop(client);
    assert_complete(&project, &database);
}
