//! One simple-query message that carries many revisions, each a transaction with its ledger row, and the way
//! back from a position in it to a place in a file.
//!
//! PostgreSQL parses the whole message first, then runs statement after statement; on an error it drops the
//! rest. <https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-MULTI-STATEMENT>

use std::ops::Range;
use std::time::Duration;

use super::Observer;
use super::batch_loop::batch_loop;
use super::index_watch::IndexWatch;
use super::ledger::{Actor, Ledger, Names, Outcome};
use super::sources::Sources;
use super::task::{Run, Task};
use crate::graph::Action;
use crate::revision::sql::{self, Statement, StatementKind};
use crate::revision::{Revision, RevisionId, RunOptions, Section, SectionKind};

/// What a message holds at most of the revisions' own SQL, in bytes, unless one revision alone is larger:
/// `current_query()` is the whole of it, so event triggers and logs would grow with its square.
const LARGEST: usize = 1 << 20;

/// What it holds at most in all: each revision's text goes along a second time, for the ledger.
const LARGEST_IN_ALL: usize = 3 * LARGEST;

/// So many brief steps are told of at once. Each notice wakes the client, which costs the time of two small steps.
const BURST: usize = 200;

/// Begins a transaction of revgraph's own. It writes, whatever `default_transaction_read_only` says. That must come
/// before the transaction's first query, and statements of a message before a BEGIN are in the same transaction: so
/// nothing of revgraph's stands outside of its own.
pub const BEGIN: &str = "BEGIN READ WRITE;\n";

/// Comes first in a message of several statements outside of transactions, which is one of its own: for its queries of the
/// catalogs no operator, function or type is another one than it seems, whatever schema the session's `search_path` names
/// before `pg_catalog`. Where a transaction goes on, or names of the user's are looked up, each is qualified by hand.
pub const OWN_NAMES: &str = "SET LOCAL search_path = pg_catalog;\n";

/// What session state a revision can leave behind is put back by these, before its ledger row and so before
/// the next revision. `DISCARD ALL` doesn't run in a message, and would drop the deployers' lock. Prepared
/// statements are let go apart from these, for a message has some of revgraph's own.
pub const RESETS: &str = "RESET SESSION AUTHORIZATION; RESET ROLE; RESET ALL; DISCARD TEMP; DISCARD SEQUENCES; \
                          UNLISTEN *; CLOSE ALL;\n";

/// Takes back a lock_timeout that was set behind a RESET ALL of the same transaction. Its end would do that too, but the
/// server would take the value for one that the session has set, which is somebody else's soon behind a proxy.
pub const IMPATIENT: &str = "RESET lock_timeout;\n";

/// Lets statements outside of transactions write, whatever `default_transaction_read_only` says.
pub const WRITABLE: &str = "SET SESSION default_transaction_read_only = off;\n";

/// A `[retire]` section is run by the ledger's functions, and so as whoever deploys. The search path stays: it may be what
/// finds the objects.
pub const AS_DEPLOYER: &str = "RESET SESSION AUTHORIZATION; RESET ROLE;\n";

/// Lets every statement go that SQL has prepared, a revision's and revgraph's own. Those that drivers have prepared
/// stay, which `DEALLOCATE ALL` would take as well: behind a proxy that hands server connections on, they are somebody
/// else's.
pub const DEALLOCATE_ALL: &str = "DO 'DECLARE prepared pg_catalog.text; BEGIN FOR prepared IN SELECT name FROM \
    pg_catalog.pg_prepared_statements WHERE from_sql LOOP EXECUTE pg_catalog.format(''DEALLOCATE %I'', prepared); \
    END LOOP; END';\n";

/// Checks deferred constraints at the end of a revision, while it isn't recorded yet and its role holds.
pub const DEFERRED: &str = "SET CONSTRAINTS ALL IMMEDIATE;\n";

/// The longest timeout that PostgreSQL takes, in milliseconds.
const LONGEST_TIMEOUT: u128 = i32::MAX as u128;

/// How statements wait, unless a section says otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// `lock_timeout`, in milliseconds; 0 is for ever.
    pub lock: u128,
    /// `statement_timeout`, in milliseconds, where it is not the server's own.
    pub statement: Option<u128>,
}

