//! Every line under "Examples:" in the help of every command is run, in a project and on a database of which it is true.

mod scenes;

use std::num::NonZero;
use std::process::Command;
use std::thread;

use crate::harness::{Project, Said, Terminal};
use scenes::{Archives, Scene, Shop};

/// The examples that are to end otherwise than with 0.
const ENDS: [(&str, i32); 3] = [
    // It shows what would go, and wants to be told again.
    ("revgraph archive prune 3f9a", 1),
    // What revisions do is a difference.
    ("revgraph diff head~:head", 3),
    ("revgraph diff base head~2", 3),
];

/// The commands below a command's words, by its help.
fn below(project: &Project, words: &[String]) -> Vec<String> {
    let help = help(project, words);
    let Some((_, list)) = help.split_once("\nCommands:\n") else { return Vec::new() };
    let lines = list.lines().take_while(|line| !line.is_empty());
    let named = lines.filter_map(|line| line.strip_prefix("  ")?.split(' ').next().filter(|name| !name.is_empty()));
    named.map(str::to_owned).collect()
}

fn help(project: &Project, words: &[String]) -> String {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let said = project.run(&[&["help"], &words[..]].concat());
    assert_eq!(said.code, 0, "{said}");
    said.out
}

/// The words of every command, those below others too.
fn commands(project: &Project) -> Vec<Vec<String>> {
    let mut commands: Vec<Vec<String>> = below(project, &[]).into_iter().map(|name| vec![name]).collect();
    for command in commands.clone() {
        commands.extend(below(project, &command).into_iter().map(|name| [&command[..], &[name]].concat()));
    }
    commands
}

/// The examples of a command, without what stands behind them.
fn examples(project: &Project, command: &[String]) -> Vec<String> {
    let help = help(project, command);
    let (_, examples) = help.split_once("\nExamples:\n").unwrap_or_else(|| panic!("no examples: {help}"));
    let line = |line: &str| line.trim().split("  ").next().unwrap_or_default().to_owned();
    examples.lines().map(line).filter(|example| !example.is_empty()).collect()
}

/// Runs an example as a user would: in a shell, on a terminal, where he agrees to what he is asked.
fn run(scene: &Scene, example: &str) -> Said {
    let mut command = Command::new("sh");
    command.args(["-c", example]).current_dir(scene.project.path());
    scene.set_environment(&mut command);
    let mut terminal = Terminal::start(command);
    terminal.press("y\ny\n");
    terminal.end()
}

#[test]
fn every_example_in_the_help_can_be_run() {
    let project = Project::new();
    let commands = commands(&project);
    assert!(commands.len() > 35 && commands.contains(&vec!["archive".to_owned(), "list".to_owned()]), "{commands:?}");
    let mut all: Vec<String> = commands.iter().flat_map(|command| examples(&project, command)).collect();
    assert!(commands.len() < all.len() && all.iter().all(|example| example.starts_with("revgraph ")), "{all:?}");
    all.sort_unstable();
    all.dedup();

    let (shop, archives) = (Shop::new(), Archives::new());
    let attempt = |example: &String| {
        let scene = scenes::of(example, &shop, &archives);
        let said = run(&scene, &scene.true_to_life(example));
        let expected = ENDS.iter().find(|(line, _)| line == example).map_or(0, |(_, code)| *code);
        (said.code != expected).then(|| format!("{example}\n{said}, not {expected}\n"))
    };
    let threads = thread::available_parallelism().map_or(1, NonZero::get);
    let failures: Vec<String> = thread::scope(|scope| {
        let shares = all.chunks(all.len().div_ceil(threads));
        let runs: Vec<_> =
            shares.map(|share| scope.spawn(|| share.iter().filter_map(&attempt).collect::<Vec<_>>())).collect();
        runs.into_iter().flat_map(|run| run.join().unwrap()).collect()
    });
    assert!(failures.is_empty(), "{} of {}:\n{}", failures.len(), all.len(), failures.join("\n"));
}
