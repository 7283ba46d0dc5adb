//! Completing words: what is offered, and that bash, zsh and fish put it in.

mod shells;

use crate::harness::{Project, Said};

/// Two branches, one of them labelled, a retired table, and settings that name databases.
fn shop() -> Project {
    let project = Project::new();
    project
        .write("revgraph.toml", "[databases]\nstaging = \"postgres://app:s3cret@staging/shop\"\nold = \"embedded\"\n");
    project.revision(
        "3f9a1c0b7d2e",
        "message: add users\ncreated: 2026-01-01T00:00:00Z\nlabels: accounts",
        "-- [up]\n",
    );
    let retire = "-- [up]\n\n-- [retire]\ntable app.users\n";
    let header = "message: retire users\ncreated: 2026-01-02T00:00:00Z\nparents: 3f9a1c0b7d2e";
    project.revision("3f00aa11bb22", header, retire);
    project.revision("7c1d22aa90fe", "message: add bills\ncreated: 2026-01-03T00:00:00Z", "-- [up]\n");
    project
}

/// What a shell is given for words, the last of which is being typed.
fn ask(project: &Project, shell: &str, words: &[&str]) -> Said {
    let words = [&["--", "revgraph"], words].concat();
    Said::from(project.command(&words).env("REVGRAPH_COMPLETE", shell).output().unwrap())
}

/// The values that are offered.
fn offered(project: &Project, words: &[&str]) -> Vec<String> {
    let said = ask(project, "fish", words);
    assert_eq!((said.code, said.err.as_str()), (0, ""), "{said}");
    said.out.lines().map(|line| line.split('\t').next().unwrap_or_default().to_owned()).collect()
}

