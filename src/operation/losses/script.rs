//! What the statements of a plan do to names, in the order in which they run: as far as their words tell.

use super::away::{Back, PutAway};
use crate::database::task::{retirees, way};
use crate::graph::Direction;
use crate::operation::retired::Retiring;
use crate::revision::name;
use crate::revision::sql::{Lexeme, Statement};
use crate::revision::statement::{Destruction, Loss, Made, ObjectKind, ObjectName, Part, Reader, destructions, made};
use crate::revision::{Retiree, Revision, Section, SectionKind};

/// A revision that is to run, and where in it: the sections and statements before that have run already.
#[derive(Debug, Clone, Copy)]
pub struct Step<'r> {
    /// Which way.
    pub direction: Direction,
    /// The revision.
    pub revision: &'r Revision,
    /// The section that it begins with, and the statement of that.
    pub begins: (usize, usize),
}

/// One thing that happens to names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Event {
    /// From here on names without a schema are looked for in these schemas; None: in the session's own.
    Path(Option<Vec<String>>),
    /// Something comes to be, or gets another name.
    Made(Made),
    /// A schema comes to be.
    MadeSchema(String),
    /// A schema gets another name.
    RenamedSchema(String, String),
    /// A `[retire]` section renames something away.
    PutAway(PutAway),
    /// What was renamed away gets its name again.
    Back(Back),
    /// Something is destroyed.
    Destroyed(Destruction),
    /// Temporary tables are gone.
    End,
}

/// Something that happens, and the number of the step.
pub(super) type Happening = (usize, Event);

/// What a plan does, if it destroys anything as far as its text tells; otherwise nothing. What comes back is among
/// `retirings`, if a database was asked.
pub(super) fn read(steps: &[Step<'_>], retirings: &[Retiring]) -> Vec<Happening> {
    let destroys = |step: &Step<'_>| statements(step).any(|(_, statement)| !losses(step, statement).is_empty());
    if !steps.iter().any(destroys) {
        return Vec::new();
    }
    let mut backs: Vec<&Retiring> = retirings.iter().filter(|retiring| retiring.direction == "down").collect();
    let mut happenings = Vec::new();
    for (number, step) in steps.iter().enumerate() {
        let is_atomic = sections(step).all(|(section, _)| section.kind.is_transactional());
        for (section, done) in left(step) {
            if section.kind == SectionKind::Retire {
                let renamed = |retiree: &Retiree| match step.direction {
                    Direction::Up => Event::PutAway(PutAway::of(retiree)),
                    Direction::Down => Event::Back(Back::of(retiree, &step.revision.id, &mut backs)),
                };
                let retirees = retirees(step.revision, step.direction, section);
                happenings.extend(retirees.iter().map(renamed).map(|event| (number, event)));
            }
            for statement in statements_of(section).iter().skip(done) {
                let events = events(step, section, statement);
                happenings.extend(events.into_iter().map(|event| (number, event)));
            }
            if !is_atomic {
                happenings.extend([(number, Event::Path(None)), (number, Event::End)]);
            }
        }
        happenings.extend([(number, Event::Path(None)), (number, Event::End)]);
    }
    PutAway::find_candidates(&mut happenings);
    happenings
}

/// The sections of a step, with how many statements of each have run already; None: all of it.
fn sections<'s>(step: &Step<'s>) -> impl Iterator<Item = (&'s Section, Option<usize>)> + use<'s> {
    let (first, statement) = step.begins;
    let done = move |index: usize| match index {
        _ if index < first => None,
        _ if index == first => Some(statement),
        _ => Some(0),
    };
    let all = way(step.revision, step.direction).into_iter().enumerate();
    all.map(move |(index, section)| (section, done(index)))
}

/// The sections that are still to run, with how many statements of each have run already.
fn left<'s>(step: &Step<'s>) -> impl Iterator<Item = (&'s Section, usize)> + use<'s> {
    sections(step).filter_map(|(section, done)| Some((section, done?)))
}

/// The statements of a section that run in this database.
fn statements_of(section: &Section) -> &[Statement] {
    match section.kind {
        SectionKind::Up(_) | SectionKind::Down(_) | SectionKind::Batch(_) => &section.statements,
        SectionKind::Load(_) | SectionKind::Retire | SectionKind::Verify => &[],
    }
}

/// The statements of a step that are still to run, with their sections.
pub(super) fn statements<'s>(step: &Step<'s>) -> impl Iterator<Item = (&'s Section, &'s Statement)> + use<'s> {
    left(step)
        .flat_map(|(section, done)| statements_of(section).iter().skip(done).map(move |statement| (section, statement)))
}

