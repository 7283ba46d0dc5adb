//! The lines of a `[retire]` section: objects that are renamed away, one a line.

use std::collections::HashSet;
use std::fmt;
use std::ops::Range;

use super::name;
use super::problem::Problem;
use super::source::Source;
use super::sql::{Lexeme, Token, tokens};

/// An object that a `[retire]` section names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retiree {
    /// What it is.
    pub kind: RetireeKind,
    /// Its name as PostgreSQL keeps it, with what it stands in before it: schema and name, table and column. The schema
    /// may be left out, and is then found by the search path.
    pub names: Vec<String>,
    /// For a function or procedure, the types of its arguments as the line has them, on one line.
    pub arguments: Option<String>,
    /// Its bytes in the file.
    pub span: Range<usize>,
}

/// What can be retired.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RetireeKind {
    /// A table, partitioned or not.
    Table,
    /// A column of one.
    Column,
    /// A view.
    View,
    /// A materialized view.
    MaterializedView,
    /// A sequence that belongs to no column.
    Sequence,
    /// A type of its own or a domain.
    Type,
    /// A function.
    Function,
    /// A procedure.
    Procedure,
}

/// All of them, in the order in which messages list them.
const KINDS: [RetireeKind; 8] = [
    RetireeKind::Table,
    RetireeKind::Column,
    RetireeKind::View,
    RetireeKind::MaterializedView,
    RetireeKind::Sequence,
    RetireeKind::Type,
    RetireeKind::Function,
    RetireeKind::Procedure,
];

const HELP: &str = "write one object a line: `table app.users`, `column app.users.name`, `view …`, `materialized view …`, \
                    `sequence …`, `type …`, `function app.f(integer)`, `procedure …`";

impl RetireeKind {
    /// The word for it, which is also PostgreSQL's.
    pub fn word(self) -> &'static str {
        match self {
            RetireeKind::Table => "table",
            RetireeKind::Column => "column",
            RetireeKind::View => "view",
            RetireeKind::MaterializedView => "materialized view",
            RetireeKind::Sequence => "sequence",
            RetireeKind::Type => "type",
            RetireeKind::Function => "function",
            RetireeKind::Procedure => "procedure",
        }
    }

    /// Whether its name goes with the types of arguments.
    fn has_arguments(self) -> bool {
        matches!(self, RetireeKind::Function | RetireeKind::Procedure)
    }

    /// How many names may stand behind one another.
    fn names(self) -> std::ops::RangeInclusive<usize> {
        if self == RetireeKind::Column { 2..=3 } else { 1..=2 }
    }
}

/// The one spelling of an object, whatever the line's: what the ledger knows it by.
impl fmt::Display for Retiree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<String> = self.names.iter().map(|name| spelled(name)).collect();
        write!(f, "{} {}", self.kind.word(), names.join("."))?;
        match &self.arguments {
            Some(arguments) => write!(f, "({arguments})"),
            None => Ok(()),
        }
    }
}

/// A name with quotes where they can't be left out.
fn spelled(name: &str) -> String {
    let is_plain = |c: char| c.is_ascii_lowercase() || c == '_' || c.is_ascii_digit() || c == '$' || !c.is_ascii();
    let starts_plain = name.starts_with(|c: char| c.is_ascii_lowercase() || c == '_' || !c.is_ascii());
    match starts_plain && name.chars().all(is_plain) {
        true => name.to_owned(),
        false => format!("\"{}\"", name.replace('"', "\"\"")),
    }
}

/// The objects that a section names, in order, and what is wrong with its lines.
pub fn read(source: &Source, body: Range<usize>) -> (Vec<Retiree>, Vec<Problem>) {
    let (mut retirees, mut problems) = (Vec::new(), Vec::new());
    for line in lines(source, body) {
        match (Line { source, tokens: &line }).read() {
            Ok(retiree) => retirees.push(retiree),
            Err(problem) => problems.push(problem),
        }
    }
    (retirees, problems)
}

/// What is wrong with the `[retire]` sections of a file, given their headings and bodies.
pub fn check(source: &Source, sections: &[(Range<usize>, Range<usize>)], problems: &mut Vec<Problem>) {
    for (heading, body) in sections {
        // Two sections may name the same: there may be a new one of that name in between.
        let mut seen = HashSet::new();
        let (retirees, mistakes) = read(source, body.clone());
        if retirees.is_empty() && mistakes.is_empty() {
            problems.push(Problem::at(source, heading.clone(), "[retire] names nothing").help(HELP));
        }
        problems.extend(mistakes);
        for retiree in retirees {
            if !seen.insert(retiree.to_string()) {
                let problem = Problem::at(source, retiree.span.clone(), format!("{retiree} is retired already"));
                problems.push(problem.help("take out one of the two lines"));
            }
        }
    }
}

