//! What a killed process leaves, the next one sweeps; nothing else.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use postgres::{Client, Config, NoTls};
use tempfile::TempDir;

use crate::harness::{Database, Project, until};

/// A project whose only revision never ends.
fn endless(settings: &str) -> Project {
    let project = Project::new();
    project.write("revgraph.toml", settings);
    project.revision("r1", "", "-- [up]\nCREATE TABLE t ();\nSELECT pg_sleep(3600);\n-- [down]\n");
    project
}

fn start(mut command: Command) -> Child {
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

fn succeed(mut command: Command) {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn kill(mut child: Child) {
    // SIGKILL.
    child.kill().unwrap();
    child.wait().unwrap();
}

/// The folders of private servers beneath a folder for temporary files.
fn homes(temporary: &Path) -> Vec<PathBuf> {
    let yards = std::fs::read_dir(temporary).unwrap().flatten().map(|entry| entry.path());
    let entries = yards.filter(|path| path.is_dir()).flat_map(|yard| std::fs::read_dir(yard).into_iter().flatten());
    entries.flatten().map(|entry| entry.path()).filter(|path| path.is_dir()).collect()
}

fn connect(home: &Path) -> Option<Client> {
    Config::new().host_path(home.join("server")).port(5432).user("postgres").dbname("postgres").connect(NoTls).ok()
}

/// Whether the server of a home runs the revision that never ends.
fn sleeps(home: &Path) -> Option<()> {
    let query = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'";
    (connect(home)?.query_one(query, &[]).ok()?.get::<_, i64>(0) > 0).then_some(())
}

#[test]
fn a_private_server_is_stopped_and_removed() {
    let temporary = TempDir::new().unwrap();
    // Root's server is run by another account.
    std::fs::set_permissions(temporary.path(), PermissionsExt::from_mode(0o755)).unwrap();
    let command = |project: &Project| {
        let mut command = project.command(&["test", "--scratch", "programs"]);
        command.env("TMPDIR", temporary.path());
        command
    };
    let project = endless("");
    let (killed, living) = (start(command(&project)), start(command(&project)));
    let homes_of_both = until("two servers at work", || {
        let homes = homes(temporary.path());
        (homes.len() == 2 && homes.iter().all(|home| sleeps(home).is_some())).then_some(homes)
    });
    kill(killed);
    assert!(homes_of_both.iter().all(|home| connect(home).is_some()), "both servers go on by themselves");

    let other = Project::new();
    other.chain(1);
    succeed(command(&other));
    let left = homes(temporary.path());
    assert_eq!(left.len(), 1, "that of the living process");
    assert!(sleeps(&left[0]).is_some());
    let gone = homes_of_both.iter().find(|home| !left.contains(home)).unwrap();
    assert!(connect(gone).is_none());

    kill(living);
    succeed(command(&other));
    assert!(homes(temporary.path()).is_empty());
}

#[test]
fn a_database_on_the_server_is_dropped() {
    let database = Database::new();
    let own = "[scratch]\nserver = true\nfrom = \"server\"\n";
    let project = endless(own);
    let command = |project: &Project| project.command(&["--database", &database.url(), "test"]);
    let scratches = "SELECT datname FROM pg_stat_activity WHERE wait_event = 'PgSleep' \
                     AND datname LIKE 'revgraph\\_scratch\\_%' AND datname <> ALL ($1) ORDER BY 1";
    let mut client = database.client();
    let mut next = |known: &[String]| {
        until("a scratch at work", || {
            let rows = client.query(scratches, &[&known]).unwrap();
            rows.first().map(|row| row.get::<_, String>(0))
        })
    };
    let killed = start(command(&project));
    let left = next(&[]);
    let living = start(command(&project));
    let used = next(std::slice::from_ref(&left));
    kill(killed);
    // Somebody's own database, of a name that looks the same.
    let decoy = format!("{}0", &left[..left.len() - 1]);
    let decoy = if decoy == left { format!("{}1", &left[..left.len() - 1]) } else { decoy };
    database.execute(&format!("CREATE DATABASE {decoy}"));

    let other = Project::new();
    other.write("revgraph.toml", own);
    other.chain(1);
    succeed(command(&other));
    let is_there = |name: &str| database.value(&format!("SELECT count(*) FROM pg_database WHERE datname = '{name}'"));
    assert_eq!(is_there(&left), "0", "although its last statement still ran");
    assert_eq!((is_there(&used), is_there(&decoy)), ("1".to_owned(), "1".to_owned()));

    kill(living);
    succeed(command(&other));
    assert_eq!(is_there(&used), "0");
    database.execute(&format!("DROP DATABASE {decoy}"));
}
