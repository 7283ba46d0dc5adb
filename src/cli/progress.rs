//! What is said while a plan runs.

use std::collections::HashMap;
use std::io::{IsTerminal, stderr};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::activity::Activity;
use super::backup;
use super::context::Context;
use super::headway::HeadwayLine;
use super::losses::{Told, remarks};
use super::render::{DIM, GOOD, ID, WARN, lines, styled};
use super::retired;
use super::terminal::{ask, ask_yes, has_reader, say};
use crate::database::Holder;
use crate::database::ledger::Retired;
use crate::database::outcome::Verdict;
use crate::database::run::Headway;
use crate::database::{DatabaseError, Notice, Observer, Session};
use crate::error::{Error, count, list};
use crate::graph::{Action, Direction};
use crate::operation::backup::{Backup, Wanted};
use crate::operation::deploy::{Attendant, OnInterrupted, PlannedStep, Retry, Saving};
use crate::operation::losses::Losses;
use crate::operation::retired::Retiring;
use crate::revision::{Revision, RevisionId};

/// The steps of a plan: known when it is made, told when they are done.
#[derive(Clone)]
pub struct Steps {
    activity: Activity,
    known: Arc<Mutex<Known>>,
}

#[derive(Default)]
struct Known {
    planned: Vec<(Action, String)>,
    done: usize,
    /// What the revisions are for, also those of plans before.
    messages: HashMap<String, String>,
}

impl Steps {
    /// None yet.
    pub fn new(activity: Activity) -> Steps {
        Steps { activity, known: Arc::default() }
    }

    fn plan(&self, plan: &[PlannedStep<'_>]) {
        let mut known = self.known();
        known.planned = plan.iter().map(|step| (step.action, step.id.to_string())).collect();
        known.done = 0;
        known.messages.extend(plan.iter().map(|step| (step.id.to_string(), step.message.to_owned())));
        self.activity.begin(&known.next(), Some(plan.len()));
    }

    /// Goes on where something else was told meanwhile, such as a question.
    fn resume(&self) {
        let known = self.known();
        if !known.planned.is_empty() {
            self.activity.begin(&known.next(), Some(known.planned.len()));
            self.activity.advance(known.done);
        }
    }

    /// Tells of those that are done, and moves on to the next.
    fn done(&self, action: Action, revisions: &[String]) {
        let mut known = self.known();
        lines(revisions.iter().map(|revision| step(action, revision, known.message(revision))));
        known.done += revisions.len();
        self.activity.advance(revisions.len());
        self.activity.at(&known.next());
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        // One that panicked while it held the lock has left the texts whole.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    fn message(&self, revision: &str) -> &str {
        self.messages.get(revision).map_or("", String::as_str)
    }

    /// What is to be done next, as a text.
    fn next(&self) -> String {
        let next = self.planned.get(self.done);
        next.map_or_else(String::new, |(action, revision)| format!("{action} {revision}  {}", self.message(revision)))
    }
}

/// Says each step as it is done, and what the server says.
pub fn observer(context: &Context, steps: Steps) -> Observer {
    let silent = context.is_json() || context.is_quiet();
    let verbose = context.is_verbose();
    Arc::new(move |notice| match notice {
        Notice::Steps { action, revisions } if !silent => steps.done(action, &revisions),
        // Asked for on a terminal alone.
        Notice::Building(building) => steps.activity.at(&building.to_string()),
        Notice::Built => steps.activity.at(&steps.known().next()),
        Notice::Server { severity, message } if verbose || severity == "WARNING" => {
            say!("{}: {message}", styled(DIM, severity.to_lowercase()));
        }
        _ => {}
    })
}

/// One step as a line.
pub fn step(action: Action, revision: &str, message: &str) -> String {
    let style = match action {
        Action::Run(Direction::Up) => GOOD,
        Action::Run(Direction::Down) => WARN,
        Action::Adopt | Action::Expand => DIM,
    };
    format!("{} {}  {message}", styled(style, format_args!("  {action:<4}")), styled(ID, revision))
        .trim_end()
        .to_owned()
}

/// A duration as people read it.
pub fn seconds(duration: Duration) -> String {
    match duration.as_secs_f64() {
        short if short < 1.0 => format!("{:.0} ms", short * 1000.0),
        long => format!("{long:.2} s"),
    }
}

/// What a command line says to questions before they are asked.
#[derive(Debug, Clone, Copy, Default)]
pub struct Answers<'a> {
    /// The phrases of `--confirm`.
    pub phrases: &'a [String],
    /// `--yes`
    pub yes: bool,
    /// `--from-ledger`
    pub allows_ledger: bool,
}

