//! `revgraph upgrade`

use super::Outcome;
use super::connecting::Connecting;
use super::context::{Context, Waits, actor};
use super::progress::{AtCommandLine, Purposes, observer, seconds};
use super::render::{DIM, GOOD, ID, WARN, json, line, styled, verbatim};
use crate::database::ledger::Actor;
use crate::error::{Error, count};
use crate::graph::{Action, Direction, GraphError, Plan, Range, Target};
use crate::operation::deploy::{DeployOptions, Deployed, Deployment, Messages, OnInterrupted};
use crate::operation::dry_run::{DryRun, DryStatement};
use crate::operation::plan::{plan_from, rows_from};
use crate::operation::script::{Start, script};
use crate::operation::view::PlanView;
use crate::project::{History, Project};
use crate::revision::RevisionId;

/// Bring the database to a target
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  revgraph upgrade                      all heads
  revgraph upgrade +1                   one revision
  revgraph upgrade accounts@head 7c1d   one branch's head, and another revision
  revgraph upgrade --dry-run            try it, and roll it back
  revgraph upgrade --sql > up.sql       a script for psql instead
  revgraph upgrade --sql base:head      the same without a database")]
pub struct Args {
    /// Where to; without it, `heads`. With --sql also a range, a:b
    #[arg(value_name = "TARGET", allow_negative_numbers = true)]
    targets: Vec<String>,
    #[command(flatten)]
    run: RunArgs,
}

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
    #[command(flatten)]
    pub waits: Waits,
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

    /// How the run behaves: the project's settings, and what the command line says over them.
    pub fn options(&self, project: &Project, context: &Context) -> DeployOptions {
        let on_interrupted = match (self.resume_at, self.resume_after) {
            (true, _) => OnInterrupted::RunAgain,
            (_, true) => OnInterrupted::TakeAsDone,
            _ => OnInterrupted::Stop,
        };
        DeployOptions { on_interrupted, sources: context.sources(project), ..self.waits.over(project) }
    }
}

/// Upgrades.
pub fn run(args: Args, context: &Context) -> Result<Outcome, Error> {
    let texts = if args.targets.is_empty() { vec!["heads".to_owned()] } else { args.targets };
    let actor = actor()?;
    let (project, history, connecting) = context.history_and_database(&actor, args.run.is_online(&texts))?;
    let options = args.run.options(&project, context);
    let job = Job { context, history: &history, actor: &actor, options, direction: Direction::Up };
    if args.run.sql {
        return job.script(connecting, &texts);
    }
    let targets = texts.iter().map(|text| text.parse()).collect::<Result<Vec<Target>, GraphError>>()?;
    if args.run.dry_run {
        return job.dry_run(connecting, &targets);
    }
    job.deploy(connecting, &args.run.confirm, |deployment| deployment.upgrade(&targets))
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
    /// The project's files.
    pub history: &'a History,
    /// Who runs.
    pub actor: &'a Actor,
    /// How to run.
    pub options: DeployOptions,
    /// Which way.
    pub direction: Direction,
}

impl Job<'_> {
    /// Runs, and says what was done.
    pub fn deploy(
        &self,
        connecting: Connecting,
        phrases: &[String],
        run: impl FnOnce(&mut Deployment<'_>) -> Result<Deployed, Error>,
    ) -> Result<Outcome, Error> {
        let deployed = self.deployment(connecting, phrases, run)?;
        self.done(&deployed);
        Ok(Outcome::Done)
    }

    /// Opens the database and does something with a deployment on it.
    fn deployment<T>(
        &self,
        connecting: Connecting,
        phrases: &[String],
        run: impl FnOnce(&mut Deployment<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let purposes = Purposes::default();
        let observer = observer(self.context, Purposes::clone(&purposes));
        let mut session = connecting.session(self.context, observer)?;
        let mut attendant = AtCommandLine::new(self.context, phrases, purposes);
        run(&mut Deployment {
            history: self.history,
            session: &mut session,
            actor: self.actor,
            options: &self.options,
            attendant: &mut attendant,
        })
    }

    fn done(&self, deployed: &Deployed) {
        let plan = &deployed.plan;
        if self.context.is_json() {
            let mut view = serde_json::json!(PlanView::of(&deployed.messages, plan));
            view["milliseconds"] = serde_json::json!(deployed.duration.as_millis() as u64);
            return json(&view);
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
            self.deployment(connecting, &[], |deployment| deployment.dry_run(self.direction, targets))?;
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
        self.text(&view, &plan, rows.ids())
    }

    fn by_ledger(&self, connecting: Connecting, texts: &[String]) -> Result<String, Error> {
        let targets = texts.iter().map(|text| text.parse()).collect::<Result<Vec<Target>, GraphError>>()?;
        self.deployment(connecting, &[], |deployment| {
            let (applied, view, plan) = deployment.plan_for_script(self.direction, &targets)?;
            self.text(&view, &plan, applied)
        })
    }

    fn text(&self, history: &History, plan: &Plan, applied: Vec<RevisionId>) -> Result<String, Error> {
        let start = Start { applied, made: chrono::Utc::now() };
        script(history, plan, &start, self.actor, &self.options)
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

/// What a statement of a dry run touched, behind its text.
fn rows_of(statement: &DryStatement) -> String {
    let number = |number: u64, noun| count(usize::try_from(number).unwrap_or(usize::MAX), noun);
    if let (Some(rows), Some(load)) = (statement.rows, &statement.load) {
        return format!("  {} from {} into {}", number(rows, "row"), load.from, load.into);
    }
    match (statement.rows, &statement.batch) {
        (None, _) => String::new(),
        (Some(rows), None) => format!("  {}", number(rows, "row")),
        (Some(rows), Some(batch)) => {
            let at_least = if batch.at_least { "at least " } else { "" };
            format!("  {at_least}{} in {}", number(rows, "row"), number(batch.runs, "run"))
        }
    }
}

fn show_dry_run(messages: &Messages, plan: &Plan, report: &DryRun) {
    for step in &report.steps {
        let message = messages.get(&step.revision).map_or("", String::as_str);
        line(format!("{} {}  {message}", step.direction, styled(ID, &step.revision)).trim_end());
        for statement in &step.statements {
            let rows = rows_of(statement);
            let place = styled(DIM, format_args!("{:>5}", statement.line));
            line(format_args!("{place} {}{}", statement.sql, styled(WARN, rows)));
        }
        if step.verified > 0 {
            line(format_args!("      {} held", count(step.verified, "verification")));
        }
    }
    for not_tried in &report.not_tried {
        line(format_args!("{} {}: {}", styled(WARN, "not tried"), styled(ID, &not_tried.revision), not_tried.reason));
    }
    for lock in &report.locks {
        line(format_args!("lock {} on {}", lock.mode, lock.relation));
    }
    let steps = count(report.steps.len(), "step");
    line(format_args!(
        "tried {steps} of {} and rolled back; it would be at {}",
        plan.steps.len(),
        at(&plan.heads_after)
    ));
}
