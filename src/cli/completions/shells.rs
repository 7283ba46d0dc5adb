//! How each shell asks, and how it is answered.

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::Path;

use clap::{Command, ValueEnum};
use clap_complete::engine::{CompletionCandidate, complete};
use clap_complete::env::{Elvish, EnvCompleter, Powershell, Shells};

use crate::database::acts_on_terminal;

/// All shells.
pub const SHELLS: Shells<'static> = Shells(&[&BASH, &ZSH, &FISH, &Elvish, &Powershell]);

/// A shell by its name.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Shell {
    Bash,
    Zsh,
    Fish,
    Elvish,
    Powershell,
}

impl Shell {
    /// What speaks with it.
    pub fn adapter(self) -> &'static dyn EnvCompleter {
        match self {
            Shell::Bash => &BASH,
            Shell::Zsh => &ZSH,
            Shell::Fish => &FISH,
            Shell::Elvish => &Elvish,
            Shell::Powershell => &Powershell,
        }
    }
}

static BASH: Own = Own { name: "bash", script: include_str!("revgraph.bash"), is_quoted: true };
static ZSH: Own = Own { name: "zsh", script: include_str!("revgraph.zsh"), is_quoted: false };
static FISH: Own = Own { name: "fish", script: include_str!("revgraph.fish"), is_quoted: false };

/// A shell whose script is ours. It gives the words up to the cursor as arguments, and is given a line for each candidate:
/// the value, and behind a tab what it means.
struct Own {
    name: &'static str,
    script: &'static str,
    /// Whether the shell puts values in as they are, without quoting what they need to have quoted.
    is_quoted: bool,
}

impl EnvCompleter for Own {
    fn name(&self) -> &'static str {
        self.name
    }

    fn is(&self, name: &str) -> bool {
        name == self.name
    }

    fn write_registration(&self, _: &str, _: &str, _: &str, _: &str, buffer: &mut dyn Write) -> io::Result<()> {
        buffer.write_all(self.script.as_bytes())
    }

    fn write_complete(
        &self,
        command: &mut Command,
        words: Vec<OsString>,
        folder: Option<&Path>,
        buffer: &mut dyn Write,
    ) -> io::Result<()> {
        let last = words.len().saturating_sub(1);
        let nothing_typed = words.last().is_some_and(|word| word.is_empty());
        let candidates = complete(command, words, last, folder)?;
        for line in lines(&candidates, nothing_typed, self.is_quoted) {
            writeln!(buffer, "{line}")?;
        }
        Ok(())
    }
}

/// A line for each candidate that fits on one. Where nothing is typed yet and something else is possible, options are
/// left out: every command has a dozen of them.
fn lines(candidates: &[CompletionCandidate], nothing_typed: bool, is_quoted: bool) -> Vec<String> {
    let of = |candidate: &CompletionCandidate| {
        let value = candidate.get_value().to_str().filter(|value| !value.contains(acts_on_terminal))?;
        let value = if is_quoted { quoted(value) } else { value.to_owned() };
        let help = candidate.get_help().map(ToString::to_string).unwrap_or_default();
        match help.lines().next().unwrap_or_default() {
            "" => Some(value),
            help => Some(format!("{value}\t{help}")),
        }
    };
    let is_option = |candidate: &&CompletionCandidate| {
        let value = candidate.get_value().as_encoded_bytes();
        value.starts_with(b"--") || matches!(value, [b'-', letter] if letter.is_ascii_alphabetic())
    };
    let others: Vec<String> = candidates.iter().filter(|candidate| !is_option(candidate)).filter_map(of).collect();
    match nothing_typed && !others.is_empty() {
        true => others,
        false => candidates.iter().filter_map(of).collect(),
    }
}

/// A value with a backslash before what a shell would act on.
fn quoted(value: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "@%+=:,./~^_-".contains(c);
    let escaped = |c: char| if is_plain(c) { c.to_string() } else { format!("\\{c}") };
    value.chars().map(escaped).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_left_out_only_where_nothing_is_typed_and_something_else_fits() {
        let all = ["--sql", "-q", "-1", "heads"].map(CompletionCandidate::new);
        assert_eq!(lines(&all, true, false), ["-1", "heads"]);
        assert_eq!(lines(&all, false, false), ["--sql", "-q", "-1", "heads"]);
        assert_eq!(lines(&all[..2], true, false), ["--sql", "-q"]);
    }

    #[test]
    fn a_candidate_is_a_line_that_a_shell_does_not_act_on() {
        let odd = ["two\nlines", "escape\x1b", "$(touch x) `y`", "größe"].map(CompletionCandidate::new);
        assert_eq!(lines(&odd, true, true), ["\\$\\(touch\\ x\\)\\ \\`y\\`", "größe"]);
    }
}
