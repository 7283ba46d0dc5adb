//! One step of a plan, with all that it takes to do it.

use std::ops::Range;

use super::ledger::{Entry, Ledger, Outcome};
use super::message::{Frame, verify_queries};
use super::quote;
use crate::graph::{Action, Direction};
use crate::revision::sql::Statement;
use crate::revision::{Checksum, Retiree, Revision, RevisionId, Section};

/// One step of a plan, with all that it takes to do it.
#[derive(Debug, Clone)]
pub enum Task<'a> {
    /// A revision runs.
    Run(Run<'a>),
    /// The ledger says from now on that the database is at this baseline: its row.
    Adopt(Entry),
    /// The ledger doesn't say that any more.
    Expand(RevisionId),
}

impl<'a> Task<'a> {
    /// What it does.
    pub fn action(&self) -> Action {
        match self {
            Task::Run(run) => Action::Run(run.direction),
            Task::Adopt(_) => Action::Adopt,
            Task::Expand(_) => Action::Expand,
        }
    }

    /// Its revision.
    pub fn id(&self) -> &RevisionId {
        match self {
            Task::Run(run) => &run.entry.id,
            Task::Adopt(entry) => &entry.id,
            Task::Expand(id) => id,
        }
    }

    /// What runs, if anything does.
    pub fn run(&self) -> Option<&Run<'a>> {
        match self {
            Task::Run(run) => Some(run),
            Task::Adopt(_) | Task::Expand(_) => None,
        }
    }

    /// Whether all of it is one transaction.
    pub fn is_atomic(&self) -> bool {
        self.run().is_none_or(Run::is_atomic)
    }

    /// Whether it is over in no time, whatever the tables hold.
    pub(super) fn is_brief(&self) -> bool {
        self.run().is_none_or(Run::is_brief)
    }

    /// How many bytes of a message it takes: the revision's own SQL, and all that goes along with it for the ledger.
    pub(super) fn size(&self) -> (usize, usize) {
        let Some(run) = self.run() else { return (0, 0) };
        let sql = run.sections().map(|section| section.body.len()).sum();
        let members: usize = run.members.iter().map(|entry| entry.source.text().len()).sum();
        (sql, run.revision.source.text().len() + members)
    }
}

/// A revision that is to run in one direction, with what the ledger is to keep of it.
#[derive(Debug, Clone)]
pub struct Run<'a> {
    /// Which way.
    pub direction: Direction,
    /// The revision.
    pub revision: &'a Revision,
    /// Its row in the ledger.
    pub entry: Entry,
    /// The rows that come with it: those of what a baseline replaces, on its way up.
    pub members: Vec<Entry>,
}

/// The sections of a revision that run in a direction, in order. Whoever numbers sections numbers these: it is by such a
/// number that the ledger knows how far a revision has come.
pub fn way(revision: &Revision, direction: Direction) -> Vec<&Section> {
    match direction {
        Direction::Up => revision.up().collect(),
        Direction::Down => revision.way_down(),
    }
}

/// The objects that a `[retire]` section puts away or brings back, in the order in which it does.
pub fn retirees(revision: &Revision, direction: Direction, section: &Section) -> Vec<Retiree> {
    let mut retirees = revision.retirees(section);
    if direction == Direction::Down {
        retirees.reverse();
    }
    retirees
}