/// Whether a statement begins with one of these words, in capitals: to be asked of each statement of a long plan, most of
/// which are of no interest.
pub(super) fn begins(text: &str, statement: &Statement, words: &[&str]) -> bool {
    let sql = text.get(statement.span.clone()).unwrap_or_default().as_bytes();
    words.iter().any(|word| sql.get(..word.len()).is_some_and(|first| first.eq_ignore_ascii_case(word.as_bytes())))
}

/// Whether steps drop what tables may need: their types, the functions of their triggers, their schema.
pub(super) fn drop_definitions(steps: &[Step<'_>]) -> bool {
    const NEED_NOTHING: [&str; 8] = ["TABLE", "INDEX", "VIEW", "MATERIALIZED", "TRIGGER", "RULE", "POLICY", "EVENT"];
    steps.iter().any(|step| {
        let text = step.revision.source.text();
        statements(step).filter(|(_, statement)| begins(text, statement, &["DROP"])).any(|(_, statement)| {
            let mut head = Reader::head(text, statement.span.clone());
            head.take(&["DROP"]) && head.take_any(&NEED_NOTHING).is_none()
        })
    })
}

/// What a statement destroys that may hold something.
fn losses(step: &Step<'_>, statement: &Statement) -> Vec<Destruction> {
    let text = step.revision.source.text();
    if !begins(text, statement, &["DROP", "ALTER", "TRUNCATE", "DELETE", "MERGE", "WITH", "EXPLAIN", "COPY"]) {
        return Vec::new();
    }
    let mut found = destructions(text, statement.span.clone());
    found.retain(may_lose);
    found
}

/// Whether rows, values or a position may go. What can only be dropped while nothing depends on it holds nothing, and to
/// write over all rows is what data migrations are for.
fn may_lose(destruction: &Destruction) -> bool {
    match (&destruction.loss, destruction.object.kind) {
        (Loss::UpdateAll(_), _) | (_, ObjectKind::Constraint) => false,
        (_, ObjectKind::Schema | ObjectKind::Domain) => destruction.cascade,
        (Loss::Drop, ObjectKind::Type) => destruction.cascade,
        (_, ObjectKind::Other(word)) => destruction.cascade && IS_RELATION.contains(&word),
        _ => true,
    }
}

/// What holds no rows of its own and is found like a table.
pub(super) const IS_RELATION: [&str; 2] = ["view", "foreign table"];

fn events(step: &Step<'_>, section: &Section, statement: &Statement) -> Vec<Event> {
    let text = step.revision.source.text();
    let mut head = Reader::head(text, statement.span.clone());
    if let Some(path) = path(&mut head.clone(), section) {
        return vec![Event::Path(path)];
    }
    if head.take(&["CREATE", "SCHEMA"]) {
        return made_schema(head).into_iter().collect();
    }
    if head.take(&["ALTER", "SCHEMA"]) {
        return renamed_schema(head).into_iter().collect();
    }
    let destroyed = losses(step, statement).into_iter().map(Event::Destroyed);
    destroyed.chain(made(text, statement.span.clone()).map(Event::Made)).collect()
}

/// `CREATE SCHEMA [name] [AUTHORIZATION …]`, from behind these words. What may be there already is not new.
fn made_schema(mut reader: Reader<'_>) -> Option<Event> {
    if reader.take_if_exists() {
        return None;
    }
    reader.take(&["AUTHORIZATION"]);
    reader.take_name().map(|(name, _)| Event::MadeSchema(name))
}

fn renamed_schema(mut reader: Reader<'_>) -> Option<Event> {
    let (from, _) = reader.take_name()?;
    if !reader.take(&["RENAME", "TO"]) {
        return None;
    }
    reader.take_name().map(|(to, _)| Event::RenamedSchema(from, to))
}

/// What a statement makes of search_path, if it is about that: a list, or None for the session's own.
fn path(reader: &mut Reader<'_>, section: &Section) -> Option<Option<Vec<String>>> {
    if reader.take(&["RESET"]) {
        return reader.take_any(&["SEARCH_PATH", "ALL"]).map(|_| None);
    }
    if reader.take(&["SELECT"]) {
        return path_by_function(reader.rest());
    }
    if !reader.take(&["SET"]) {
        return None;
    }
    let is_local = reader.take_any(&["SESSION", "LOCAL"]) == Some("LOCAL");
    if is_local && !section.kind.is_transactional() {
        // Outside of a transaction it sets nothing.
        return None;
    }
    let word = reader.take_any(&["SEARCH_PATH", "SCHEMA"])?;
    if word == "SEARCH_PATH" && !reader.take(&["TO"]) && !reader.take_symbol("=") {
        return None;
    }
    match reader.rest() {
        [only] if only.is("DEFAULT") => Some(None),
        parts => Some(Some(parts.iter().filter_map(schema_of).collect())),
    }
}

/// A schema's name in `SET search_path`: a word, a quoted name or a literal.
fn schema_of(part: &Part<'_>) -> Option<String> {
    part.name().or_else(|| Some(name::kept(&literal(part)?).to_owned()))
}

/// `set_config('search_path', 'a, b', …)`
fn path_by_function(parts: &[Part<'_>]) -> Option<Option<Vec<String>>> {
    let value = parts.windows(5).find_map(|parts| match parts {
        [name, open, setting, comma, value]
            if name.is("set_config")
                && open.is_symbol("(")
                && setting.text.eq_ignore_ascii_case("'search_path'")
                && comma.is_symbol(",") =>
        {
            literal(value)
        }
        _ => None,
    })?;
    let name = |part: &str| match part.trim().strip_prefix('"').and_then(|part| part.strip_suffix('"')) {
        Some(quoted) => name::kept(&quoted.replace("\"\"", "\"")).to_owned(),
        None => name::folded(part.trim()),
    };
    Some(Some(value.split(',').map(name).filter(|name| !name.is_empty()).collect()))
}

/// The value of a plain literal.
fn literal(part: &Part<'_>) -> Option<String> {
    let is_plain = part.lexeme == Lexeme::Text;
    let inside = part.text.strip_prefix('\'')?.strip_suffix('\'')?;
    is_plain.then(|| inside.replace("''", "'"))
}

/// The names of relations that something happens to, as they are written.
pub(super) fn relation_names(happenings: &[Happening]) -> impl Iterator<Item = &ObjectName> {
    happenings.iter().flat_map(|(_, event)| match event {
        Event::Made(Made::Renamed(from, _)) => Some(from),
        Event::Made(Made::RenamedColumn(table, _, _)) => Some(table),
        Event::PutAway(away) => away.object.relation(),
        Event::Destroyed(destruction) => is_of_relation(destruction).then_some(&destruction.object.name),
        _ => None,
    })
}

/// Whether what is destroyed is a relation or a part of one.
pub(super) fn is_of_relation(destruction: &Destruction) -> bool {
    match destruction.object.kind {
        ObjectKind::Table | ObjectKind::Column | ObjectKind::MaterializedView | ObjectKind::Sequence => true,
        ObjectKind::Other(word) => IS_RELATION.contains(&word),
        _ => false,
    }
}