/// Attends to a deployment on a command line.
pub struct AtCommandLine<'a> {
    /// The options.
    pub context: &'a Context,
    /// What the command line says to questions.
    pub answers: Answers<'a>,
    /// The backup that `--backup` asks for.
    pub backup: Option<Wanted<'a>>,
    /// The backup that was made.
    pub saved: Option<Backup>,
    /// What is told of a plan for later.
    pub steps: Steps,
    pub(super) headway: HeadwayLine,
}

impl<'a> AtCommandLine<'a> {
    /// Attends to one deployment, without a backup.
    pub fn new(context: &'a Context, answers: Answers<'a>, steps: Steps) -> AtCommandLine<'a> {
        let headway = HeadwayLine::new(context, steps.activity.clone());
        AtCommandLine { context, answers, backup: None, saved: None, steps, headway }
    }
}

impl Attendant for AtCommandLine<'_> {
    fn waiting(&mut self, holder: &Holder) {
        if !self.context.is_quiet() {
            say!("waiting for another deployer: {holder}");
        }
        self.steps.activity.begin("waiting for another deployer", None);
    }

    fn watches(&self) -> bool {
        stderr().is_terminal() && !self.context.is_json() && !self.context.is_quiet()
    }

    fn planned(&mut self, plan: &[PlannedStep<'_>]) {
        self.steps.plan(plan);
        if self.context.is_verbose() && !self.context.is_json() {
            for planned in plan {
                say!("plan: {} {}", planned.action, planned.id);
            }
        }
    }

    fn down_changed(&mut self, revisions: &[RevisionId]) {
        if !self.context.is_quiet() {
            let warning = styled(WARN, "note");
            say!("{warning}: the way down of {} is another one than when it ran; the file's is used", list(revisions));
        }
    }

    fn up_changed(&mut self, revisions: &[RevisionId]) {
        let warning = styled(WARN, "warning");
        say!("{warning}: edited after it ran: {}; the way down goes on with the files", list(revisions));
    }

    fn resuming(&mut self, revision: &RevisionId, sql: Option<&str>) {
        if self.context.is_quiet() {
            return;
        }
        match sql {
            Some(sql) => say!("{revision} goes on where it stopped:\n  {}", sql.replace('\n', "\n  ")),
            None => say!("{revision} has run, and is now verified and recorded"),
        }
    }

    fn retiring(&mut self, retirings: &[Retiring]) {
        if !self.context.is_quiet() && !self.context.is_json() {
            retirings.iter().flat_map(retired::planned).for_each(|line| say!("{line}"));
        }
    }

    fn retired(&mut self, retired: &[Retired]) {
        if !self.context.is_quiet() && !self.context.is_json() {
            lines(retired.iter().map(retired::put_away));
        }
    }

    fn retired_unseen(&mut self, error: &DatabaseError) {
        say!("{}: what was retired can't be shown, `revgraph retired list` does: {error}", styled(WARN, "note"));
    }

    fn makes_headway(&mut self, headway: &Headway<'_>) {
        self.headway.show(headway);
    }

    fn found_out(&mut self, revision: &RevisionId, sql: &str, verdict: &Verdict) {
        if self.context.is_quiet() {
            return;
        }
        let told = match verdict {
            Verdict::Done => "the catalog shows that it is done".to_owned(),
            Verdict::NotDone => "the catalog shows that it is not done: it runs again".to_owned(),
            Verdict::Repeatable => "it runs again, which comes to the same".to_owned(),
            Verdict::Finish(rest) => format!("the catalog shows that it stopped half-way: `{rest}` ends it"),
        };
        say!("{revision} stopped while this ran; {told}:\n  {}", sql.replace('\n', "\n  "));
    }

    fn knows_outcome(&mut self, revision: &RevisionId, sql: &str) -> OnInterrupted {
        if !has_reader() {
            return OnInterrupted::Stop;
        }
        say!("{revision} stopped while this ran, and nobody knows how it ended:");
        say!("  {}", sql.replace('\n', "\n  "));
        let question = "Look at the database. Did it take effect? [y: go on behind it, n: run it again, else stop] ";
        match self.ask(question).as_deref() {
            Some("y" | "Y" | "yes") => OnInterrupted::TakeAsDone,
            Some("n" | "N" | "no") => OnInterrupted::RunAgain,
            _ => OnInterrupted::Stop,
        }
    }

    fn unproved(&mut self, baselines: &[RevisionId]) {
        let warning = styled(WARN, "warning");
        say!(
            "{warning}: the archive has no manifest of {}: nothing says whether it is what was proved",
            list(baselines)
        );
    }

    fn retrying(&mut self, retry: &Retry<'_>) {
        if self.context.is_quiet() {
            return;
        }
        let Retry { action, revision, reason, number, of, .. } = retry;
        let note = styled(WARN, "note");
        let pause = seconds(retry.pause);
        say!("{note}: {action} {revision}: {reason}; retry {number} of {of} in {pause}");
        for blocker in retry.blockers {
            say!("  blocked by {blocker}");
        }
    }

    fn confirms(&mut self, revision: &Revision, phrase: &str) -> bool {
        if self.answers.phrases.iter().any(|given| given == phrase) {
            return true;
        }
        self.steps.activity.end();
        let is_given = ask_for_phrase(revision, phrase);
        self.steps.resume();
        is_given
    }

    fn losing(&mut self, plan: &[PlannedStep<'_>], losses: &Losses) {
        // Nobody is asked about what he wasn't shown.
        let is_told = !self.context.is_json() && !self.context.is_quiet();
        let goes_down = plan.iter().any(|step| step.action == Action::Run(Direction::Down));
        if is_told || (goes_down && self.will_ask() && losses.destroy()) {
            tell(plan, losses);
        }
    }

    fn consents(&mut self, losses: &Losses) -> bool {
        if self.answers.yes {
            return true;
        }
        let remedy = match self.backup {
            Some(_) => "it is saved first",
            None => "only a backup brings it back (--backup makes one)",
        };
        self.ask_yes(&format!("lose {}? {remedy}", losses.summary()))
    }

    fn save(&mut self, session: &mut Session, saving: &Saving<'_>) -> Result<(), Error> {
        if let Some(wanted) = &self.backup {
            self.steps.activity.begin("saving what would be lost", None);
            self.saved = backup::save(wanted, self.context, session, saving)?;
            self.steps.resume();
        }
        Ok(())
    }

    fn kept(&mut self, revisions: &[RevisionId], folder: &Path) {
        if !self.context.is_quiet() {
            say!("kept what the ledger has of {} in {}", list(revisions), folder.display());
        }
    }

    fn agrees(&mut self, question: &str) -> bool {
        self.answers.yes || self.ask_yes(&format!("To be done: {question}. Go on?"))
    }

    fn allows_ledger(&mut self, revisions: &[RevisionId]) -> bool {
        let (number, ids) = (count(revisions.len(), "revision"), list(revisions));
        if !self.answers.allows_ledger && !self.answers.yes {
            return self.ask_yes(&format!(
                "The files lack {number}: {ids}. Undo by what the ledger keeps, whose checksums match?"
            ));
        }
        if !self.context.is_quiet() {
            let note = styled(WARN, "note");
            say!("{note}: the files lack {number}, undone by what the ledger keeps: {ids}");
        }
        true
    }
}

/// Asks on a terminal for the phrase of a revision, to the letter; where there is none, the answer is no.
pub fn ask_for_phrase(revision: &Revision, phrase: &str) -> bool {
    let question = format!("{} ({}) asks for the phrase {phrase}: ", styled(ID, &revision.id), revision.message);
    ask(&question).is_some_and(|answer| answer == phrase)
}

impl AtCommandLine<'_> {
    /// Whether a question would reach anybody.
    fn will_ask(&self) -> bool {
        !self.answers.yes && has_reader()
    }

    /// Asks on a terminal where nothing moves; where there is none, there is no answer.
    fn ask(&self, question: &str) -> Option<String> {
        self.steps.activity.end();
        let answer = ask(question);
        self.steps.resume();
        answer
    }

    /// The same for yes or no; where there is no terminal, the answer is no.
    fn ask_yes(&self, question: &str) -> bool {
        self.steps.activity.end();
        let is_agreed = ask_yes(question);
        self.steps.resume();
        is_agreed
    }
}

/// Tells what the steps of a plan would lose, each beneath its step.
fn tell(plan: &[PlannedStep<'_>], losses: &Losses) {
    let losses = &losses.serious();
    let told = Told::of(losses);
    for planned in plan {
        let mut lines = told.lines(planned.id).peekable();
        if lines.peek().is_some() {
            say!("{}", step(planned.action, planned.id.as_str(), planned.message));
            lines.for_each(|line| say!("{line}"));
        }
    }
    remarks(losses).for_each(|line| say!("{line}"));
}
