//! What there is to know beside the commands: texts for `revgraph help TOPIC` and for manual pages.
//!
//! A line in capitals is a heading, an indented line stands as it is, all others are running text.

/// A text on one thing.
pub struct Topic {
    /// The name that it is asked for by.
    pub name: &'static str,
    /// What it is about, in a few words.
    pub about: &'static str,
    /// The text.
    pub text: &'static str,
}

/// All topics, in the order that they are listed in.
pub static TOPICS: [Topic; 10] = [
    Topic { name: "targets", about: "what a command can be pointed at", text: include_str!("topics/targets.txt") },
    Topic { name: "files", about: "what stands in a revision's file", text: include_str!("topics/files.txt") },
    Topic { name: "config", about: "revgraph.toml: all settings", text: include_str!("topics/config.txt") },
    Topic { name: "environment", about: "the variables that count", text: include_str!("topics/environment.txt") },
    Topic { name: "exit-codes", about: "how a command ended", text: include_str!("topics/exit-codes.txt") },
    Topic { name: "json", about: "output and errors for tools", text: include_str!("topics/json.txt") },
    Topic { name: "proof", about: "how a squash is proved", text: include_str!("topics/proof.txt") },
    Topic {
        name: "baselines",
        about: "databases, baselines and the archive",
        text: include_str!("topics/baselines.txt"),
    },
    Topic { name: "ledger", about: "what a database knows of its history", text: include_str!("topics/ledger.txt") },
    Topic { name: "locks", about: "deployers, waits and interruptions", text: include_str!("topics/locks.txt") },
];

/// What a line of a topic is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Line<'t> {
    /// The heading of what follows.
    Heading(&'t str),
    /// One that stands as it is.
    Verbatim(&'t str),
    /// A piece of running text.
    Text(&'t str),
    /// Between two paragraphs.
    Blank,
}

impl<'t> Line<'t> {
    /// What stands on it.
    pub fn text(&self) -> &'t str {
        match self {
            Line::Heading(text) | Line::Verbatim(text) | Line::Text(text) => text,
            Line::Blank => "",
        }
    }
}

impl Topic {
    /// The topic of that name.
    pub fn find(name: &str) -> Option<&'static Topic> {
        TOPICS.iter().find(|topic| topic.name == name)
    }

    /// Its lines.
    pub fn lines(&self) -> impl Iterator<Item = Line<'static>> {
        self.text.lines().map(|line| match line {
            "" => Line::Blank,
            line if line.starts_with(' ') => Line::Verbatim(line),
            line if !line.contains(|c: char| c.is_lowercase()) => Line::Heading(line),
            line => Line::Text(line),
        })
    }
}

#[cfg(test)]
mod tests;
