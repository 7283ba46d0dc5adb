//! Signals while revgraph waits for other programs: these end with it, and leave nothing.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command};

use rustix::process::{Pid, Signal, kill_process_group, test_kill_process};

use super::{SIGNALS, end, find, homes, lines, send, spawn};
use crate::harness::{Database, Project, Said, program, until};

/// A project whose revision has been run, and a session that keeps its table locked.
fn held() -> (Project, Database, postgres::Client) {
    let (project, database) = (Project::new(), Database::new());
    project.write("revgraph.toml", "lock_timeout = \"0\"\n");
    project.revision("r1", "", "-- [up]\nCREATE TABLE t AS SELECT 1 AS id;\n-- [down]\nDROP TABLE t;\n");
    project.ok(&database.url(), &["upgrade"]);
    database.execute("ANALYZE");
    let mut holder = database.client();
    holder.batch_execute("BEGIN; LOCK TABLE t IN SHARE UPDATE EXCLUSIVE MODE").unwrap();
    (project, database, holder)
}

/// The sessions of pg_dump in a database.
fn dumping(database: &Database) -> Vec<String> {
    database.rows("SELECT wait_event_type FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'pg_dump'")
}

fn files(project: &Project, folder: &str) -> Vec<String> {
    let entries = fs::read_dir(project.path().join(folder)).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries.map(|entry| entry.file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Waits for it, with whoever holds it up still there.
fn ended(mut child: Child) -> Said {
    until("it ends", || child.try_wait().unwrap());
    end(child)
}

/// Has pg_dump wait for the table, for as long as the holder lives.
fn backing_up(project: &Project, database: &Database, holder: &mut postgres::Client, arguments: &[&str]) -> Child {
    holder.batch_execute("LOCK TABLE t").unwrap();
    let url = database.url();
    let child = spawn(&mut project.command(&[&["--database", &url], arguments].concat()));
    until("pg_dump waits", || (dumping(database) == ["Lock"]).then_some(()));
    child
}

#[test]
fn a_backup_is_stopped_with_its_pg_dump() {
    for (signal, code) in SIGNALS {
        let (project, database, mut holder) = held();
        let stopped = backing_up(&project, &database, &mut holder, &["backup"]);
        send(&stopped, signal);
        let said = ended(stopped);
        assert_eq!(said.code, code, "{said}");
        let told = said.complaint().replacen("SIGINT", "SIGNAL", 1).replacen("SIGTERM", "SIGNAL", 1);
        insta::allow_duplicates! { insta::assert_snapshot!(told, @"
        SIGNAL: stopping in order; once more leaves at once
        error: stopped by a signal
        help: run the command again: it goes on from what the ledger has
        ") }
        assert_eq!(files(&project, "backups"), [".gitignore"]);
        until("its session ends, and with it its locks", || dumping(&database).is_empty().then_some(()));
    }
}

#[test]
fn what_is_typed_at_a_terminal_reaches_both() {
    let (project, database, mut holder) = held();
    holder.batch_execute("LOCK TABLE t").unwrap();
    let mut command = project.command(&["--database", &database.url(), "backup"]);
    let stopped = spawn(command.process_group(0));
    until("pg_dump waits", || (dumping(&database) == ["Lock"]).then_some(()));
    kill_process_group(Pid::from_child(&stopped), Signal::INT).unwrap();
    let said = ended(stopped);
    assert_eq!(said.code, 130, "{said}");
    assert!(said.err.contains("error: stopped by a signal\n"), "{said}");
    assert_eq!(files(&project, "backups"), [".gitignore"]);
}

#[test]
fn before_a_downgrade_it_stops_that_too() {
    let (project, database, mut holder) = held();
    let path = slow_pg_dump(&project);
    let url = database.url();
    let mut command = project.command(&["--database", &url, "downgrade", "base", "--yes", "--backup"]);
    let stopped = spawn(command.env("PATH", path));
    let dump = until("pg_dump runs", || pid(&project));
    send(&stopped, Signal::TERM);
    let said = ended(stopped);
    assert_eq!(said.code, 143, "{said}");
    assert!(said.err.contains("error: stopped by a signal\n"), "{said}");
    assert!(test_kill_process(dump).is_err(), "it was waited for");
    assert_eq!(files(&project, "backups"), [".gitignore"]);
    assert_eq!(database.events(), ["upgrade r1 done"]);
    holder.batch_execute("ROLLBACK").unwrap();
    assert_eq!(database.tables(), ["t"]);
    project.ok(&url, &["downgrade", "base", "--yes", "--backup"]);
}

/// A pg_dump of our own, which is of a later version than any other, says who it is and takes its time.
fn slow_pg_dump(project: &Project) -> String {
    let script = "#!/bin/sh\n[ \"$1\" = --version ] && { echo 'pg_dump (PostgreSQL) 999.1'; exit; }\n\
                  while [ \"$1\" != --file ]; do shift; done\necho half > \"$2\"\necho $$ > pid.new\nmv pid.new pid\n\
                  exec sleep 600\n";
    let path = project.write("bin/pg_dump", script);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    format!("{}:{}", path.parent().unwrap().display(), std::env::var("PATH").unwrap())
}

/// What a program has written down as its number.
fn pid(project: &Project) -> Option<Pid> {
    let text = fs::read_to_string(project.path().join("pid")).ok()?;
    Pid::from_raw(text.trim().parse().ok()?)
}

#[test]
fn a_second_signal_leaves_neither_the_program_nor_its_file() {
    let (project, database, _holder) = held();
    let script = slow_pg_dump(&project);
    // It doesn't let itself be told.
    let text = fs::read_to_string(project.path().join("bin/pg_dump")).unwrap();
    project.write("bin/pg_dump", text.replacen("\n", "\ntrap '' TERM\n", 1));
    let url = database.url();
    let mut leaving = spawn(project.command(&["--database", &url, "backup"]).env("PATH", script));
    let dump = until("pg_dump runs", || pid(&project));
    assert_eq!(files(&project, "backups").len(), 2);
    send(&leaving, Signal::TERM);
    find(&mut lines(&mut leaving), "SIGTERM: stopping in order");
    send(&leaving, Signal::INT);
    assert_eq!(until("it leaves", || leaving.try_wait().unwrap()).code(), Some(130));
    until("pg_dump is gone", || is_over(dump).then_some(()));
    assert_eq!(files(&project, "backups"), [".gitignore"]);
}

/// Whether a process is gone, or is only waited for by nobody.
fn is_over(id: Pid) -> bool {
    let state = Command::new("ps").args(["-o", "stat=", "-p", &id.as_raw_nonzero().to_string()]).output().unwrap();
    let state = String::from_utf8(state.stdout).unwrap();
    state.trim().is_empty() || state.starts_with('Z')
}

#[test]
fn a_hook_ends_and_it_is_told_that_the_deployment_is_done() {
    let (project, database) = (Project::new(), Database::new());
    project.chain(1);
    // What it waits for is a program of its own; the one behind it is not to begin.
    let hooks = "after_upgrade = [\"sleep 600 & echo $! > pid.new; mv pid.new pid; wait; true\", \"echo > after\"]\n";
    project.write("revgraph.toml", format!("[hooks]\n{hooks}"));
    let mut command = Command::new("setsid");
    let plain = project.command(&["--database", &database.url(), "upgrade"]);
    command.arg("--wait").arg(plain.get_program()).args(plain.get_args()).current_dir(project.path());
    for (name, value) in plain.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    let stopped = spawn(&mut command);
    let sleeping = until("the hook runs", || pid(&project));
    send(&stopped, Signal::TERM);
    let said = ended(stopped);
    assert_eq!(said.code, 143, "{said}");
    insta::assert_snapshot!(said.complaint(), @"
    hook: sleep 600 & echo $! > pid.new; mv pid.new pid; wait; true
    SIGTERM: stopping in order; once more leaves at once
    error: the hook `sleep 600 & echo $! > pid.new; mv pid.new pid; wait; true` failed: stopped by a signal
    help: the database is at its target and stays there; run what is left of the hooks by hand
    ");
    until("what the hook began ends", || is_over(sleeping).then_some(()));
    assert_eq!(database.applied(), ["r0001"]);
    assert!(!project.path().join("after").exists());
}

#[test]
fn the_dump_of_a_squash_and_initdb_end_too() {
    for name in ["pg_dump", "initdb"] {
        let project = Project::new();
        project.chain(2);
        let temporary = tempfile::Builder::new().prefix("rg").tempdir_in("/tmp").unwrap();
        fs::set_permissions(temporary.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let path = installation(&temporary.path().join("bin"), name);
        let mut command = project.command(&["squash", "--scratch", "programs"]);
        command.env("PATH", path).env("TMPDIR", temporary.path()).env("HOME", temporary.path());
        let stopped = spawn(command.env_remove("XDG_CACHE_HOME"));
        let noted = temporary.path().join("bin/pid");
        let number = || Pid::from_raw(fs::read_to_string(&noted).ok()?.trim().parse().ok()?);
        let running = until("the program runs", number);
        send(&stopped, Signal::TERM);
        let said = ended(stopped);
        assert_eq!(said.code, 143, "{name}: {said}");
        assert!(
            said.err.ends_with(
                "error: stopped by a signal\nhelp: run the command again: it goes on from what the ledger has\n"
            ),
            "{said}"
        );
        assert!(test_kill_process(running).is_err(), "{name} was waited for");
        assert_eq!(files(&project, "revisions").len(), 2);
    }
}

/// An installation of PostgreSQL one of whose programs takes its time. It is this one's, but for that.
fn installation(folder: &Path, slow: &str) -> String {
    fs::create_dir(folder).unwrap();
    let bin = program("postgres").parent().unwrap().to_owned();
    for entry in fs::read_dir(&bin).unwrap().flatten() {
        let name = entry.file_name().into_string().unwrap();
        let script = match name == slow {
            true => {
                format!(
                    "[ \"$1\" = --version ] && exec '{0}/{name}' \"$@\"\numask 022\necho $$ > '{1}/pid.new'\nmv '{1}/pid.new' '{1}/pid'\nexec sleep 600\n",
                    bin.display(),
                    folder.display()
                )
            }
            false => format!("exec '{}/{name}' \"$@\"\n", bin.display()),
        };
        let path = folder.join(&name);
        fs::write(&path, format!("#!/bin/sh\n{script}")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }
    fs::set_permissions(folder, fs::Permissions::from_mode(0o777)).unwrap();
    format!("{}:{}", folder.display(), std::env::var("PATH").unwrap())
}

#[test]
fn a_second_signal_leaves_no_private_server() {
    let project = Project::new();
    // It doesn't let itself be cancelled.
    let stubborn =
        "DO $$ BEGIN LOOP BEGIN PERFORM pg_sleep(600); EXCEPTION WHEN query_canceled THEN NULL; END; END LOOP; END $$";
    project.revision("r1", "", &format!("-- [up]\n{stubborn};\n-- [down]\n"));
    let temporary = tempfile::Builder::new().prefix("rg").tempdir_in("/tmp").unwrap();
    fs::set_permissions(temporary.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let mut command = project.command(&["test", "--scratch", "programs"]);
    let mut leaving = spawn(command.env("TMPDIR", temporary.path()));
    let connect = || {
        let home = homes(temporary.path()).pop()?;
        let spec = format!("host='{}' user=postgres dbname=postgres", home.join("server").display());
        spec.parse::<postgres::Config>().unwrap().connect(postgres::NoTls).ok()
    };
    let sleeping = "SELECT FROM pg_stat_activity WHERE wait_event = 'PgSleep'";
    until("it sleeps", || (!connect()?.query(sleeping, &[]).ok()?.is_empty()).then_some(()));
    send(&leaving, Signal::TERM);
    find(&mut lines(&mut leaving), "SIGTERM: stopping in order");
    send(&leaving, Signal::INT);
    assert_eq!(until("it leaves", || leaving.try_wait().unwrap()).code(), Some(130));
    until("its server has ended", || connect().is_none().then_some(()));
}