impl Timeouts {
    /// The settings for one section, as statements.
    pub fn set(self, scope: &str, options: Option<&RunOptions>) -> String {
        let (lock, statement) = self.of(options);
        // The section before may have set one that is its alone.
        let statement = statement.map_or("DEFAULT".to_owned(), |time| time.to_string());
        format!("SET {scope} lock_timeout = {lock}; SET {scope} statement_timeout = {statement};\n")
    }

    /// The settings for the first section of a transaction, where the session's own `statement_timeout` still holds.
    fn set_first(self, options: Option<&RunOptions>) -> String {
        match self.of(options) {
            (lock, None) => format!("SET LOCAL lock_timeout = {lock};\n"),
            (_, Some(_)) => self.set("LOCAL", options),
        }
    }

    /// Both for a section, in milliseconds.
    fn of(self, options: Option<&RunOptions>) -> (u128, Option<u128>) {
        let own = |time: fn(&RunOptions) -> Option<Duration>| options.and_then(time).map(|time| time.as_millis());
        let lock = own(|options| options.lock_timeout).unwrap_or(self.lock);
        let statement = own(|options| options.statement_timeout).or(self.statement);
        // PostgreSQL's longest is some 24 days.
        (lock.min(LONGEST_TIMEOUT), statement.map(|time| time.min(LONGEST_TIMEOUT)))
    }
}

/// A time as PostgreSQL's settings take it, in milliseconds.
pub fn timeout(time: Duration) -> u128 {
    time.as_millis().min(LONGEST_TIMEOUT)
}

/// The options of a section that runs statements.
pub fn run_options(section: &Section) -> Option<&RunOptions> {
    match &section.kind {
        SectionKind::Up(options) | SectionKind::Down(options) => Some(options),
        _ => None,
    }
}

/// A part of the message that is a part of a file.
#[derive(Debug)]
struct Piece {
    /// Where it begins in the message, in characters from 0.
    start: usize,
    /// How many characters it has, white space at its end left out.
    length: usize,
    /// How many of them are the file's, one for one: all, or none of what only stands for a part of it.
    same: usize,
    /// The task, counted within the message.
    task: usize,
    /// Where it begins in the file, in bytes.
    offset: usize,
}

/// A message that is being put together.
#[derive(Debug)]
pub struct Message {
    text: String,
    characters: usize,
    /// How much of the text comes before the first step, in bytes.
    prelude: usize,
    pieces: Vec<Piece>,
    names: Names,
    tasks: usize,
    /// Where each task ends, its commit included, in characters.
    ends: Vec<usize>,
    /// How much of the text is the revisions' own SQL, in bytes.
    sql: usize,
    /// Those that the client would not be told of yet.
    untold: Vec<(Action, RevisionId)>,
}

/// Where a position of a message is: the task within the message, and the byte offset in its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The task, counted within the message.
    pub task: usize,
    /// The byte offset in its file.
    pub offset: usize,
}

/// What all the steps of a run share.
pub struct Frame<'a> {
    /// The ledger that is written.
    pub ledger: &'a Ledger,
    /// Who runs.
    pub actor: &'a Actor,
    /// How statements wait.
    pub timeouts: Timeouts,
    /// How many steps of this run are recorded already, by a plan that somebody else's change cut short.
    pub recorded: usize,
    /// Whether the server waits for its disk at all. One that doesn't has no commit that is worth putting off.
    pub fsync: bool,
    /// Whether a transaction must say that it writes. Saying it costs a brief step a fiftieth of its time.
    pub read_only: bool,
    /// What `[load]` sections read.
    pub sources: &'a Sources,
    /// Whether a batch pauses between its runs and stops at its limit, as its section says. In a scratch it does not.
    pub paced: bool,
    /// Who looks how far an index has come, if somebody wants to know.
    pub watch: Option<&'a IndexWatch>,
    /// Who is told of steps once their message is done, where no notices come that would tell of them meanwhile.
    pub teller: Option<&'a Observer>,
}

