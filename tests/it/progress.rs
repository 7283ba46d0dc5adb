//! What is told of the steps while a plan runs.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use crate::harness::{Database, Project};

/// The ids of the lines that say that a step is done.
fn told(out: &str, direction: &str) -> Vec<String> {
    let steps = out.lines().filter_map(|line| line.trim_start().strip_prefix(direction)?.split_whitespace().next());
    steps.map(str::to_owned).collect()
}

#[test]
fn every_step_is_told_once_and_in_order() {
    let (project, database) = (Project::new(), Database::new());
    project.chain(120);
    let ids: Vec<String> = (1..=120).map(|number| format!("r{number:04}")).collect();
    assert_eq!(told(&project.ok(&database.url(), &["upgrade"]), "up "), ids);
    let reversed: Vec<String> = ids.into_iter().rev().collect();
    assert_eq!(told(&project.ok(&database.url(), &["downgrade", "base"]), "down "), reversed);
}

#[test]
fn a_step_that_takes_its_time_is_seen_to_run() {
    let (project, database) = (Project::new(), Database::new());
    project.chain(3);
    project.revision("waits", "parents: r0003", "-- [up]\nSELECT pg_advisory_xact_lock(42);\n");
    project.revision("after", "parents: waits", "-- [up]\nCREATE TABLE after ();\n");
    let mut holder = database.client();
    holder.batch_execute("SELECT pg_advisory_lock(42)").unwrap();

    // If it isn't told before, it is the lock's timeout that ends this.
    let url = database.url();
    let mut command = project.command(&["--database", &url, "upgrade", "--lock-timeout", "20s"]);
    let mut upgrade = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut lines = BufReader::new(upgrade.stdout.take().unwrap()).lines();
    let first: Vec<String> = lines.by_ref().take(3).map(Result::unwrap).collect();
    assert_eq!(told(&first.join("\n"), "up "), ["r0001", "r0002", "r0003"]);

    holder.batch_execute("SELECT pg_advisory_unlock(42)").unwrap();
    let rest: Vec<String> = lines.map(Result::unwrap).collect();
    assert_eq!(told(&rest.join("\n"), "up "), ["waits", "after"]);
    assert!(upgrade.wait().unwrap().success());
}

#[test]
fn rows_are_not_made_in_passing() {
    // It begins like a statement that is over in no time.
    let (project, database) = (Project::new(), Database::new());
    project.chain(1);
    let waits = "-- [up]\nCREATE TABLE waits AS SELECT 1 AS one FROM pg_advisory_xact_lock(43);\n";
    project.revision("waits", "parents: r0001", waits);
    let mut holder = database.client();
    holder.batch_execute("SELECT pg_advisory_lock(43)").unwrap();
    let url = database.url();
    let mut command = project.command(&["--database", &url, "upgrade", "--lock-timeout", "20s"]);
    let mut upgrade = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut lines = BufReader::new(upgrade.stdout.take().unwrap()).lines();
    assert_eq!(told(&lines.next().unwrap().unwrap(), "up "), ["r0001"]);
    holder.batch_execute("SELECT pg_advisory_unlock(43)").unwrap();
    assert!(lines.map(Result::unwrap).any(|line| line.contains("waits")));
    assert!(upgrade.wait().unwrap().success());
}