/// The tokens of each line that has any. What stands in parentheses may go on over several lines.
fn lines(source: &Source, body: Range<usize>) -> Vec<Vec<Token>> {
    let mut lines = vec![Vec::new()];
    let mut open = 0_usize;
    for token in tokens(source.slice(0..body.end), body.start) {
        let ends_line = token.lexeme == Lexeme::Space && open == 0 && source.slice(token.span.clone()).contains('\n');
        match token.lexeme {
            _ if ends_line => lines.push(Vec::new()),
            Lexeme::Space | Lexeme::LineComment | Lexeme::BlockComment => {}
            _ => {
                match token.lexeme {
                    Lexeme::Open => open += 1,
                    Lexeme::Close => open = open.saturating_sub(1),
                    _ => {}
                }
                lines.last_mut().into_iter().for_each(|line: &mut Vec<Token>| add(line, &token, source));
            }
        }
    }
    lines.retain(|line| !line.is_empty());
    lines
}

/// Adds a token to its line: what a name's escapes are (`UESCAPE '!'`) to the name.
fn add(line: &mut Vec<Token>, token: &Token, source: &Source) {
    let text = |token: &Token| source.slice(token.span.clone());
    match line.as_mut_slice() {
        [.., name, uescape]
            if token.lexeme == Lexeme::Text
                && name.lexeme == Lexeme::QuotedName
                && name::has_escapes(text(name))
                && text(uescape).eq_ignore_ascii_case("UESCAPE") =>
        {
            name.span.end = token.span.end;
            line.pop();
        }
        _ => line.push(token.clone()),
    }
}

/// One line that is being read; it has a token.
struct Line<'a> {
    source: &'a Source,
    tokens: &'a [Token],
}