impl Run<'_> {
    /// The sections that run, in order.
    pub fn sections(&self) -> impl Iterator<Item = &Section> {
        way(self.revision, self.direction).into_iter()
    }

    /// The objects that one of its `[retire]` sections puts away or brings back, in the order in which it does.
    pub fn retirees(&self, section: &Section) -> Vec<Retiree> {
        retirees(self.revision, self.direction, section)
    }

    /// What a `[retire]` section comes to: a statement for each object, with the object's place in the file.
    pub fn retire(&self, frame: &Frame<'_>, section: &Section) -> Vec<(String, usize)> {
        let statement = |retiree: &Retiree| match self.direction {
            Direction::Up => frame.ledger.retire(frame.actor, &self.entry.id, retiree),
            Direction::Down => frame.ledger.undo_retire(&self.entry.id, retiree),
        };
        self.retirees(section).iter().map(|retiree| (statement(retiree), retiree.span.start)).collect()
    }

    /// Whether all of it is one transaction.
    pub fn is_atomic(&self) -> bool {
        self.sections().all(|section| section.kind.is_transactional())
    }

    /// The checksum of what is done of it when that statement of that section comes next.
    pub fn done_before(&self, (section, statement): (usize, usize)) -> Checksum {
        let parts = self.sections().take(section + 1).enumerate().map(|(index, part)| {
            let done = if index < section { part.statements.len() } else { statement };
            (part, done)
        });
        self.revision.checksum_of_statements(parts)
    }

    /// What keeps in the ledger how far it has come.
    pub fn reached(&self, frame: &Frame<'_>, place: (usize, usize), outcome: Outcome) -> String {
        frame.ledger.reached(frame.actor, &self.entry.id, self.direction, place, self.done_before(place), outcome)
    }

    /// What evaluates its `[verify]` sections on the server; nothing on the way down. A query's number leads back
    /// to it.
    pub fn verifications(&self, ledger: &Ledger) -> String {
        let call = |(number, span): (usize, Range<usize>)| {
            let query = quote::literal(self.revision.source.slice(span));
            let path = "pg_catalog.current_setting('search_path')";
            format!("SELECT {}({query}, {number}, {path});\n", ledger.name("verify"))
        };
        match self.direction {
            Direction::Up => verify_queries(self.revision).enumerate().map(call).collect(),
            Direction::Down => String::new(),
        }
    }

    /// What writes or takes away the rows of what a baseline replaces, beside its own.
    pub fn members(&self, frame: &Frame<'_>) -> String {
        match self.direction {
            Direction::Up => frame.ledger.bring(frame.actor, &self.members),
            Direction::Down => frame.ledger.take_rows(&self.entry.replaces),
        }
    }

    /// Whether it is over in no time, whatever the tables hold: all that it does is write catalogs. So it also has no
    /// constraint to check at its end, and leaves nothing in the session.
    pub(super) fn is_brief(&self) -> bool {
        let verified = self.direction == Direction::Up && self.revision.verify().next().is_some();
        let mut statements = self.sections().flat_map(|section| &section.statements);
        let sql = |statement: &Statement| self.revision.source.slice(statement.span.clone());
        !verified && self.is_atomic() && statements.all(|statement| is_brief(sql(statement)))
    }

    /// Whether it may make prepared statements, or let those of revgraph go. The words count wherever they
    /// stand, for a DO block may build such a statement.
    pub(super) fn may_prepare(&self) -> bool {
        let mentions = |section: &Section| {
            let text = self.revision.source.slice(section.body.clone()).to_ascii_uppercase();
            text.contains("PREPARE") || text.contains("DEALLOCATE")
        };
        self.sections().any(mentions)
    }
}

/// Whether a statement writes catalogs alone, as far as its words tell. One that is taken for another kind is only told
/// of sooner, and cleaned up after.
pub fn is_brief(sql: &str) -> bool {
    // A setting decides whether a backslash ends a literal: there may be other statements in this one.
    if sql.contains('\\') {
        return false;
    }
    let mut words = sql.split_ascii_whitespace().map(str::to_ascii_uppercase);
    match (words.next().as_deref(), words.next().as_deref()) {
        (Some("COMMENT" | "DROP" | "GRANT" | "REVOKE"), _) => true,
        (Some("CREATE"), Some("DOMAIN" | "FUNCTION" | "SCHEMA" | "SEQUENCE" | "TYPE" | "VIEW")) => is_lasting(sql),
        // One that is made with rows in it has an AS; the bounds of a partition, after PARTITION OF, may call functions.
        (Some("CREATE"), Some("TABLE")) => is_lasting(sql) && !words.any(|word| word == "AS" || word == "OF"),
        _ => false,
    }
}

/// Whether what a statement makes isn't the session's alone.
fn is_lasting(sql: &str) -> bool {
    !sql.to_ascii_lowercase().contains("pg_temp")
}
