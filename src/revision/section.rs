//! The parts of a revision file, and the options that their lines give.

use std::ops::Range;
use std::time::Duration;

use super::name;
use super::sql::{Lexeme, Statement, tokens};

/// One section of a revision, in the order of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// What it does, with its options.
    pub kind: SectionKind,
    /// The bytes of its own line, without the line's end.
    pub heading: Range<usize>,
    /// The bytes after its line, up to the next section or the end.
    pub body: Range<usize>,
    /// The statements of the body.
    pub statements: Vec<Statement>,
}

/// What a section does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SectionKind {
    /// Statements on the way up.
    Up(RunOptions),
    /// Statements on the way down.
    Down(RunOptions),
    /// Queries that prove the revision's work: no row, or one row whose `ok` is true.
    Verify,
    /// One statement, run until it touches no row.
    Batch(BatchOptions),
    /// A query on another database, streamed into a table.
    Load(LoadOptions),
    /// Objects to be renamed away.
    Retire,
}

impl SectionKind {
    /// The word in the brackets.
    pub fn name(&self) -> &'static str {
        match self {
            SectionKind::Up(_) => "up",
            SectionKind::Down(_) => "down",
            SectionKind::Verify => "verify",
            SectionKind::Batch(_) => "batch",
            SectionKind::Load(_) => "load",
            SectionKind::Retire => "retire",
        }
    }

    /// Whether it runs on the way up and is covered by the `up` checksum.
    pub fn is_up_side(&self) -> bool {
        matches!(self, SectionKind::Up(_) | SectionKind::Batch(_) | SectionKind::Load(_) | SectionKind::Retire)
    }

    /// Whether its statements are one transaction.
    pub fn is_transactional(&self) -> bool {
        match self {
            SectionKind::Up(options) | SectionKind::Down(options) => options.transaction,
            SectionKind::Verify | SectionKind::Retire => true,
            SectionKind::Batch(_) | SectionKind::Load(_) => false,
        }
    }

    /// The section's line in one canonical spelling: options in a fixed order, durations in milliseconds.
    /// What checksums hash.
    pub fn canonical(&self) -> String {
        let mut words = vec![self.name().to_owned()];
        let mut option = |name: &str, value: Option<String>| words.extend(value.map(|value| format!("{name}={value}")));
        match self {
            SectionKind::Up(options) | SectionKind::Down(options) => {
                option("transaction", (!options.transaction).then(|| "off".to_owned()));
                option("lock_timeout", options.lock_timeout.map(milliseconds));
                option("statement_timeout", options.statement_timeout.map(milliseconds));
            }
            SectionKind::Batch(options) => {
                option("pause", options.pause.map(milliseconds));
                option("limit", options.limit.map(|limit| limit.to_string()));
            }
            SectionKind::Load(options) => {
                option("from", Some(options.from.clone()));
                option("into", Some(options.into.clone()));
                option("key", options.key.clone());
            }
            SectionKind::Verify | SectionKind::Retire => {}
        }
        format!("[{}]", words.join(" "))
    }
}

fn milliseconds(duration: Duration) -> String {
    format!("{}ms", duration.as_millis())
}

/// The options of `[up]` and `[down]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunOptions {
    /// `false` after `transaction=off`: statement by statement, outside of a transaction.
    pub transaction: bool,
    /// How long a statement may wait for a lock; zero is for ever.
    pub lock_timeout: Option<Duration>,
    /// How long a statement may run; zero is for ever.
    pub statement_timeout: Option<Duration>,
}

impl Default for RunOptions {
    fn default() -> RunOptions {
        RunOptions { transaction: true, lock_timeout: None, statement_timeout: None }
    }
}

/// The options of `[batch]`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BatchOptions {
    /// How long to wait between two runs of the statement.
    pub pause: Option<Duration>,
    /// How many runs there may be at most in one upgrade; the next one has as many again.
    pub limit: Option<u64>,
}

/// The options of `[load]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoadOptions {
    /// The configured database that the query runs on.
    pub from: String,
    /// The table that the rows go into, as SQL has it: `students`, `v2."User"`.
    pub into: String,
    /// The column of the query whose ranges the load goes by, as SQL has it.
    pub key: Option<String>,
}