#[test]
fn targets_are_words_branches_and_revisions_the_newest_first() {
    let project = shop();
    let said = ask(&project, "fish", &["upgrade", ""]);
    insta::assert_snapshot!(said, @"
    heads	every head
    head	the only head
    base	below every revision
    current	what the database is at
    +1	one revision up
    -1	one revision down
    accounts	branch of 3f9a1c0b7d2e: add users
    accounts@head	the only head of accounts
    7c1d22aa90fe	add bills
    3f00aa11bb22	retire users
    3f9a1c0b7d2e	add users
    --- exit code 0
    ");
    for command in ["downgrade", "plan upgrade", "stamp", "show", "merge", "edit", "squash --to", "revision --parent"] {
        let words: Vec<&str> = command.split(' ').chain(["3f"]).collect();
        assert_eq!(offered(&project, &words), ["3f00aa11bb22", "3f9a1c0b7d2e"], "{command}");
    }
}

#[test]
fn what_is_typed_narrows_what_is_offered() {
    let project = shop();
    for (words, expected) in [
        (&["upgrade", "acc"][..], &["accounts", "accounts@head"][..]),
        (&["upgrade", "accounts@h"], &["accounts@head", "accounts@heads"]),
        (&["downgrade", "accounts@-"], &["accounts@-1"]),
        (&["upgrade", "+"], &["+1"]),
        (&["upgrade", "7c1d22aa90fe", "he"], &["heads", "head"]),
        (&["upgrade", "--", "-"], &["-1"]),
        (&["history", "-r", "3f9a:7c"], &["3f9a:7c1d22aa90fe"]),
        (&["history", "--range=:7c"], &["--range=:7c1d22aa90fe"]),
        (&["plan", "upgrade", "heads", "--from", "base,7c"], &["base,7c1d22aa90fe"]),
        (&["revision", "-m", "add users", "--depends-on", "acc"], &["accounts"]),
        (&["repair", "--accept", "7"], &["7c1d22aa90fe"]),
        (&["upgrade", "-d", ""], &["old", "staging", "embedded"]),
        (&["archive", "restore", "x", "--without", ""], &["old", "staging", "url"]),
        (&["diff", "st"], &["staging"]),
        (&["diff", "staging", "head"], &["heads", "head"]),
        (&["retired", "restore", ""], &["app.users"]),
        (&["lint", "revisions/7"], &["revisions/7c1d22aa90fe.sql"]),
        (&["lint", "--without", "missing-down,empty"], &["missing-down,empty-down"]),
        (&["drift", "--ignore", "owners,gr"], &["owners,grants"]),
        (&["squash", "--mode", "c"], &["concat"]),
        (&["comp"], &["completions"]),
        (&["retired", ""], &["list", "restore", "purge"]),
        (&["upgrade", "nothing"], &[]),
    ] {
        assert_eq!(offered(&project, words), expected, "{words:?}");
    }
}

#[test]
fn the_project_is_the_one_that_the_line_names() {
    let (project, elsewhere) = (shop(), Project::new());
    let folder = project.path().display().to_string();
    assert_eq!(offered(&elsewhere, &["upgrade", "7c"]), [""; 0]);
    assert_eq!(offered(&elsewhere, &["-C", &folder, "upgrade", "7c"]), ["7c1d22aa90fe"]);
    let within = project.path().join("revisions");
    let mut command = project.command(&["--", "revgraph", "upgrade", "7c"]);
    let said = Said::from(command.env("REVGRAPH_COMPLETE", "zsh").current_dir(within).output().unwrap());
    assert_eq!(said.out, "7c1d22aa90fe\tadd bills\n");
}

#[test]
fn whatever_is_wrong_what_can_be_read_is_offered_and_nothing_is_said() {
    let nowhere = Project::new();
    std::fs::remove_file(nowhere.path().join("revgraph.toml")).unwrap();
    assert_eq!(offered(&nowhere, &["upgrade", "h"]), ["heads", "head"]);
    assert_eq!(offered(&nowhere, &["upgrade", "-C", "/no/such/folder", "h"]), ["heads", "head"]);

    let broken = shop();
    broken.write("revgraph.toml", "url = ");
    broken.write("revisions/broken.sql", "-- revision: ?\n");
    broken.revision("aaaa", "parents: nobody", "-- [up]\n");
    assert_eq!(offered(&broken, &["upgrade", "7"]), ["7c1d22aa90fe"]);
    assert_eq!(offered(&broken, &["upgrade", "a"]), ["accounts", "accounts@head", "aaaa"]);

    for words in [&["nonsense", ""][..], &["upgrade", "--nonsense", "x", ""], &[]] {
        let said = ask(&broken, "bash", words);
        assert_eq!((said.code, said.err.as_str()), (0, ""), "{words:?}: {said}");
    }
    let said = ask(&broken, "tcsh", &["upgrade", ""]);
    assert_eq!((said.code, said.out.as_str(), said.err.as_str()), (0, "", ""));
}

#[test]
fn a_message_reaches_the_terminal_as_a_line_that_is_shown() {
    let project = Project::new();
    project.revision("aaaa", "message: a\tb\x1b[2J\u{202e}c", "-- [up]\n");
    assert_eq!(ask(&project, "fish", &["upgrade", "aa"]).out, "aaaa\ta\u{fffd}b\u{fffd}[2J\u{fffd}c\n");
}

#[test]
fn no_password_is_offered() {
    let project = shop();
    let said = ask(&project, "fish", &["upgrade", "-d", ""]);
    assert!(!said.out.contains("s3cret") && said.out.contains("staging"), "{said}");
}

#[test]
fn what_a_baseline_replaced_is_offered_where_nothing_else_fits() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"));
    let here = Project::new();
    let words = |word: &'static str| ["-C", root, "archive", word, ""];
    assert_eq!(offered(&here, &words("restore")), ["a136ce22edef"]);
    assert_eq!(offered(&here, &words("prune")), ["a136ce22edef"]);
    assert_eq!(offered(&here, &["-C", root, "graph", "--expand", "a"]), ["all", "a136ce22edef"]);
    assert_eq!(offered(&here, &["-C", root, "archive", "show", "c0"]), ["c05a8f3de671"]);
    assert_eq!(offered(&here, &["-C", root, "downgrade", "c0"]), ["c05a8f3de671"]);
    assert!(!offered(&here, &["-C", root, "downgrade", ""]).contains(&"c05a8f3de671".to_owned()));
}

#[test]
fn every_shell_has_its_script() {
    let project = Project::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let said = project.run(&["completions", shell]);
        assert_eq!(said.code, 0, "{said}");
        assert!(said.out.contains("REVGRAPH_COMPLETE"), "{said}");
    }
    let said = project.run(&["completions", "tcsh"]);
    assert_eq!(said.code, 2, "{said}");
}

#[test]
fn a_variable_that_was_left_about_keeps_no_command_from_running() {
    let project = shop();
    for shell in ["bash", "nosuch"] {
        let said = Said::from(project.command(&["heads"]).env("REVGRAPH_COMPLETE", shell).output().unwrap());
        assert!(said.code == 0 && said.out.contains("3f00aa11bb22"), "{said}");
    }
}
