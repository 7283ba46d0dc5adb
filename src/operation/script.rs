//! `upgrade --sql` and `downgrade --sql`: the plan as a script for psql, the ledger's rows in it.

use chrono::{DateTime, Utc};

use crate::database::DatabaseError;
use crate::database::ledger::{Actor, Ledger, install_script, is_older};
use crate::database::message::{Frame, Message};
use crate::database::task::Task;
use crate::error::Error;
use crate::graph::{Direction, Plan, Target};
use crate::operation::deploy::{DeployOptions, Deployment, tasks};
use crate::operation::retired::{Passage, retirings};
use crate::operation::sources::loads_ahead;
use crate::project::{History, View};
use crate::revision::RevisionId;

/// Where the script begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Start {
    /// The revisions in effect there.
    pub applied: Vec<RevisionId>,
    /// The version of its ledger; 0 where there is none, or nobody has looked.
    pub version: i32,
    /// When the script is made.
    pub made: DateTime<Utc>,
}

/// Writes a plan as a script that psql runs: it stops at the first error, makes the ledger where there is
/// none, refuses a database that is somewhere else, and keeps each revision and its ledger row together.
pub fn script(
    history: &History,
    plan: &Plan,
    start: &Start,
    actor: &Actor,
    options: &DeployOptions,
) -> Result<String, Error> {
    let ledger = options.ledger();
    let lineages = history.lineages();
    let tasks = tasks(history, plan, &lineages)?;
    if let Some(revision) = tasks.iter().filter_map(Task::run).find(|run| loads_ahead(run, None).next().is_some()) {
        return Err(Error::LoadInScript { revision: revision.entry.id.clone() });
    }
    let timeouts = options.timeouts();
    let frame = Frame {
        ledger: &ledger,
        actor,
        timeouts,
        recorded: 0,
        fsync: true,
        read_only: true,
        sources: &options.sources,
        paced: true,
        watch: None,
        teller: None,
    };
    let mut message = Message::new(&frame, 0);
    for task in &tasks {
        let what_for = history.get(task.id()).map_or("", |revision| revision.message.as_str());
        message.comment(&format!("{} {} {what_for}", task.action(), task.id()));
        match task {
            Task::Run(run) if !run.is_atomic() => message.add_outside(&frame, run),
            _ => message.add(&frame, task, None, None),
        }
    }
    let heads: Vec<&str> = plan.heads_after.iter().map(RevisionId::as_str).collect();
    let heads = if heads.is_empty() { "base".to_owned() } else { heads.join(" ") };
    Ok(format!(
        "-- revgraph {}: {} of {} to {heads}\n-- run it with psql\n\\set ON_ERROR_STOP on\n\\set AUTOCOMMIT on\n\n{}{}\n{}",
        actor.client,
        crate::error::count(tasks.len(), "step"),
        start.made.format("%Y-%m-%dT%H:%M:%SZ"),
        make_ledger(ledger.schema(), &ledger.name("state"), start)?,
        ledger.assert_applied(&start.applied, start.made),
        message.finish(&frame)
    ))
}

impl<'a> Deployment<'a> {
    /// Where the database is, and the plan from there: stops where running the plan would, and also where a revision
    /// is unfinished, for a script can't go on in the middle.
    pub fn plan_for_script(
        &mut self,
        direction: Direction,
        targets: &[Target],
    ) -> Result<(Start, View<'a>, Plan), Error> {
        let state = self.options.ledger().read(self.session.client(), false)?;
        let (view, plan) = self.plan(&state, direction, targets)?;
        if let Some(unfinished) = state.unfinished.into_iter().next() {
            return Err(Error::Unfinished { revision: unfinished.revision, direction: unfinished.direction });
        }
        self.allow_ledger(&view, &plan)?;
        retirings(self.session.client(), &self.options.ledger(), &Passage::of_plan(&view, &plan, &[]))?;
        let (version, applied) = (state.version, state.applied.into_keys().collect());
        Ok((Start { applied, version, made: Utc::now() }, view, plan))
    }
}

/// What makes the ledger, or brings an old one up to date: the steps call its functions. Only a database where nothing is
/// in effect can be one without a ledger.
fn make_ledger(schema: &str, state: &str, start: &Start) -> Result<String, Error> {
    let query = match start.version {
        0 if start.applied.is_empty() => {
            format!("SELECT to_regclass({}) IS NULL AS revgraph_is_old", crate::database::quote::literal(state))
        }
        1.. if start.version < Ledger::VERSION => is_older(schema, "revgraph_is_old"),
        _ => return Ok(String::new()),
    };
    let sql = install_script(schema, start.version).map_err(|error| DatabaseError::of_install(&error))?;
    Ok(format!("{query} \\gset\n\\if :revgraph_is_old\nBEGIN;\n{sql}COMMIT;\n\\endif\n\n"))
}