impl LoadOptions {
    /// The key as PostgreSQL knows it.
    pub fn key_column(&self) -> Option<String> {
        let key = self.key.as_deref()?;
        name::of(tokens(key, 0).next()?.lexeme, key)
    }
}

/// Whether a text is a name of at most so many parts, each plain or in quotes, with dots between them. A name with escapes
/// is none, for `regclass` doesn't read it.
fn is_name(text: &str, parts: usize) -> bool {
    let lexemes: Vec<(Lexeme, &str)> =
        tokens(text, 0).map(|token| (token.lexeme, text.get(token.span).unwrap_or_default())).collect();
    let is_part = |(at, (lexeme, text)): (usize, &(Lexeme, &str))| match at % 2 {
        0 => *lexeme == Lexeme::Word || *lexeme == Lexeme::QuotedName && !name::has_escapes(text),
        _ => *text == ".",
    };
    lexemes.len() % 2 == 1 && lexemes.len() < 2 * parts && lexemes.iter().enumerate().all(is_part)
}

/// What is wrong with a section's line: a message and the bytes, counted from the start of the line.
#[derive(Debug, PartialEq, Eq)]
pub struct HeadingError {
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: String,
    /// Where in the line.
    pub span: Range<usize>,
}

/// What stands between the brackets of a section's line, if the line is one: exactly `-- [` …  `]`, from
/// column 1 to the line's end.
pub fn heading(line: &str) -> Option<&str> {
    line.trim_ascii_end().strip_prefix("-- [")?.strip_suffix(']')
}

/// Whether a comment is the line of a section but for its dashes and spaces: `--[down]`, `---  [up]`. Taken for a
/// comment, it would hand what follows to the section above, say the way down to the way up.
pub fn is_almost_heading(comment: &str) -> bool {
    let content = comment.trim_start_matches('-').trim_ascii();
    let inside = content.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    heading(comment).is_none() && inside.is_some_and(|inside| parse_heading(inside).is_ok())
}

/// Where the text between the brackets begins.
const INSIDE: usize = "-- [".len();

/// Reads what [`heading`] found.
pub fn parse_heading(inside: &str) -> Result<SectionKind, HeadingError> {
    let mut words = words_with_spans(inside);
    let Some((name, span)) = words.next() else {
        return Err(error("a section line without a name", 0..0));
    };
    let mut options = Options::read(words)?;
    let kind = match name {
        "up" => SectionKind::Up(options.run()?),
        "down" => SectionKind::Down(options.run()?),
        "verify" => SectionKind::Verify,
        "batch" => {
            SectionKind::Batch(BatchOptions { pause: options.duration("pause")?, limit: options.count("limit")? })
        }
        "load" => SectionKind::Load(LoadOptions {
            from: options.required("from", name, &span)?,
            into: options.required_name("into", name, &span)?,
            key: options.name("key", 1)?,
        }),
        "retire" => SectionKind::Retire,
        _ => return Err(error(&format!("unknown section {name:?}"), span)),
    };
    options.nothing_left(name)?;
    Ok(kind)
}

fn error(message: &str, span: Range<usize>) -> HeadingError {
    HeadingError {
        message: message.to_owned(),
        help: "sections are [up], [down], [verify], [batch], [load] and [retire]".to_owned(),
        span: span.start + INSIDE..span.end + INSIDE,
    }
}

fn words_with_spans(text: &str) -> impl Iterator<Item = (&str, Range<usize>)> {
    text.split_ascii_whitespace().map(move |word| {
        let start = word.as_ptr().addr() - text.as_ptr().addr();
        (word, start..start + word.len())
    })
}

/// The options of one line, taken out one by one by name.
struct Options<'a>(Vec<(&'a str, &'a str, Range<usize>)>);