impl Message {
    /// A message with nothing but its prepared statements; `number` counts the messages of the run.
    pub fn new(frame: &Frame<'_>, number: usize) -> Message {
        let names = Names::new(&frame.actor.run, number);
        let (text, pieces, untold) = (String::new(), Vec::new(), Vec::new());
        let mut message =
            Message { text, characters: 0, prelude: 0, pieces, names, tasks: 0, ends: Vec::new(), sql: 0, untold };
        message.push(&frame.ledger.begin());
        message.prepare(frame);
        message.push("COMMIT;\n");
        message.prelude = message.text.len();
        message
    }

    fn prepare(&mut self, frame: &Frame<'_>) {
        let prepare = frame.ledger.prepare(&self.names, frame.actor);
        self.push(&prepare);
    }

    /// How many tasks it holds.
    pub fn tasks(&self) -> usize {
        self.tasks
    }

    /// How many tasks are committed once so many of its statements are done.
    pub fn tasks_within(&self, statements: usize) -> usize {
        ended_before(&self.text, statements, &self.ends)
    }

    /// Whether the task would make it larger than a message should be.
    pub fn is_full_for(&self, task: &Task<'_>) -> bool {
        let (sql, beside) = task.size();
        self.tasks > 0 && (self.sql + sql > LARGEST || self.text.len() + sql + beside > LARGEST_IN_ALL)
    }

    /// Adds a task: a transaction that finds `generation`, or any if there is none, and moves it on. `next` is the
    /// task that comes after it in the plan. All but the last one commit without waiting for the disk: the log is in
    /// order, so a crash of the server can only lose a tail.
    ///
    /// The client is told that a task is done before anything comes that may take its time; until then, brief tasks
    /// gather.
    pub fn add(&mut self, frame: &Frame<'_>, task: &Task<'_>, generation: Option<i64>, next: Option<&Task<'_>>) {
        self.push(if frame.read_only { BEGIN } else { "BEGIN;\n" });
        match task {
            Task::Run(run) => self.push_run(frame, run, generation),
            Task::Adopt(_) | Task::Expand(_) => self.push(&Ledger::begin_step(&self.names, generation)),
        }
        if next.is_some() && frame.fsync {
            self.push("SET LOCAL synchronous_commit = off;\n");
        }
        match task {
            Task::Run(run) => self.push_end(frame, run),
            Task::Adopt(entry) => self.push(&frame.ledger.adopt(frame.actor, entry)),
            Task::Expand(id) => self.push(&frame.ledger.expand(frame.actor, id)),
        }
        self.untold.push((task.action(), task.id().clone()));
        if self.untold.len() >= BURST || next.is_none_or(|next| !next.is_brief()) {
            self.tell(frame);
        }
        if task.run().is_some_and(|run| !run.is_brief()) {
            self.push(IMPATIENT);
        }
        self.push("COMMIT;\n");
        self.tasks += 1;
        self.ends.push(self.characters);
    }

    /// All that a revision does up to its row in the ledger.
    fn push_run(&mut self, frame: &Frame<'_>, run: &Run<'_>, generation: Option<i64>) {
        // Its SQL, and its whole file for the ledger. A large one would have the text copied each time that it grows.
        self.text.reserve(2 * run.revision.source.text().len());
        for section in run.sections() {
            if self.pieces.last().is_none_or(|piece| piece.task != self.tasks) {
                self.push(&frame.timeouts.set_first(run_options(section)));
                self.push(&Ledger::begin_step(&self.names, generation));
            } else {
                self.push(&frame.timeouts.set("LOCAL", run_options(section)));
            }
            self.push_section(frame, run, section);
        }
        if self.pieces.last().is_none_or(|piece| piece.task != self.tasks) {
            self.push(&Ledger::begin_step(&self.names, generation));
        }
        if !run.is_brief() {
            self.push(DEFERRED);
            self.push(RESETS);
            self.push(&frame.ledger.patience());
        }
        if run.may_prepare() {
            self.push(DEALLOCATE_ALL);
            self.prepare(frame);
        }
        self.push(&run.verifications(frame.ledger));
    }

    /// A revision's row in the ledger, and those that come and go with it.
    fn push_end(&mut self, frame: &Frame<'_>, run: &Run<'_>) {
        self.push(&Ledger::end_step(&self.names, run.direction, &run.entry));
        self.push(&run.members(frame));
    }

