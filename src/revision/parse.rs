//! From a file's text to a revision, or to everything that is wrong with it.

use std::ops::Range;

use super::problem::Problem;
use super::section::{self, Section, SectionKind};
use super::source::Source;
use super::sql::{Lexeme, Splitter, Statement, StatementKind, Token, tokens};
use super::{Revision, checksum, header, retire};

/// Reads one revision. All problems of the file come back, in the order of the file.
pub fn parse(source: Source) -> Result<Revision, Vec<Problem>> {
    let mut problems = Vec::new();
    let scan = Scan::of(&source, &mut problems);
    let header = header::parse(&source, &scan.header, &mut problems);
    check_sections(&source, &scan.sections, header.irreversible.as_ref(), &mut problems);
    let Some(id) = header.id.filter(|_| problems.is_empty()) else {
        return Err(in_order(problems));
    };
    let up = scan.sections.iter().filter(|section| section.kind.is_up_side());
    let down = scan.sections.iter().filter(|section| matches!(section.kind, SectionKind::Down(_)));
    Ok(Revision {
        up_checksum: checksum::of_sections("revgraph up v1", &source, up),
        down_checksum: checksum::of_sections("revgraph down v1", &source, down),
        id,
        message: header.message,
        parents: header.parents,
        depends_on: header.depends_on,
        labels: header.labels,
        created: header.created,
        replaces: header.replaces,
        lineage: header.lineage,
        irreversible: header.irreversible.map(|(reason, _)| reason),
        confirm: header.confirm,
        sections: scan.sections,
        source,
    })
}

/// So many problems of one file are told: whoever has more than these has one cause for them.
const TOLD: usize = 20;

/// The problems in the order of the file. To find the line of each takes a pass over the file, so a file of
/// nothing but mistakes must not bring all of them.
fn in_order(mut problems: Vec<Problem>) -> Vec<Problem> {
    problems.sort_by_key(|problem| problem.place().map_or(0, |(_, span)| span.start));
    let untold = problems.len().saturating_sub(TOLD);
    problems.truncate(TOLD);
    let path = problems.last().map(|problem| problem.path().to_owned());
    if let Some(path) = path.filter(|_| untold > 0) {
        problems.push(Problem::without_place(&path, format!("there are {untold} problems more in this file")));
    }
    problems
}

/// A file taken apart: the lines above the first section, and the sections.
#[derive(Default)]
struct Scan {
    header: Vec<Range<usize>>,
    sections: Vec<Section>,
    text_before_sections: bool,
}