impl<'a> Options<'a> {
    fn read(words: impl Iterator<Item = (&'a str, Range<usize>)>) -> Result<Options<'a>, HeadingError> {
        let mut found: Vec<(&str, &str, Range<usize>)> = Vec::new();
        for (word, span) in words {
            let Some((name, value)) =
                word.split_once('=').filter(|(name, value)| !name.is_empty() && !value.is_empty())
            else {
                return Err(option_error(format!("{word:?} is not option=value"), span, "write options as name=value"));
            };
            if found.iter().any(|(other, _, _)| *other == name) {
                return Err(option_error(format!("option {name:?} is given twice"), span, "keep one of them"));
            }
            found.push((name, value, span));
        }
        Ok(Options(found))
    }

    fn take(&mut self, name: &str) -> Option<(&'a str, Range<usize>)> {
        let at = self.0.iter().position(|(other, _, _)| *other == name)?;
        let (_, value, span) = self.0.remove(at);
        Some((value, span))
    }

    /// An option that names something in SQL.
    fn name(&mut self, name: &str, parts: usize) -> Result<Option<String>, HeadingError> {
        let Some((value, span)) = self.take(name) else { return Ok(None) };
        match is_name(value, parts) {
            true => Ok(Some(value.to_owned())),
            false => {
                let help = "write it as in SQL: students, v2.students or \"Student\"; without spaces";
                Err(option_error(format!("{value:?} is not the name that {name}= takes"), span, help))
            }
        }
    }

    fn required_name(&mut self, name: &str, section: &str, heading: &Range<usize>) -> Result<String, HeadingError> {
        self.name(name, 2)?.ok_or_else(|| missing(name, section, heading))
    }

    fn required(&mut self, name: &str, section: &str, heading: &Range<usize>) -> Result<String, HeadingError> {
        self.take(name).map(|(value, _)| value.to_owned()).ok_or_else(|| missing(name, section, heading))
    }

    fn duration(&mut self, name: &str) -> Result<Option<Duration>, HeadingError> {
        let Some((value, span)) = self.take(name) else { return Ok(None) };
        match parse_duration(value) {
            Some(duration) => Ok(Some(duration)),
            None => Err(option_error(format!("{value:?} is not a duration"), span, DURATION_HELP)),
        }
    }

    fn count(&mut self, name: &str) -> Result<Option<u64>, HeadingError> {
        let Some((value, span)) = self.take(name) else { return Ok(None) };
        match value.parse() {
            Ok(number @ 1..) => Ok(Some(number)),
            _ => {
                Err(option_error(format!("{value:?} is not a number of times"), span, "give a whole number from 1 on"))
            }
        }
    }

    fn run(&mut self) -> Result<RunOptions, HeadingError> {
        let transaction = match self.take("transaction") {
            None | Some(("on", _)) => true,
            Some(("off", _)) => false,
            Some((other, span)) => {
                let message = format!("transaction can be on or off, not {other:?}");
                return Err(option_error(message, span, "write transaction=off, or leave it out"));
            }
        };
        Ok(RunOptions {
            transaction,
            lock_timeout: self.duration("lock_timeout")?,
            statement_timeout: self.duration("statement_timeout")?,
        })
    }

    fn nothing_left(self, section: &str) -> Result<(), HeadingError> {
        let Some((name, _, span)) = self.0.into_iter().next() else { return Ok(()) };
        let known = match section {
            "up" | "down" => "its options are transaction=, lock_timeout= and statement_timeout=",
            "batch" => "its options are pause= and limit=",
            "load" => "its options are from=, into= and key=",
            _ => "it takes no options",
        };
        Err(option_error(format!("[{section}] has no option {name:?}"), span, known))
    }
}

fn missing(name: &str, section: &str, heading: &Range<usize>) -> HeadingError {
    let help = format!("write [{section} {name}=… ]");
    option_error(format!("[{section}] needs the option {name}="), heading.clone(), &help)
}

fn option_error(message: String, span: Range<usize>, help: &str) -> HeadingError {
    HeadingError { message, help: help.to_owned(), span: span.start + INSIDE..span.end + INSIDE }
}

/// How durations are written, for messages.
pub const DURATION_HELP: &str = "write a whole number and a unit: 500ms, 5s, 2min, 1h, 30d, or 0";

/// Reads a duration as PostgreSQL's settings spell them: a whole number with `ms`, `s`, `min`, `h` or `d`,
/// or a plain 0. See <https://www.postgresql.org/docs/current/config-setting.html>.
pub fn parse_duration(text: &str) -> Option<Duration> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let number: u64 = number.parse().ok()?;
    let milliseconds = match unit {
        "" if number == 0 => 0,
        "ms" => 1,
        "s" => 1_000,
        "min" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return None,
    };
    number.checked_mul(milliseconds).map(Duration::from_millis)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<SectionKind, HeadingError> {
        parse_heading(heading(line).expect("a section line"))
    }

    #[test]
    fn only_whole_lines_are_sections() {
        for line in ["-- [up", "--[up]", " -- [up]", "-- [up] later", "-- up"] {
            assert_eq!(heading(line), None, "{line}");
        }
        assert_eq!(heading("-- [up] \t"), Some("up"));
    }

    #[test]
    fn almost_a_section_is_told_from_a_comment() {
        for line in ["--[up]", "---[down]", "--  [up transaction=off] ", "--\t[verify]"] {
            assert!(is_almost_heading(line), "{line}");
        }
        for line in ["-- [up]", "-- [up] later", "--[x]", "--[up", "-- see [down]", "--"] {
            assert!(!is_almost_heading(line), "{line}");
        }
    }

    #[test]
    fn options_are_read() {
        let kind = parse("-- [up transaction=off  lock_timeout=2s statement_timeout=0]").unwrap();
        let expected = RunOptions {
            transaction: false,
            lock_timeout: Some(Duration::from_secs(2)),
            statement_timeout: Some(Duration::ZERO),
        };
        assert_eq!(kind, SectionKind::Up(expected));
    }

    #[test]
    fn the_order_and_unit_of_options_do_not_matter() {
        let one = parse("-- [down lock_timeout=2000ms transaction=off]").unwrap().canonical();
        let other = parse("-- [down transaction=off lock_timeout=2s]").unwrap().canonical();
        assert_eq!(one, other);
        assert_eq!(one, "[down transaction=off lock_timeout=2000ms]");
        assert_eq!(parse("-- [up transaction=on]").unwrap().canonical(), "[up]");
    }

    #[test]
    fn mistakes_are_placed() {
        for (line, message, at) in [
            ("-- [dwon]", "unknown section \"dwon\"", "dwon"),
            ("-- [up speed=9]", "[up] has no option \"speed\"", "speed=9"),
            ("-- [verify lock_timeout=1s]", "[verify] has no option \"lock_timeout\"", "lock_timeout=1s"),
            ("-- [up transaction=no]", "transaction can be on or off, not \"no\"", "transaction=no"),
            ("-- [up lock_timeout=5]", "\"5\" is not a duration", "lock_timeout=5"),
            ("-- [up off]", "\"off\" is not option=value", "off"),
            ("-- [batch limit=x]", "\"x\" is not a number of times", "limit=x"),
            ("-- [batch limit=0]", "\"0\" is not a number of times", "limit=0"),
            ("-- [batch limit=1 limit=2]", "option \"limit\" is given twice", "limit=2"),
            ("-- [load from=a]", "[load] needs the option into=", "load"),
            ("-- [load from=a into=a.b.c]", "\"a.b.c\" is not the name that into= takes", "into=a.b.c"),
            ("-- [load from=a into=t(id)]", "\"t(id)\" is not the name that into= takes", "into=t(id)"),
            ("-- [load from=a into=t key=a.id]", "\"a.id\" is not the name that key= takes", "key=a.id"),
        ] {
            let error = parse(line).unwrap_err();
            assert_eq!((error.message.as_str(), &line[error.span]), (message, at));
        }
    }

    #[test]
    fn a_load_names_as_sql_does() {
        let load = |line: &str| match parse(line).unwrap() {
            SectionKind::Load(options) => (options.into.clone(), options.key_column()),
            other => panic!("{other:?}"),
        };
        let plain = load("-- [load from=v1 into=Students key=ID]");
        assert_eq!(plain, ("Students".to_owned(), Some("id".to_owned())));
        let quoted = load("-- [load from=v1 into=v2.\"User\" key=\"Us\"\"er\"]");
        assert_eq!(quoted, ("v2.\"User\"".to_owned(), Some("Us\"er".to_owned())));
    }

    #[test]
    fn durations_have_units() {
        assert_eq!(parse_duration("2min"), Some(Duration::from_secs(120)));
        assert_eq!(parse_duration("30d"), Some(Duration::from_secs(30 * 86_400)));
        for bad in ["", "s", "5", "1.5s", "-1s", "5 s", "99999999999999999999s", "99999999999999999d"] {
            assert_eq!(parse_duration(bad), None, "{bad}");
        }
    }
}