    /// Adds a task outside of transactions for a script, which has nobody who watches over it: each statement
    /// follows the row that says that it runs.
    pub fn add_outside(&mut self, frame: &Frame<'_>, task: &Run<'_>) {
        let Frame { ledger, timeouts, .. } = frame;
        let reached = |place, outcome| task.reached(frame, place, outcome);
        for (index, section) in task.sections().enumerate() {
            if section.kind.is_transactional() {
                self.push(BEGIN);
                self.push(&timeouts.set("LOCAL", run_options(section)));
                self.push_section(frame, task, section);
                self.push(DEFERRED);
                self.push(RESETS);
                self.push(&reached((index + 1, 0), Outcome::Next));
                self.push("COMMIT;\n");
                continue;
            }
            if let (SectionKind::Batch(options), Some(statement)) = (&section.kind, section.statements.first()) {
                self.push(&reached((index, 0), Outcome::Next));
                self.push(&timeouts.set("SESSION", None));
                self.push(&batch_loop(task.revision.source.slice(statement.span.clone()), options));
                self.push(RESETS);
                self.push(&reached((index + 1, 0), Outcome::Next));
                continue;
            }
            for (number, statement) in section.statements.iter().enumerate() {
                self.push(&reached((index, number), Outcome::Running));
                self.push(&timeouts.set("SESSION", run_options(section)));
                self.push(&settings_before(task.revision, section, number));
                self.push(task.revision.source.slice(statement.span.clone()));
                self.push("\n;\n");
                self.push(RESETS);
            }
            self.push(&reached((index + 1, 0), Outcome::Next));
        }
        if task.may_prepare() {
            self.push(DEALLOCATE_ALL);
            self.prepare(frame);
        }
        self.push(BEGIN);
        self.push(&Ledger::begin_step(&self.names, None));
        self.push(&task.verifications(ledger));
        self.push(&ledger.finished(&task.entry.id));
        self.push_end(frame, task);
        self.push("COMMIT;\n");
        self.tasks += 1;
    }

    /// Adds a comment for whoever reads the text.
    pub fn comment(&mut self, text: &str) {
        let one_line = text.replace(['\n', '\r'], " ");
        self.push(&format!("\n-- {one_line}\n"));
    }

    /// Tells the client of the tasks that are done and that it doesn't know of.
    fn tell(&mut self, frame: &Frame<'_>) {
        if frame.teller.is_some() {
            return self.untold.clear();
        }
        for steps in std::mem::take(&mut self.untold).chunk_by(|one, next| one.0 == next.0) {
            let ids: Vec<&str> = steps.iter().map(|(_, id)| id.as_str()).collect();
            if let Some((action, _)) = steps.first() {
                self.push(&frame.ledger.progress(frame.actor, *action, &ids));
            }
        }
    }

    /// The whole text, with its prepared statements let go at the end.
    pub fn finish(&mut self, frame: &Frame<'_>) -> &str {
        self.tell(frame);
        let deallocate = Ledger::deallocate(&self.names);
        self.push(&deallocate);
        &self.text
    }

