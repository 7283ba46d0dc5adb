//! What `upgrade` and `downgrade` share: their options, the run, what is said of it.

use std::path::PathBuf;

use serde_json::Value;

use super::Outcome;
use super::activity::Activity;
use super::connecting::Connecting;
use super::context::{Context, Waits};
use super::dry_run::show_dry_run;
use super::hooks::Hooks;
use super::progress::{Answers, AtCommandLine, Steps, observer, seconds};
use super::render::{GOOD, ID, json, line, styled, verbatim};
use crate::database::ledger::Actor;
use crate::error::{Error, count};
use crate::graph::{Action, Direction, GraphError, Plan, Range, Target};
use crate::operation::backup::{Backup, Wanted};
use crate::operation::deploy::{DeployOptions, Deployed, Deployment, OnInterrupted};
use crate::operation::plan::{plan_from, rows_from};
use crate::operation::script::{Start, script};
use crate::operation::view::PlanView;
use crate::project::{History, Project};
use crate::revision::RevisionId;

/// What upgrade and downgrade have in common.
#[derive(Debug, clap::Args)]
pub struct RunArgs {
    /// Try the plan in one transaction and roll it back; tells the rows and locks of each statement
    #[arg(long, conflicts_with = "sql")]
    pub dry_run: bool,
    /// Write the plan as a script for psql instead of running it
    #[arg(long)]
    pub sql: bool,
    /// Answer yes to every question that a terminal would be asked; a revision's own phrase needs --confirm
    #[arg(long, short)]
    pub yes: bool,
    /// A phrase that a revision's `confirm:` asks for, again for several
    #[arg(long, value_name = "PHRASE")]
    pub confirm: Vec<String>,
    /// Count what would be lost, which reads all of it; without it, numbers are those of the statistics
    #[arg(long, conflicts_with = "sql")]
    pub exact: bool,
    /// Before the first step, save what the plan would lose with pg_dump: to this file or folder; without a path, to
    /// backups/ or the folder that revgraph.toml names for them
    #[arg(long, value_name = "PATH", require_equals = true, conflicts_with_all = ["sql", "dry_run"])]
    pub backup: Option<Option<PathBuf>>,
    #[command(flatten)]
    pub waits: Waits,
    /// Leave out the hooks of revgraph.toml
    #[arg(long)]
    pub no_hooks: bool,
    /// Where a revision outside of transactions stopped and nobody knows how: run the statement again
    #[arg(long, conflicts_with = "resume_after")]
    resume_at: bool,
    /// … or take the statement as done
    #[arg(long)]
    resume_after: bool,
}

impl RunArgs {
    /// Whether it takes a database: a script from one target to another does not.
    pub fn is_online(&self, targets: &[String]) -> bool {
        !self.sql || as_range(targets).is_none()
    }

    /// What the command line says to questions.
    pub fn answers(&self) -> Answers<'_> {
        Answers { phrases: &self.confirm, yes: self.yes, allows_ledger: false }
    }

    /// How the run behaves: the project's settings, and what the command line says over them.
    pub fn options(&self, project: &Project, context: &Context) -> DeployOptions {
        let on_interrupted = match (self.resume_at, self.resume_after) {
            (true, _) => OnInterrupted::RunAgain,
            (_, true) => OnInterrupted::TakeAsDone,
            _ => OnInterrupted::Stop,
        };
        let sources = context.sources(project);
        DeployOptions { on_interrupted, exact: self.exact, sources, ..self.waits.over(project) }
    }
}

/// The targets of a script, if they are a range.
fn as_range(texts: &[String]) -> Option<&str> {
    match texts {
        [range] if range.contains(':') => Some(range),
        _ => None,
    }
}

/// An upgrade or downgrade from the command line.
pub struct Job<'a> {
    /// The options.
    pub context: &'a Context,
    /// The project.
    pub project: &'a Project,
    /// Its files.
    pub history: &'a History,
    /// Who runs.
    pub actor: &'a Actor,
    /// How to run.
    pub options: DeployOptions,
    /// Which way.
    pub direction: Direction,
    /// What the command line says to questions.
    pub answers: Answers<'a>,
    /// What is to run behind it.
    pub hooks: Hooks,
}