impl Scan {
    fn of(source: &Source, problems: &mut Vec<Problem>) -> Scan {
        // Room for [up] and [down]: most files have no more.
        let mut scan = Scan { sections: Vec::with_capacity(2), ..Scan::default() };
        let mut splitter = Splitter::default();
        let text = source.text();
        let mut from = 0;
        'text: loop {
            for token in tokens(text, from) {
                if let Some(inside) = heading(text, &token) {
                    scan.end_statement(splitter.finish(), source, problems);
                    scan.begin_section(inside, &token, source, problems);
                    continue;
                }
                scan.check_token(&token, source, problems);
                if token.lexeme == Lexeme::Backslash {
                    // The rest of the line is the command's, which need not be SQL.
                    from = line_end(text, token.span.end);
                    continue 'text;
                }
                let Some(statement) = splitter.push(&token, text) else { continue };
                let reads_data = statement.kind == StatementKind::CopyFromStdin;
                scan.end_statement(Some(statement), source, problems);
                if reads_data {
                    // What follows is data, not SQL: read on behind it.
                    from = end_of_copy_data(text, token.span.end);
                    continue 'text;
                }
            }
            break;
        }
        scan.end_statement(splitter.finish(), source, problems);
        if let Some(last) = scan.sections.last_mut() {
            last.body.end = text.len();
        }
        scan
    }

    fn begin_section(&mut self, inside: &str, token: &Token, source: &Source, problems: &mut Vec<Problem>) {
        let line = token.span.clone();
        if let Some(previous) = self.sections.last_mut() {
            previous.body.end = line.start;
        }
        let kind = section::parse_heading(inside).unwrap_or_else(|error| {
            let span = line.start + error.span.start..line.start + error.span.end;
            problems.push(Problem::at(source, span, error.message).help(error.help));
            // Its statements belong to nothing that is checked, and the file is refused anyway.
            SectionKind::Retire
        });
        let body = (line.end + 1).min(source.text().len())..source.text().len();
        self.sections.push(Section { kind, heading: line, body, statements: Vec::new() });
    }

    fn check_token(&mut self, token: &Token, source: &Source, problems: &mut Vec<Problem>) {
        match token.lexeme {
            Lexeme::Space => {}
            Lexeme::LineComment if section::is_almost_heading(source.slice(token.span.clone())) => {
                let problem = Problem::at(source, token.span.clone(), "almost a section's line, but only a comment");
                problems.push(problem.help("write it as `-- [name]`, with one space and nothing else around it"));
            }
            Lexeme::LineComment if self.sections.is_empty() => self.header.push(token.span.clone()),
            Lexeme::LineComment => {}
            _ if self.sections.is_empty() && self.text_before_sections => {}
            _ if self.sections.is_empty() => {
                self.text_before_sections = true;
                let end = line_end(source.text(), token.span.start);
                let problem = Problem::at(source, token.span.start..end, "text before the first section");
                problems.push(problem.help("put a line `-- [up]` above the SQL"));
            }
            Lexeme::Unterminated(what) => {
                let start = token.span.start..token.span.start + 1;
                let problem = Problem::at(source, start, format!("the {what} that begins here has no end"));
                problems.push(problem.help("close it; it takes in all the rest of the file"));
            }
            Lexeme::Backslash => {
                let problem = Problem::at(source, token.span.clone(), "psql's meta-commands do not work here");
                problems.push(problem.help("a revision is sent to the server as it is: write it in SQL alone"));
            }
            _ => {}
        }
    }

    fn end_statement(&mut self, statement: Option<Statement>, source: &Source, problems: &mut Vec<Problem>) {
        let (Some(statement), Some(section)) = (statement, self.sections.last_mut()) else { return };
        problems.extend(misplaced(&statement, &section.kind, source));
        section.statements.push(statement);
    }
}

/// The inside of a section's line, if the token is one: a comment at column 1.
fn heading<'a>(text: &'a str, token: &Token) -> Option<&'a str> {
    let at_column_1 = token.span.start == 0 || text.as_bytes().get(token.span.start - 1) == Some(&b'\n');
    if token.lexeme != Lexeme::LineComment || !at_column_1 {
        return None;
    }
    section::heading(text.get(token.span.clone())?)
}

/// The offset of the end of the line that an offset is in.
fn line_end(text: &str, from: usize) -> usize {
    text.get(from..).and_then(|rest| rest.find('\n')).map_or(text.len(), |length| from + length)
}

/// The offset behind the `\.` line that ends COPY data; the end of the text if there is none.
fn end_of_copy_data(text: &str, from: usize) -> usize {
    let end = "\n\\.";
    let rest = text.get(from..).unwrap_or_default();
    rest.find(end).map_or(text.len(), |at| from + at + end.len())
}

/// Why a statement can't stand in its section, if it can't.
fn misplaced(statement: &Statement, section: &SectionKind, source: &Source) -> Option<Problem> {
    let name = section.name();
    let (message, help) = match statement.kind {
        // It holds names, which are read by themselves.
        _ if *section == SectionKind::Retire => return None,
        _ if *section == SectionKind::Verify && !is_query(source.slice(statement.span.clone())) => (
            "[verify] takes queries alone".to_owned(),
            "begin it with SELECT, WITH, VALUES or TABLE: it passes when it returns no row".to_owned(),
        ),
        _ if matches!(section, SectionKind::Load(_)) && !is_query(source.slice(statement.span.clone())) => (
            "[load] takes a query, which only reads".to_owned(),
            "begin it with SELECT, WITH, VALUES or TABLE: it runs on the other database, and its rows come here"
                .to_owned(),
        ),
        _ if matches!(section, SectionKind::Batch(_)) && !touches_rows(source.slice(statement.span.clone())) => (
            "[batch] takes a statement that touches rows".to_owned(),
            "begin it with INSERT, UPDATE, DELETE, MERGE or WITH: it runs until it touches none".to_owned(),
        ),
        StatementKind::CopyFromStdin => (
            "COPY … FROM STDIN does not work here: its data are not SQL".to_owned(),
            "write the rows as INSERT … VALUES".to_owned(),
        ),
        StatementKind::CopyToStdout => (
            "COPY … TO STDOUT does not work here: nobody takes its data".to_owned(),
            "take it out, or write into a table".to_owned(),
        ),
        StatementKind::Misleading(what) if what == "SET TRANSACTION" => (
            format!("{what} comes too late: the transaction has begun with the ledger's own statement"),
            "take it out, or change the default: ALTER DATABASE … SET default_transaction_isolation".to_owned(),
        ),
        StatementKind::Misleading(what) => {
            (format!("{what} would garble the text behind it"), "take it out: revision files are UTF-8".to_owned())
        }
        StatementKind::TransactionControl(word) if section.is_transactional() => (
            format!("{word} inside [{name}], which is one transaction as it is"),
            "take it out: revgraph begins and commits, together with the ledger's row".to_owned(),
        ),
        StatementKind::TransactionControl(word) => (
            format!("{word} inside [{name} transaction=off], where each statement stands by itself"),
            "put what belongs together into a section of its own, without transaction=off".to_owned(),
        ),
        StatementKind::NotInTransaction(what) if section.is_transactional() => (
            format!("{what} does not run inside a transaction, and [{name}] is one"),
            format!("put it into a section of its own: `-- [{name} transaction=off]`"),
        ),
        _ => return None,
    };
    Some(Problem::at(source, statement.span.clone(), message).help(help))
}