    /// The place of a position that the server gave: in characters, from 1. One that is behind a part of a
    /// file, where revgraph's own statements are, is its end: what is missing there was looked for on. None if
    /// it is before all of them.
    pub fn locate(&self, position: usize, tasks: &[Task<'_>]) -> Option<Place> {
        let at = position.checked_sub(1)?;
        let piece = self.pieces.iter().rfind(|piece| piece.start <= at)?;
        let text = tasks.get(piece.task)?.run()?.revision.source.text().get(piece.offset..)?;
        let characters = (at - piece.start).min(piece.same);
        Some(Place { task: piece.task, offset: piece.offset + byte_offset(text, characters) })
    }

    /// The place of a statement of the message, counted from 0, if it is one of a file.
    pub fn locate_statement(&self, number: usize, tasks: &[Task<'_>]) -> Option<Place> {
        let at = statement_start(&self.text, number)?;
        let piece = self.pieces.iter().find(|piece| (piece.start..piece.start + piece.length).contains(&at))?;
        let text = tasks.get(piece.task)?.run()?.revision.source.text().get(piece.offset..)?;
        Some(Place { task: piece.task, offset: piece.offset + byte_offset(text, (at - piece.start).min(piece.same)) })
    }

    /// Whether a statement of the message, counted from 0, is a step's first one, which moves the generation on and waits
    /// for whoever is about to, or comes before all steps.
    pub fn is_beginning(&self, number: usize) -> bool {
        let at = statement_start(&self.text, number).map(|at| byte_offset(&self.text, at));
        at.is_some_and(|at| at < self.prelude || self.text.get(at..).is_some_and(|rest| self.names.is_begin(rest)))
    }

    fn push(&mut self, text: &str) {
        self.text.push_str(text);
        self.characters += text.chars().count();
    }

    fn push_section(&mut self, frame: &Frame<'_>, task: &Run<'_>, section: &Section) {
        if section.kind == SectionKind::Retire {
            return self.push_retire(frame, task, section);
        }
        let body = task.revision.source.slice(section.body.clone());
        let length = body.trim_end().chars().count();
        self.sql += body.len();
        let (start, task) = (self.characters, self.tasks);
        self.pieces.push(Piece { start, length, same: length, task, offset: section.body.start });
        self.push(body);
        // The text may end in a comment, and without a semicolon.
        self.push("\n;\n");
    }

    fn push_retire(&mut self, frame: &Frame<'_>, task: &Run<'_>, section: &Section) {
        self.push(AS_DEPLOYER);
        for (statement, offset) in task.retire(frame, section) {
            let length = statement.trim_end().chars().count();
            self.pieces.push(Piece { start: self.characters, length, same: 0, task: self.tasks, offset });
            self.push(&statement);
        }
    }
}

/// The bytes of the first `characters` characters of a text.
pub fn byte_offset(text: &str, characters: usize) -> usize {
    text.char_indices().nth(characters).map_or(text.len(), |(at, _)| at)
}

/// Where a statement of a text begins, in characters; statements count from 0.
pub fn statement_start(text: &str, number: usize) -> Option<usize> {
    let statement = sql::statements(text).into_iter().nth(number)?;
    Some(text.get(..statement.span.start)?.chars().count())
}

/// How many of these places of a text, in characters, come before its statement of that number.
fn ended_before(text: &str, statement: usize, ends: &[usize]) -> usize {
    let Some(next) = statement_start(text, statement) else { return ends.len() };
    ends.iter().take_while(|end| **end <= next).count()
}

/// The statements of a revision's `[verify]` sections with the offset of each in its file, in order.
pub fn verify_queries(revision: &Revision) -> impl Iterator<Item = Range<usize>> {
    revision.verify().flat_map(|section| section.statements.iter().map(|statement| statement.span.clone()))
}

/// The settings that a section outside of transactions makes before one of its statements. Each statement
/// begins in a session that is as new, also after a crash, and so they are made again for each.
pub fn settings_before(revision: &Revision, section: &Section, number: usize) -> String {
    let sql = |statement: &Statement| format!("{};\n", revision.source.slice(statement.span.clone()));
    settings_made_before(section, number).map(sql).collect()
}

/// The statements of a section that make them.
pub fn settings_made_before(section: &Section, number: usize) -> impl Iterator<Item = &Statement> {
    section.statements.iter().take(number).filter(|statement| statement.kind == StatementKind::Setting)
}

#[cfg(test)]
mod tests {
    use super::ended_before;

    #[test]
    fn a_task_is_done_with_its_commit() {
        let (first, second) = ("BEGIN;SELECT 'ä';COMMIT;\n", "BEGIN;SELECT 2;COMMIT;\n");
        let text = format!("PREPARE p;\n{first}{second}DEALLOCATE p");
        let ends = [11 + first.chars().count(), 11 + first.chars().count() + second.chars().count()];
        let done: Vec<usize> = (0..=9).map(|statements| ended_before(&text, statements, &ends)).collect();
        assert_eq!(done, [0, 0, 0, 0, 1, 1, 1, 2, 2, 2]);
    }
}
