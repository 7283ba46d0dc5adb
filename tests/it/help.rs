//! `help`, and what is said of wrong usage.

use crate::harness::{Project, Said};

fn run(arguments: &[&str]) -> Said {
    Project::new().run(arguments)
}

#[test]
fn help_lists_commands_and_topics() {
    let said = run(&["help"]);
    assert_eq!((said.code, said.err.as_str()), (0, ""));
    for line in ["  upgrade      Bring the database to a target", "  targets      what a command can be pointed at"] {
        assert!(said.out.lines().any(|shown| shown == line), "{line}: {said}");
    }
    assert_eq!(run(&["--help"]).out.lines().last(), said.out.lines().last());
}

#[test]
fn help_shows_a_topic_or_the_help_of_a_command() {
    let topic = run(&["help", "targets"]);
    assert!(topic.out.starts_with("A target is what a command is pointed at"), "{topic}");
    assert_eq!(run(&["help", "upgrade"]), run(&["upgrade", "--help"]));
    assert_eq!(run(&["help", "archive", "restore"]), run(&["archive", "restore", "--help"]));
    assert_eq!(run(&["help", "new"]), run(&["revision", "--help"]));
}

#[test]
fn what_help_does_not_have_is_wrong_usage_and_the_like_of_it_is_named() {
    insta::assert_snapshot!(run(&["help", "targts"]), @"
    --- standard error
    error: no command or topic is called `targts`; did you mean `targets`?

    Usage: revgraph [OPTIONS] <COMMAND>

    For more information, try '--help'.
    --- exit code 2
    ");
    for (words, close) in [
        (&["upgrad"][..], "did you mean `upgrade`?"),
        (&["archive", "restor"], "did you mean `archive restore`?"),
        (&["exitcodes"], "did you mean `exit-codes`?"),
        (&["upgrade", "heads"], "`upgrade heads`; `revgraph help` lists them"),
        (&["qqqq"], "`qqqq`; `revgraph help` lists them"),
    ] {
        let said = run(&[&["help"], words].concat());
        assert_eq!(said.code, 2, "{said}");
        assert!(said.err.contains(close), "{said}");
    }
}

#[test]
fn a_misspelt_command_is_recognized_and_a_missing_one_gets_help() {
    let said = run(&["upgade"]);
    assert_eq!((said.code, said.out.as_str()), (2, ""));
    assert!(said.err.contains("'upgrade'"), "{said}");
    for words in [&[][..], &["archive"], &["retired"]] {
        let said = run(words);
        assert_eq!(said.code, 2, "{said}");
        assert!(said.err.contains("\nCommands:\n"), "{said}");
    }
}

#[test]
fn what_is_said_of_wrong_usage_is_shown_and_not_obeyed() {
    for arguments in [
        &["upgrade", "--\x1b[2J"][..],
        &["\x1b]0;title\x07"],
        &["upgrade", "--retries", "\u{9b}2J\u{202e}"],
        &["--format", "\x1b[8m", "heads"],
        &["help", "\x1b[2J"],
    ] {
        let said = run(arguments);
        assert_eq!(said.code, 2, "{arguments:?}: {said}");
        let acted_on = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
        assert!(!said.err.contains(acted_on), "{arguments:?}: {:?}", said.err);
    }
}
