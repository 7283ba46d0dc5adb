//! Where the project is found, what its settings may be, and where the output goes.

use std::fs;
use std::io::Read;
use std::process::Stdio;

use insta::assert_snapshot;

use super::{branched, said};
use crate::harness::{Project, Said};

#[test]
fn a_project_without_revisions() {
    let project = Project::new();
    let commands = [
        &["heads"][..],
        &["history"],
        &["branches"],
        &["plan", "upgrade", "heads", "--from", "base"],
        &["plan", "downgrade", "base", "--from", "heads"],
        &["check"],
        &["heads", "--format", "json"],
        &["show", "head"],
    ];
    let all = || commands.map(|command| format!("$ {}\n{}\n", command.join(" "), project.run(command))).concat();
    assert_snapshot!(all(), @r#"
    $ heads
    --- exit code 0
    $ history
    --- exit code 0
    $ branches
    --- exit code 0
    $ plan upgrade heads --from base
    nothing to do; then at base
    --- exit code 0
    $ plan downgrade base --from heads
    nothing to do; then at base
    --- exit code 0
    $ check
    ok: 0 revisions sound
    --- exit code 0
    $ heads --format json
    {
      "heads": [],
      "bases": [],
      "real_heads": [],
      "real_bases": []
    }
    --- exit code 0
    $ show head
    --- exit code 0
    "#);
    let with_folder = all();
    // git keeps no empty folder.
    fs::remove_dir(project.path().join("revisions")).unwrap();
    assert_eq!(all(), with_folder);
}

#[test]
fn a_folder_that_was_asked_for_must_be_there() {
    let project = Project::new();
    project.write("revgraph.toml", "revisions = \"migrations\"\n");
    assert_snapshot!(said(&project, &["heads"]), @"
    --- standard error
    error: migrations: the folder of the revisions can't be read: No such file or directory (os error 2)
    help: `revgraph init` makes a new project; `revisions = …` in revgraph.toml names another folder
    --- exit code 1
    ");
    assert_eq!(project.run(&["heads", "--format", "json"]).error()["kind"], "file");
}

#[test]
fn the_project_is_found_from_within_and_by_name() {
    let project = branched();
    let inner = project.path().join("revisions");
    let from_within = Said::from(project.command(&["show", "left1"]).current_dir(&inner).output().unwrap());
    assert!(from_within.out.contains(&inner.join("left1.sql").display().to_string()), "{from_within}");
    let elsewhere = tempfile::TempDir::new().unwrap();
    let heads = project.run(&["heads"]).out;
    for folder in [project.path(), inner.as_path()] {
        let mut command = project.command(&["--project", &folder.display().to_string(), "heads"]);
        assert_eq!(Said::from(command.current_dir(elsewhere.path()).output().unwrap()).out, heads);
    }
    assert_eq!(project.run(&["heads", "-C", "revisions"]).out, heads);
    assert_snapshot!(said(&project, &["heads", "-C", "revisoins"]), @"
    --- standard error
    error: there is no folder {}/revisoins
    help: give --project a folder of the project
    --- exit code 1
    ");
    let outside = Said::from(project.command(&["heads", "--format", "json"]).current_dir("/").output().unwrap());
    assert_eq!(outside.error()["kind"], "no_project", "{outside}");
}

#[test]
fn mistakes_in_the_settings_are_placed() {
    let project = branched();
    let mut told = String::new();
    for settings in [
        "url = \"embedded\"\nrevisons = \"r\"\n",
        "lock_wait = \"soon\"\n",
        "[scratch\n",
        "ledger_schema = \"\"\n",
        "url = 5\n",
    ] {
        project.write("revgraph.toml", settings);
        told += &format!("{}\n", project.run(&["heads"]));
        assert_eq!(project.run(&["heads", "--format", "json"]).error()["kind"], "bad_configuration");
    }
    project.write("revgraph.toml", b"url = \"\xff\"\n");
    told += &said(&project, &["heads"]);
    assert_snapshot!(told, @r#"
    --- standard error
    error: unknown field `revisons`, expected one of `url`, `revisions`, `archive`, `ledger_schema`, `lock_timeout`, `statement_timeout`, `lock_wait`, `retries`, `databases`, `scratch`, `backup`, `hooks`
     --> revgraph.toml:2:1
      |
    2 | revisons = "r"
      | ^^^^^^^^
      |
      = help: the settings are url, revisions, archive, ledger_schema, lock_timeout, statement_timeout, lock_wait, retries, [databases], [scratch] server, from, roles, sources, [backup] directory, [hooks] after_upgrade and after_downgrade; an empty file is valid
    --- exit code 1
    --- standard error
    error: "soon" is not a duration: write a whole number and a unit: 500ms, 5s, 2min, 1h, 30d, or 0
     --> revgraph.toml:1:13
      |
    1 | lock_wait = "soon"
      |             ^^^^^^
      |
      = help: the settings are url, revisions, archive, ledger_schema, lock_timeout, statement_timeout, lock_wait, retries, [databases], [scratch] server, from, roles, sources, [backup] directory, [hooks] after_upgrade and after_downgrade; an empty file is valid
    --- exit code 1
    --- standard error
    error: unclosed table, expected `]`
     --> revgraph.toml:1:9
      |
    1 | [scratch
      |         ^
      |
      = help: the settings are url, revisions, archive, ledger_schema, lock_timeout, statement_timeout, lock_wait, retries, [databases], [scratch] server, from, roles, sources, [backup] directory, [hooks] after_upgrade and after_downgrade; an empty file is valid
    --- exit code 1
    --- standard error
    error: revgraph.toml: ledger_schema is empty
    help: name a schema
    --- exit code 1
    --- standard error
    error: invalid type: integer `5`, expected a string
     --> revgraph.toml:1:7
      |
    1 | url = 5
      |       ^
      |
      = help: the settings are url, revisions, archive, ledger_schema, lock_timeout, statement_timeout, lock_wait, retries, [databases], [scratch] server, from, roles, sources, [backup] directory, [hooks] after_upgrade and after_downgrade; an empty file is valid
    --- exit code 1
    --- standard error
    error: byte 0xff is not valid UTF-8
     --> revgraph.toml:1:8
      |
    1 | url = "�"
      |        ^
      |
      = help: save the file as UTF-8
    --- exit code 1
    "#);
}

#[test]
fn colours_are_where_they_are_asked_for() {
    let project = branched();
    let heads = |arguments: &[&str], no_color: bool| {
        let mut command = project.command(arguments);
        if !no_color {
            command.env_remove("NO_COLOR");
        }
        Said::from(command.output().unwrap())
    };
    assert_eq!(heads(&["heads"], true).out, heads(&["heads"], false).out);
    assert!(!heads(&["heads"], false).out.contains('\u{1b}'));
    assert!(heads(&["heads", "--color", "always"], true).out.starts_with("\u{1b}[36mjoin\u{1b}[0m"));
    assert!(heads(&["history", "--color", "always"], true).out.contains("\u{1b}[36mjoin\u{1b}[0m"));
    assert!(heads(&["show", "zzz", "--color", "always"], true).err.starts_with('\u{1b}'));
    assert!(!heads(&["heads", "--color", "always", "--format", "json"], true).out.contains('\u{1b}'));
}

#[test]
fn a_closed_pipe_is_quiet() {
    let project = branched();
    for arguments in [&["history"][..], &["history", "--format", "json"], &["show", "heads"]] {
        let mut child = project.command(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let mut err = String::new();
        child.stderr.take().unwrap().read_to_string(&mut err).unwrap();
        assert_eq!((child.wait().unwrap().code(), err.as_str()), (Some(0), ""), "{arguments:?}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn what_can_not_be_written_is_an_error() {
    let project = branched();
    for arguments in [&["history"][..], &["heads", "--format", "json"], &["show", "heads"]] {
        let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let said = Said::from(project.command(arguments).stdout(full).output().unwrap());
        assert!(said.code == 1 && said.err.contains("standard output: No space left"), "{arguments:?}: {said}");
    }
}
