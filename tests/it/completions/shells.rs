//! The shells themselves: what is on their line after a tab.

use std::env;
use std::ffi::OsString;
use std::path::Path;
use std::process::Command;

use super::shop;
use crate::harness::{Project, Terminal};

/// The folders of programs, the one of revgraph first.
fn path() -> OsString {
    let own = Path::new(env!("CARGO_BIN_EXE_revgraph")).parent().unwrap().to_owned();
    let others = env::var_os("PATH").unwrap_or_default();
    env::join_paths([own].into_iter().chain(env::split_paths(&others))).unwrap()
}

/// A shell in the project, which reads nobody's settings.
fn shell(project: &Project, program: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(project.path()).env("PATH", path()).env("HOME", project.path());
    command.env("TERM", "dumb").env("PS1", "[\\#] ").env_remove("PROMPT_COMMAND").env_remove("ZDOTDIR");
    command
}

/// Types each of the lines, in which there are tabs, and has the shell print what has become of it instead of running it.
fn typed(mut terminal: Terminal, prompt: &str, load: &str, lines: &[&str]) -> Vec<String> {
    let mut number = 1;
    let mut say = |keys: &str| {
        // Keys that come before the shell reads them by itself are the terminal's to deal with.
        terminal.until(&prompt.replace('#', &number.to_string()));
        terminal.press(&format!("{keys}\n"));
        number += 1;
    };
    say(load);
    // To the line's beginning, where it becomes a comment's like.
    lines.iter().for_each(|line| say(&format!("{line}\x01echo \"<\" ")));
    say("exit");
    let said = terminal.end();
    said.out.lines().filter_map(|line| line.strip_prefix("< ")).map(str::to_owned).collect()
}

/// What is typed and what becomes of it, in any shell.
const LINES: [(&str, &str); 9] = [
    ("revgraph upg\t7c\t", "revgraph upgrade 7c1d22aa90fe"),
    ("revgraph upgrade acc\t@\t", "revgraph upgrade accounts@"),
    ("revgraph upgrade accounts@ba\t", "revgraph upgrade accounts@base"),
    ("revgraph upgrade acc\t@ba\t+\t", "revgraph upgrade accounts@base +1"),
    ("revgraph history -r 3f9a:7\t", "revgraph history -r 3f9a:7c1d22aa90fe"),
    ("revgraph upgrade --database=st\t", "revgraph upgrade --database=staging"),
    ("revgraph downgrade -1 --dr\t", "revgraph downgrade -1 --dry-run"),
    ("revgraph -d old upgrade 3f9\t", "revgraph -d old upgrade 3f9a1c0b7d2e"),
    ("revgraph lint revis\t7\t", "revgraph lint revisions/7c1d22aa90fe.sql"),
];

#[test]
fn bash_completes() {
    let project = shop();
    let terminal = Terminal::start(shell(&project, "bash", &["--norc", "--noprofile", "-i"]));
    let (lines, expected): (Vec<&str>, Vec<&str>) = LINES.into_iter().unzip();
    assert_eq!(typed(terminal, "[#] ", "eval \"$(revgraph completions bash)\"", &lines), expected);
}

#[test]
fn zsh_completes() {
    let project = shop();
    let mut command = shell(&project, "zsh", &["-f", "-i"]);
    command.env("PS1", "[%h] ");
    let load = "autoload -U compinit; compinit -D -u; source <(revgraph completions zsh)";
    let (lines, expected): (Vec<&str>, Vec<&str>) = LINES.into_iter().unzip();
    assert_eq!(typed(Terminal::start(command), "[#] ", load, &lines), expected);
}

#[test]
fn fish_completes() {
    let project = shop();
    for (line, expected) in [
        ("revgraph upgrade 7", "7c1d22aa90fe\tadd bills\n"),
        ("revgraph upgrade accounts@ba", "accounts@base\tbelow this branch\n"),
        ("revgraph upgrade 3f9a +", "+1\tone revision up\n"),
        ("echo x | revgraph history -r 3f9a:7", "3f9a:7c1d22aa90fe\tadd bills\n"),
        (
            "revgraph archive res",
            "restore\tUndo a squash: the originals come back as they were, and the baseline goes\n",
        ),
    ] {
        let script = "revgraph completions fish | source; complete --do-complete $argv[1]";
        let output = shell(&project, "fish", &["--no-config", "-c", script, line]).output().unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stdout), expected, "{line}: {output:?}");
    }
}

/// What bash's function gives for a line whose words bash takes apart like this; the last one is being typed.
fn reply(project: &Project, line: &str, words: &[&str], last: &str) -> String {
    let script = r#"
        eval "$(revgraph completions bash)"
        COMP_LINE=$1 COMP_POINT=${#1} COMP_TYPE=63 last=$2
        shift 2
        COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
        _revgraph revgraph "$last"
        printf '%s\n' "${COMPREPLY[@]}"
    "#;
    let arguments = [&["--norc", "-c", script, "bash", line, last], words].concat();
    let output = shell(project, "bash", &arguments).output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn bash_gets_what_stands_behind_the_places_where_it_takes_words_apart() {
    let project = shop();
    let words = ["revgraph", "upgrade", "accounts", "@", "ba"];
    assert_eq!(reply(&project, "revgraph upgrade accounts@ba", &words, "ba"), "base\n");
    let words = ["revgraph", "history", "-r", "3f9a", ":", "7"];
    assert_eq!(reply(&project, "revgraph history -r 3f9a:7", &words, "7"), "7c1d22aa90fe\n");
    // A quote that is still open is in the word, but not in what bash replaces.
    assert_eq!(reply(&project, "revgraph -d \"st", &["revgraph", "-d", "\"st"], "st"), "staging\n");
    let words = ["revgraph", "revision", "-m", "'add users @ home'", "--parent", "7"];
    assert_eq!(reply(&project, "revgraph revision -m 'add users @ home' --parent 7", &words, "7"), "7c1d22aa90fe\n");
}

/// Where several are possible, bash shows what each one is, and puts in no more than they have in common.
#[test]
fn bash_shows_messages_beside_ids() {
    let shown = "3f00aa11bb22  (retire users)\n3f9a1c0b7d2e  (add users)\n";
    assert_eq!(reply(&shop(), "revgraph upgrade 3", &["revgraph", "upgrade", "3"], "3"), shown);
}
