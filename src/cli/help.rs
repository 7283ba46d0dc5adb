//! `revgraph help`

use clap::error::{Error as UsageError, ErrorKind};
use clap::{Command, CommandFactory};
use strsim::jaro_winkler;

use super::completions::candidates;
use super::render::{line, lines, styled};
use super::topics::{Line, TOPICS, Topic};
use super::{BOLD, Cli};

/// Show the help of a command, or what there is to know beside the commands
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  revgraph help                  the commands and topics
  revgraph help upgrade          what `revgraph upgrade --help` says
  revgraph help archive restore
  revgraph help targets          a topic")]
pub struct Args {
    /// A command, with the command below it, or a topic
    #[arg(value_name = "COMMAND|TOPIC", add = candidates::subjects_of_help())]
    names: Vec<String>,
}

/// From this similarity on (Jaro–Winkler; 1 is equal) a name is offered in place of one that doesn't exist.
const SIMILAR: f64 = 0.7;

/// The topics, for the end of the program's own help.
pub fn topics() -> String {
    let width = TOPICS.iter().map(|topic| topic.name.len()).max().unwrap_or_default();
    let topic = |topic: &Topic| format!("\n  {:<width$}  {}", topic.name, topic.about);
    format!("Topics, shown by `revgraph help TOPIC`:{}", TOPICS.iter().map(topic).collect::<String>())
}

/// What help is asked for.
enum Subject {
    Program(Command),
    Command(Command),
    Topic(&'static Topic),
}

/// Whether what help is asked for is there: wrong usage otherwise.
pub fn check(args: &Args) -> Result<(), UsageError> {
    find(args).map(|_| ())
}

/// Shows the help of a command or a topic.
pub fn run(args: &Args) {
    match find(args) {
        Ok(Subject::Program(mut program)) => line(program.render_help().ansi().to_string().trim_end()),
        Ok(Subject::Command(mut command)) => line(command.render_long_help().ansi().to_string().trim_end()),
        Ok(Subject::Topic(topic)) => show(topic),
        // What isn't there was refused when the arguments were read.
        Err(_) => {}
    }
}

fn find(args: &Args) -> Result<Subject, UsageError> {
    let mut program = Cli::command();
    program.build();
    if let [name] = &args.names[..]
        && let Some(topic) = Topic::find(name)
    {
        return Ok(Subject::Topic(topic));
    }
    let mut command = &program;
    for (at, name) in args.names.iter().enumerate() {
        let Some(below) = command.find_subcommand(name) else {
            let message = unknown(command, &args.names[..at], name);
            return Err(program.error(ErrorKind::InvalidSubcommand, message));
        };
        command = below;
    }
    let command = command.clone();
    Ok(if args.names.is_empty() { Subject::Program(command) } else { Subject::Command(command) })
}

fn show(topic: &Topic) {
    lines(topic.lines().map(|line| match line {
        Line::Heading(text) => styled(BOLD, text),
        line => line.text().to_owned(),
    }));
}

/// What to say of a name that there isn't below a command: that is the one behind these words.
fn unknown(command: &Command, words: &[String], name: &str) -> String {
    let whole = |name: &str| words.iter().map(String::as_str).chain([name]).collect::<Vec<_>>().join(" ");
    let topics = TOPICS.iter().map(|topic| topic.name).filter(|_| words.is_empty());
    let known = command.get_subcommands().map(Command::get_name).chain(topics);
    let similar = known.map(|known| (jaro_winkler(known, name), known)).filter(|(score, _)| *score >= SIMILAR);
    match similar.max_by(|one, other| one.0.total_cmp(&other.0)) {
        Some((_, close)) => {
            format!("no command or topic is called `{}`; did you mean `{}`?", whole(name), whole(close))
        }
        None => format!("no command or topic is called `{}`; `revgraph help` lists them", whole(name)),
    }
}
