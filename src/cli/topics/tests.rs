//! What the topics say is so, as far as that can be asked.

use std::collections::BTreeSet;

use super::*;
use crate::graph::{Range, Target};
use crate::project::Config;
use crate::revision::{Revision, Source};

/// The first words of the lines that stand as they are, the words of several columns among them.
fn words(name: &str) -> BTreeSet<&'static str> {
    let topic = Topic::find(name).unwrap();
    let verbatim = topic.lines().filter_map(|line| match line {
        Line::Verbatim(line) => Some(line),
        _ => None,
    });
    verbatim.flat_map(|line| line.split([' ', ',', '"']).filter(|word| !word.is_empty())).collect()
}

/// What a source file's function `kind` gives: the words in quotes behind `=>`.
fn kinds(source: &'static str) -> impl Iterator<Item = &'static str> {
    let function = source.split("pub fn kind").nth(1).unwrap().split("\n    }\n").next().unwrap();
    let lines = function.lines().filter(|line| line.contains("=> \""));
    lines.filter_map(|line| line.split("=> \"").nth(1)?.split('"').next())
}

#[test]
fn topics_are_as_wide_as_a_terminal_and_told_apart_from_commands() {
    for topic in &TOPICS {
        for line in topic.text.lines() {
            assert!(line.chars().count() <= 100, "{}: {line}", topic.name);
        }
        assert!(topic.text.ends_with('\n') && !topic.text.contains(['\t', '\r']), "{}", topic.name);
    }
    let program = <crate::cli::Cli as clap::CommandFactory>::command();
    for topic in &TOPICS {
        assert!(program.find_subcommand(topic.name).is_none(), "{} is a command", topic.name);
    }
}

#[test]
fn every_target_that_is_shown_is_one() {
    let mut shown = 0;
    for line in Topic::find("targets").unwrap().lines() {
        let Line::Verbatim(line) = line else { continue };
        let text = line.split_whitespace().next().unwrap();
        let is_one = match text.contains(':') {
            true => text.parse::<Range>().is_ok(),
            false => text.parse::<Target>().is_ok(),
        };
        assert!(is_one, "{text}");
        shown += 1;
    }
    assert!(shown > 20, "{shown}");
}

#[test]
fn every_setting_is_shown_with_its_default() {
    let verbatim = Topic::find("config").unwrap().lines().filter_map(|line| match line {
        Line::Verbatim(line) => Some(line.trim_start()),
        _ => None,
    });
    // Those that have no default stand in comments.
    let is_setting = |comment: &str| comment.split_whitespace().nth(1) == Some("=");
    let text: String = verbatim
        .map(|line| line.strip_prefix("# ").filter(|comment| is_setting(comment)).unwrap_or(line))
        .flat_map(|line| [line, "\n"])
        .collect();
    let shown: toml::Table = text.parse().unwrap();
    let config = Config::parse(&Source::from_text("revgraph.toml".as_ref(), text.clone())).unwrap();

    // What is shown of those without a default has to be named here; all others are what they are anyway.
    let examples = Config {
        url: config.url.clone(),
        statement_timeout: config.statement_timeout,
        databases: config.databases.clone(),
        scratch: crate::project::Scratch {
            from: config.scratch.from,
            sources: config.scratch.sources.clone(),
            ..Config::default().scratch
        },
        ..Config::default()
    };
    assert_eq!(config, examples);

    // A setting that is none has its name in the message, and the message names all there are.
    let none = Source::from_text("revgraph.toml".as_ref(), "none = 1".to_owned());
    let said = Config::parse(&none).unwrap_err().to_string();
    let known = said.split('`').skip(3).step_by(2).collect::<BTreeSet<_>>();
    assert_eq!(known, shown.keys().map(String::as_str).collect(), "{said}");
    for section in ["scratch", "backup", "hooks"] {
        let none = Source::from_text("revgraph.toml".as_ref(), format!("[{section}]\nnone = 1"));
        let said = Config::parse(&none).unwrap_err().to_string();
        let known = said.split('`').skip(3).step_by(2).collect::<BTreeSet<_>>();
        let of_section = shown[section].as_table().unwrap();
        assert_eq!(known, of_section.keys().map(String::as_str).collect(), "{said}");
    }
}

#[test]
fn every_exit_code_is_explained() {
    let words = words("exit-codes");
    for code in [0, crate::cli::FAILED, crate::cli::USAGE, crate::cli::FOUND, 128 + 2, 128 + 15] {
        assert!(words.contains(code.to_string().as_str()), "{code}");
    }
}

#[test]
fn every_kind_of_error_is_listed() {
    let words = words("json");
    let of_graph: Vec<&str> = kinds(include_str!("../../graph/error.rs")).collect();
    assert!(of_graph.len() >= 20, "{of_graph:?}");
    let others = [
        include_str!("../../error/kind.rs"),
        include_str!("../../database/error.rs"),
        include_str!("../../database/sources.rs"),
        include_str!("../../graph/convex.rs"),
        include_str!("../../operation/archive/error.rs"),
        include_str!("../../operation/backup.rs"),
        include_str!("../../operation/squash/failure.rs"),
    ];
    for kind in of_graph.into_iter().chain(others.into_iter().flat_map(kinds)) {
        assert!(words.contains(kind) || kind == "invalid", "{kind}");
    }
}

#[test]
fn every_key_and_section_of_a_file_is_explained() {
    let words = words("files");
    let header = crate::revision::HEADER_KEYS;
    assert!(header.iter().all(|key| words.contains(key)), "{header:?}");
    for section in ["up", "down", "verify", "batch", "load", "retire"] {
        assert!(words.contains(format!("[{section}]").as_str()) || words.contains(format!("[{section}").as_str()));
    }
    let example: String = Topic::find("files")
        .unwrap()
        .text
        .lines()
        .skip_while(|line| !line.starts_with("  -- revision:"))
        .take_while(|line| line.is_empty() || line.starts_with(' '))
        .map(|line| line.trim_start().to_owned() + "\n")
        .collect();
    let revision = Revision::parse(Source::from_text("example.sql".as_ref(), example)).unwrap();
    assert_eq!((revision.id.as_str(), revision.sections.len()), ("3f9a1c0b7d2e", 3));
}
