//! What a deployment tells of the objects that its `[retire]` sections put away and bring back.

use super::Deployment;
use crate::database::ledger::Ledger;
use crate::database::task::Task;
use crate::error::Error;
use crate::graph::Direction;
use crate::operation::retired::{Passage, Retiring, retirings};

impl Deployment<'_> {
    /// Tells it before anything runs, and stops where something is to come back that is gone. The first task has `done`
    /// so many of its sections already. Costs nothing where no task has such a section.
    pub(super) fn tell_retirings(
        &mut self,
        ledger: &Ledger,
        tasks: &[Task<'_>],
        done: usize,
    ) -> Result<Vec<Retiring>, Error> {
        let retirings = retirings(self.session.client(), ledger, &Passage::of_tasks(tasks, done))?;
        if !retirings.is_empty() {
            self.attendant.retiring(&retirings);
        }
        Ok(retirings)
    }

    /// Tells under which names the objects are that this run has put away. All of it is done by then: that they can't be
    /// read is no failure.
    pub(super) fn tell_retired(&mut self, ledger: &Ledger, tasks: &[Task<'_>]) {
        let mut up = tasks.iter().filter_map(Task::run).filter(|run| run.direction == Direction::Up);
        if !up.any(|run| run.revision.retires().next().is_some()) {
            return;
        }
        match ledger.retired(self.session.client()) {
            Ok(mut retired) => {
                retired.retain(|retired| retired.run == self.actor.run && retired.is_away());
                self.attendant.retired(&retired);
            }
            Err(error) => self.attendant.retired_unseen(&error),
        }
    }
}