impl Job<'_> {
    /// Runs, and says what was done.
    pub fn deploy(
        &self,
        connecting: Connecting,
        args: &RunArgs,
        run: impl FnOnce(&mut Deployment<'_>) -> Result<Deployed, Error>,
    ) -> Result<Outcome, Error> {
        let backup = self.backup(args, &connecting);
        let (deployed, saved) = self.attended(connecting, backup, run)?;
        let view = self.view(&deployed, saved.as_ref());
        self.done(&deployed, &view);
        if !deployed.plan.steps.is_empty() {
            self.hooks.run(&view)?;
        }
        Ok(Outcome::Done)
    }

    /// What was done, for tools and hooks.
    fn view(&self, deployed: &Deployed, saved: Option<&Backup>) -> Value {
        let mut view = serde_json::json!(PlanView::of(&deployed.messages, &deployed.plan).losing(&deployed.losses));
        view["milliseconds"] = serde_json::json!(deployed.duration.as_millis() as u64);
        if let Some(saved) = saved {
            view["backup"] = serde_json::json!(saved);
        }
        if !deployed.kept.is_empty() {
            view["kept"] = serde_json::json!(deployed.kept);
        }
        view
    }

    /// The backup that the arguments ask for. Where nothing says which database it is of, connecting says so.
    fn backup(&self, args: &RunArgs, connecting: &Connecting) -> Option<Wanted<'_>> {
        let to = args.backup.clone()?;
        Some(Wanted {
            project: self.project,
            location: connecting.location()?.clone(),
            to,
            before: match self.direction {
                Direction::Up => "upgrade",
                Direction::Down => "downgrade",
            },
            lock_timeout: self.options.lock_timeout,
        })
    }

    /// Opens the database and does something with a deployment on it that asks nothing.
    fn deployment<T>(
        &self,
        connecting: Connecting,
        run: impl FnOnce(&mut Deployment<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        self.attended(connecting, None, run).map(|(done, _)| done)
    }

    /// Opens the database and does something with a deployment on it. Gives the backup that was made too.
    fn attended<T>(
        &self,
        connecting: Connecting,
        backup: Option<Wanted<'_>>,
        run: impl FnOnce(&mut Deployment<'_>) -> Result<T, Error>,
    ) -> Result<(T, Option<Backup>), Error> {
        let steps = Steps::new(Activity::new(self.context));
        let observer = observer(self.context, steps.clone());
        let mut session = connecting.session(self.context, observer)?;
        let mut attendant = AtCommandLine { backup, ..AtCommandLine::new(self.context, self.answers, steps) };
        let done = run(&mut Deployment {
            history: self.history,
            session: &mut session,
            actor: self.actor,
            options: &self.options,
            attendant: &mut attendant,
        })?;
        Ok((done, attendant.saved))
    }

    fn done(&self, deployed: &Deployed, view: &Value) {
        let plan = &deployed.plan;
        if self.context.is_json() {
            return json(view);
        }
        if self.context.is_quiet() {
            return;
        }
        if plan.steps.is_empty() {
            return nothing_to_do(plan);
        }
        let verb = match self.direction {
            Direction::Up => "upgraded",
            Direction::Down => "downgraded",
        };
        let runs = plan.steps.iter().filter(|step| matches!(step.action, Action::Run(_))).count();
        let adopted = plan.steps.iter().filter(|step| step.action == Action::Adopt).count();
        let done = match (runs, adopted) {
            (0, 1..) => format!("{} {}", styled(GOOD, "adopted"), count(adopted, "baseline")),
            _ => format!("{} {}", styled(GOOD, verb), count(runs, "revision")),
        };
        line(format_args!("{done} in {}; now at {}", seconds(deployed.duration), at(&plan.heads_after)));
    }

    /// Tries, and says what was seen.
    pub fn dry_run(&self, connecting: Connecting, targets: &[Target]) -> Result<Outcome, Error> {
        let (plan, messages, report) =
            self.deployment(connecting, |deployment| deployment.dry_run(self.direction, targets))?;
        if self.context.is_json() {
            let mut view = serde_json::json!(report);
            view["plan"] = serde_json::json!(PlanView::of(&messages, &plan));
            json(&view);
        } else if plan.steps.is_empty() {
            nothing_to_do(&plan);
        } else {
            show_dry_run(&messages, &plan, &report);
        }
        Ok(Outcome::Done)
    }

    /// Writes the plan as a script on standard output.
    pub fn script(&self, connecting: Connecting, texts: &[String]) -> Result<Outcome, Error> {
        let text = match as_range(texts) {
            Some(range) => self.offline(&range.parse()?)?,
            None => self.by_ledger(connecting, texts)?,
        };
        verbatim(&text);
        Ok(Outcome::Done)
    }

    fn offline(&self, range: &Range) -> Result<String, Error> {
        if self.direction == Direction::Down && range.from.is_none() {
            return Err(Error::Invalid {
                message: format!("a script for the way down must begin somewhere, and `{range}` does not say where"),
                help: "name where the database is: `head:base`".to_owned(),
            });
        }
        let from: Vec<Target> = range.from.iter().cloned().collect();
        let rows = rows_from(self.history, &from)?;
        let default: Target = match self.direction {
            Direction::Up => "heads".parse()?,
            Direction::Down => "base".parse()?,
        };
        let to = range.to.clone().unwrap_or(default);
        let (view, plan) = plan_from(self.history, self.direction.into(), &rows, &[to])?;
        let start = Start { applied: rows.ids(), version: 0, made: chrono::Utc::now() };
        self.text(&view, &plan, &start)
    }

    fn by_ledger(&self, connecting: Connecting, texts: &[String]) -> Result<String, Error> {
        let targets = texts.iter().map(|text| text.parse()).collect::<Result<Vec<Target>, GraphError>>()?;
        self.deployment(connecting, |deployment| {
            let (start, view, plan) = deployment.plan_for_script(self.direction, &targets)?;
            self.text(&view, &plan, &start)
        })
    }

    fn text(&self, history: &History, plan: &Plan, start: &Start) -> Result<String, Error> {
        script(history, plan, start, self.actor, &self.options)
    }
}

fn nothing_to_do(plan: &Plan) {
    line(format_args!("nothing to do: the database is at {}", at(&plan.heads_after)));
}

/// The heads of a database as a phrase.
pub fn at(heads: &[RevisionId]) -> String {
    match heads {
        [] => "base".to_owned(),
        heads => heads.iter().map(|id| styled(ID, id)).collect::<Vec<_>>().join(", "),
    }
}
