//! What is told of the steps while a plan runs.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use postgres::Client;

use crate::harness::{Database, Project, Terminal, until};

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

/// A project whose second of three steps waits for the advisory lock with that key, which the client holds.
fn waiting(key: i32) -> (Project, Database, Client) {
    let (project, database) = (Project::new(), Database::new());
    project.chain(1);
    project.revision(
        "waits",
        "message: be patient\nparents: r0001",
        &format!("-- [up]\nSELECT pg_advisory_xact_lock({key});\n"),
    );
    project.revision("after", "parents: waits", "-- [up]\nCREATE TABLE after ();\n");
    let mut holder = database.client();
    holder.batch_execute(&format!("SELECT pg_advisory_lock({key})")).unwrap();
    (project, database, holder)
}

#[test]
fn on_a_terminal_a_line_says_what_it_is_at() {
    let (project, database, mut holder) = waiting(44);
    let mut terminal = Terminal::start(project.command(&["-d", &database.url(), "upgrade", "--lock-timeout", "20s"]));
    terminal.until("] 1/3 up waits  be patient");
    holder.batch_execute("SELECT pg_advisory_unlock(44)").unwrap();
    let said = terminal.end();
    assert_eq!(
        (said.code, told(&said.out, "up ")),
        (0, vec!["r0001".to_owned(), "waits".to_owned(), "after".to_owned()])
    );
    // The last thing that was done to the line is that it was cleared.
    let line = said.err.rfind("1/3").unwrap();
    assert!(said.err[line..].contains("\x1b[2K"), "{:?}", said.err);
}

#[test]
fn what_is_stopped_leaves_a_line_of_its_own_for_what_is_said() {
    let (project, database, _holder) = waiting(45);
    let mut terminal = Terminal::start(project.command(&["-d", &database.url(), "upgrade", "--lock-timeout", "20s"]));
    terminal.until("] 1/3 up waits");
    terminal.interrupt();
    let said = terminal.end();
    assert_eq!(said.code, 130);
    let lines: Vec<&str> = said.err.lines().filter(|line| line.contains("stopping in order")).collect();
    assert_eq!(lines.len(), 1);
    assert!(lines[0].ends_with("SIGINT: stopping in order; once more leaves at once"), "{:?}", said.err);
    assert!(said.err.contains("done and recorded before it: r0001; waits was rolled back"), "{:?}", said.err);
}

#[test]
fn nothing_moves_where_it_is_not_wanted() {
    let (project, database) = (Project::new(), Database::new());
    project.revision("slow", "", "-- [up]\nSELECT pg_sleep(1.2);\n-- [down]\nSELECT pg_sleep(1.2);\n");
    let quiet = Terminal::start(project.command(&["-d", &database.url(), "upgrade", "-q"])).end();
    assert_eq!((quiet.code, quiet.err.as_str()), (0, ""));
    let piped = project.run_on(&database.url(), &["downgrade", "base"]);
    assert_eq!(piped.code, 0);
    assert!(!piped.err.contains(['\x1b', '\r']), "{:?}", piped.err);
}

/// A pipe that nobody reads holds the command up, and not the signal.
#[test]
fn a_signal_is_answered_whoever_does_not_read() {
    let (project, database) = (Project::new(), Database::new());
    project.revision("slow", &format!("message: {}", "m".repeat(200)), "-- [up]\nSELECT pg_sleep(1);\n");
    for number in 0..500 {
        let parent = if number == 0 { "slow".to_owned() } else { format!("n{}", number - 1) };
        project.revision(
            &format!("n{number}"),
            &format!("message: {}\nparents: {parent}", "m".repeat(200)),
            "-- [up]\n",
        );
    }
    let mut terminal = Terminal::start(project.command(&["-d", &database.url(), "upgrade"]));
    terminal.until("] 0/501");
    // 100 kB of lines, and a pipe holds 64.
    until("all is done but the telling", || (database.applied().len() == 501).then_some(()));
    terminal.interrupt();
    terminal.until("SIGINT: stopping in order");
    terminal.interrupt();
    assert_eq!(terminal.end().code, 130);
}
