//! What is told, asked and saved between the planning of a deployment and its first step: under the deployers' lock, so
//! that what was shown is what runs.

use std::path::PathBuf;

use super::{Deployment, Messages, PlannedStep, Saving};
use crate::database::ledger::LedgerState;
use crate::database::run::Resume;
use crate::database::task::Task;
use crate::error::{Error, FromLedger};
use crate::graph::{Action, Direction, Plan, database_lineage};
use crate::operation::backup::Standing;
use crate::operation::losses::{Losses, losses, steps_of_tasks};
use crate::operation::recover::keep;
use crate::operation::retired::Retiring;
use crate::project::{History, View};
use crate::revision::RevisionId;

/// A plan that could run now.
pub(super) struct Ready<'r> {
    /// Which way.
    pub direction: Direction,
    /// What the ledger says.
    pub state: &'r LedgerState,
    /// The history that the plan speaks of.
    pub view: &'r View<'r>,
    /// Its steps.
    pub tasks: &'r [Task<'r>],
    /// What they are for.
    pub messages: &'r Messages,
    /// What their `[retire]` sections do.
    pub retirings: &'r [Retiring],
}

impl Deployment<'_> {
    /// Tells the plan and what it would lose, asks what is to be asked, and has a backup made where one is wanted. What a
    /// plan was told to lose before is in `told`: after somebody else has moved the ledger, the same isn't asked again.
    pub(super) fn ask(
        &mut self,
        ready: &Ready<'_>,
        resume: Option<&Resume>,
        told: &mut Option<Losses>,
    ) -> Result<(), Error> {
        let message = |id| ready.messages.get(id).map_or("", String::as_str);
        let step = |task: &'_ Task<'_>| (task.action(), task.id().clone());
        let steps: Vec<(Action, RevisionId)> = ready.tasks.iter().map(step).collect();
        let plan: Vec<PlannedStep<'_>> =
            steps.iter().map(|(action, id)| PlannedStep { action: *action, id, message: message(id) }).collect();
        self.attendant.planned(&plan);
        let begins = resume.map_or((0, 0), |resume| (resume.section, resume.statement));
        let steps = steps_of_tasks(ready.tasks, begins);
        let found = losses(self.session.client(), &steps, ready.retirings, self.options.look())?;
        let is_news = told.as_ref() != Some(&found);
        if is_news && !found.is_empty() {
            self.attendant.losing(&plan, &found);
        }
        if is_news && ready.direction == Direction::Down && found.destroy() && !self.attendant.consents(&found) {
            return Err(Error::WouldLose { losses: Box::new(found) });
        }
        self.ask_for_phrases(ready.tasks)?;
        if is_news {
            let standing = standing(ready, &self.options.ledger_schema);
            self.attendant.save(self.session, &Saving { plan: &plan, losses: &found, standing: &standing })?;
        }
        *told = Some(found);
        Ok(())
    }

    /// SQL that the ledger alone has is run after its user was told, and has agreed: whoever can write the ledger could
    /// have put it there.
    pub(in crate::operation) fn allow_ledger(&mut self, history: &History, plan: &Plan) -> Result<(), Error> {
        let revisions = history.kept_of(plan);
        match revisions.is_empty() || self.attendant.allows_ledger(&revisions) {
            true => Ok(()),
            false => Err(Error::OnlyInLedger { revisions, wanted: FromLedger::WayDown }),
        }
    }

    /// Writes what the ledger alone has of the plan's revisions into files, for with its way down it goes from there.
    pub(super) fn keep(&mut self, history: &History, plan: &Plan) -> Result<Vec<PathBuf>, Error> {
        let ids = history.kept_of(plan);
        let Some(folder) = self.options.keep.as_deref().filter(|_| !ids.is_empty()) else { return Ok(Vec::new()) };
        let files = keep(ids.iter().filter_map(|id| history.get(id)), folder)?;
        self.attendant.kept(&ids, folder);
        Ok(files)
    }

    fn ask_for_phrases(&mut self, tasks: &[Task<'_>]) -> Result<(), Error> {
        for revision in tasks.iter().filter_map(Task::run).map(|run| run.revision) {
            let Some(phrase) = &revision.confirm else { continue };
            if !self.attendant.confirms(revision, phrase) {
                return Err(Error::NotConfirmed { revision: revision.id.clone(), phrase: phrase.clone() });
            }
        }
        Ok(())
    }
}

/// Where the database is before the plan runs.
fn standing(ready: &Ready<'_>, ledger: &str) -> Standing {
    let heads = ready.view.graph.state_of(&ready.state.rows()).heads();
    let lineage = |id: &RevisionId| {
        let sink = ready.view.graph.get(id).and_then(|node| node.node().replaces.last());
        ready.state.applied.get(id).or_else(|| ready.state.applied.get(sink?))?.lineage
    };
    let lineage = database_lineage(heads.iter().filter_map(lineage));
    Standing { ledger: ledger.to_owned(), heads: Some(heads), lineage: Some(lineage) }
}