impl<'a> Line<'a> {
    fn text(&self, token: &Token) -> &'a str {
        self.source.slice(token.span.clone())
    }

    fn whole(&self) -> Range<usize> {
        let start = self.tokens.first().map_or(0, |token| token.span.start);
        start..self.tokens.last().map_or(start, |token| token.span.end)
    }

    fn problem(&self, span: Range<usize>, message: impl Into<String>) -> Problem {
        Problem::at(self.source, span, message).help(HELP)
    }

    fn read(&self) -> Result<Retiree, Problem> {
        let (kind, rest) = self.kind()?;
        let (names, rest) = self.names(kind, rest)?;
        let (arguments, rest) = if kind.has_arguments() { self.arguments(rest)? } else { (None, rest) };
        match rest.first() {
            Some(token) => {
                let message = format!("{:?} stands behind the name of a {}", self.text(token), kind.word());
                Err(self.problem(token.span.clone(), message))
            }
            None => Ok(Retiree { kind, names, arguments, span: self.whole() }),
        }
    }

    fn kind(&self) -> Result<(RetireeKind, &'a [Token]), Problem> {
        let is = |kind: &RetireeKind| {
            let mut words = kind.word().split(' ');
            let matching = self
                .tokens
                .iter()
                .zip(words.by_ref())
                .all(|(token, word)| token.lexeme == Lexeme::Word && self.text(token).eq_ignore_ascii_case(word));
            matching && self.tokens.len() >= kind.word().split(' ').count()
        };
        match KINDS.into_iter().find(is) {
            Some(kind) => Ok((kind, self.tokens.get(kind.word().split(' ').count()..).unwrap_or_default())),
            None => {
                let span = self.tokens.first().map_or_else(|| self.whole(), |token| token.span.clone());
                let message = format!("{:?} is nothing that can be retired", self.source.slice(span.clone()));
                Err(self.problem(span, message))
            }
        }
    }

    /// Names with dots between them, and the tokens behind them.
    fn names(&self, kind: RetireeKind, mut tokens: &'a [Token]) -> Result<(Vec<String>, &'a [Token]), Problem> {
        let mut names = Vec::new();
        loop {
            match tokens {
                [first, rest @ ..] => {
                    let Some(name) = name::of(first.lexeme, self.text(first)) else {
                        let message = format!("{:?} is no name", self.text(first));
                        return Err(self.problem(first.span.clone(), message));
                    };
                    names.push(name);
                    tokens = rest;
                }
                [] => return Err(self.problem(self.whole(), format!("the name of a {} is missing", kind.word()))),
            }
            match tokens {
                [dot, rest @ ..] if self.text(dot) == "." => tokens = rest,
                _ => break,
            }
        }
        if kind.names().contains(&names.len()) {
            return Ok((names, tokens));
        }
        let message = match kind {
            RetireeKind::Column => "a column is named with its table: `column app.users.name`".to_owned(),
            kind => format!("a {} has a schema and a name, not {} names", kind.word(), names.len()),
        };
        Err(self.problem(self.whole(), message))
    }

    /// The types in parentheses, and the tokens behind them.
    fn arguments(&self, tokens: &'a [Token]) -> Result<(Option<String>, &'a [Token]), Problem> {
        let missing =
            || self.problem(self.whole(), "a function is named with the types of its arguments: `f(integer)`");
        if tokens.first().is_none_or(|token| token.lexeme != Lexeme::Open) {
            return Err(missing());
        }
        let mut depth = 0_usize;
        for (at, token) in tokens.iter().enumerate() {
            match token.lexeme {
                Lexeme::Open => depth += 1,
                Lexeme::Close => depth -= 1,
                Lexeme::Semicolon => break,
                _ => {}
            }
            if depth == 0 {
                return Ok((
                    Some(self.on_one_line(tokens.get(1..at).unwrap_or_default())),
                    tokens.get(at + 1..).unwrap_or_default(),
                ));
            }
        }
        Err(missing())
    }

    /// Tokens with one space where there was any, and none before a comma.
    fn on_one_line(&self, tokens: &[Token]) -> String {
        let mut text = String::new();
        let mut end = None;
        for token in tokens {
            let word = self.text(token);
            let apart = end.is_some_and(|end| end != token.span.start) && word != ",";
            if apart || text.ends_with(',') {
                text.push(' ');
            }
            text.push_str(word);
            end = Some(token.span.end);
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn read_all(text: &str) -> (Vec<String>, Vec<String>) {
        let source = Source::from_text(Path::new("r.sql"), text.to_owned());
        let (retirees, problems) = read(&source, 0..text.len());
        let marked = |problem: &Problem| {
            let (source, span) = problem.place().expect("a place");
            format!("{}: {}", source.slice(span), problem.message())
        };
        (retirees.iter().map(ToString::to_string).collect(), problems.iter().map(marked).collect())
    }

    #[test]
    fn objects_are_read() {
        let (retirees, problems) = read_all(
            "-- old things\n\n  TABLE App.Old_Users -- why\ncolumn app.users.\"Old \"\"name\"\"\"\n\
             materialized  view totals\n/* a\nb */ type \"status\"\ntable U&\"!00dc\" -- why\ncolumn U&\"!00dc\" uescape '!' .Ä\nfunction app.f( integer,\n    varchar (10) ,app.\"T\"[] )\n\
             procedure p()",
        );
        assert_eq!(problems, Vec::<String>::new());
        let expected = [
            "table app.old_users",
            "column app.users.\"Old \"\"name\"\"\"",
            "materialized view totals",
            "type status",
            "table \"!00dc\"",
            "column Ü.Ä",
            "function app.f(integer, varchar (10), app.\"T\"[])",
            "procedure p()",
        ];
        assert_eq!(retirees, expected);
    }

    #[test]
    fn mistakes_are_placed() {
        for (line, problem) in [
            ("index app.i", "index: \"index\" is nothing that can be retired"),
            ("materialized app.v", "materialized: \"materialized\" is nothing that can be retired"),
            ("table", "table: the name of a table is missing"),
            ("table app.", "table app.: the name of a table is missing"),
            ("table app.5", ".5: \".5\" stands behind the name of a table"),
            ("table 'users'", "'users': \"'users'\" is no name"),
            ("table a.b.c", "table a.b.c: a table has a schema and a name, not 3 names"),
            ("column users", "column users: a column is named with its table: `column app.users.name`"),
            ("table users;", ";: \";\" stands behind the name of a table"),
            ("table users, orders", ",: \",\" stands behind the name of a table"),
            ("function f", "function f: a function is named with the types of its arguments: `f(integer)`"),
            (
                "function f(integer",
                "function f(integer: a function is named with the types of its arguments: `f(integer)`",
            ),
            ("table f(integer)", "(: \"(\" stands behind the name of a table"),
        ] {
            assert_eq!(read_all(line), (Vec::new(), vec![problem.to_owned()]), "{line}");
        }
    }
}