/// Whether a statement begins as a query does. What it does then is the server's to judge.
fn is_query(sql: &str) -> bool {
    let word = tokens(sql, 0).find(|token| token.lexeme == Lexeme::Word).map(|token| &sql[token.span]);
    let is = |query: &&str| word.is_some_and(|word| word.eq_ignore_ascii_case(query));
    ["SELECT", "WITH", "VALUES", "TABLE"].iter().any(is)
}

/// Whether a statement says how many rows it has touched: one that changes some, by itself or in its `WITH`.
fn touches_rows(sql: &str) -> bool {
    const CHANGES: [&str; 4] = ["INSERT", "UPDATE", "DELETE", "MERGE"];
    let changes = |word: &str| CHANGES.iter().any(|change| word.eq_ignore_ascii_case(change));
    let mut words = tokens(sql, 0).filter(|token| token.lexeme == Lexeme::Word).map(|token| &sql[token.span]);
    match words.next() {
        Some(with) if with.eq_ignore_ascii_case("WITH") => words.any(changes),
        first => first.is_some_and(changes),
    }
}

/// What must hold of the sections together.
fn check_sections(
    source: &Source,
    sections: &[Section],
    irreversible: Option<&(String, Range<usize>)>,
    problems: &mut Vec<Problem>,
) {
    if !sections.iter().any(|section| section.kind.is_up_side()) && problems.is_empty() {
        let problem = Problem::at(source, source.text().len()..source.text().len(), "the file has no [up] section");
        problems.push(problem.help("add a line `-- [up]`, at column 1 and with nothing behind it; it may be empty"));
    }
    // A section whose line can't be read stands for one of these.
    if problems.is_empty() {
        let lists = sections.iter().filter(|section| section.kind == SectionKind::Retire);
        let lists: Vec<_> = lists.map(|section| (section.heading.clone(), section.body.clone())).collect();
        retire::check(source, &lists, problems);
    }
    let first_down = sections.iter().position(|section| matches!(section.kind, SectionKind::Down(_)));
    if let (Some(_), Some((_, span))) = (first_down, irreversible) {
        let problem = Problem::at(source, span.clone(), "an irreversible revision has a [down] section");
        problems.push(problem.help("keep the one that is true"));
    }
    for (index, section) in sections.iter().enumerate() {
        let is_data = matches!(section.kind, SectionKind::Batch(_) | SectionKind::Load(_));
        if is_data && section.statements.len() != 1 {
            let message =
                format!("[{}] takes exactly one statement, not {}", section.kind.name(), section.statements.len());
            problems.push(Problem::at(source, section.heading.clone(), message).help("give each its own section"));
        }
        if section.kind.is_up_side() && first_down.is_some_and(|down| down < index) && problems.is_empty() {
            let message = format!("[{}] stands below [down]", section.kind.name());
            let problem = Problem::at(source, section.heading.clone(), message);
            problems.push(problem.help("sections stand in order of execution: what runs up comes before [down]"));
        }
    }
}
