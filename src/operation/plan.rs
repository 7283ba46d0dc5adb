//! `plan`: what a command would do, from the ledger's state or from a place that is given.

use crate::error::Error;
use crate::graph::{Plan, State, Target, plan_downgrade, plan_stamp, plan_upgrade};
use crate::project::History;

/// The command whose plan is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Planned {
    /// `upgrade`
    Upgrade,
    /// `downgrade`
    Downgrade,
    /// `stamp`
    Stamp,
}

/// A state of the graph that targets name: the plan starts there, and no database is asked.
pub fn state_from<'h>(history: &'h History, from: &[Target]) -> Result<State<'h>, Error> {
    let mut heads = Vec::new();
    for target in from {
        heads.extend(history.graph.resolve(target, None)?);
    }
    Ok(history.graph.state_at(heads))
}

/// Plans a command from a state.
pub fn plan(command: Planned, state: &State<'_>, targets: &[Target]) -> Result<Plan, Error> {
    let plan = match (command, targets) {
        (Planned::Upgrade, targets) => plan_upgrade(state, targets)?,
        (Planned::Stamp, targets) => plan_stamp(state, targets)?,
        (Planned::Downgrade, [target]) => plan_downgrade(state, target)?,
        (Planned::Downgrade, _) => {
            return Err(Error::Invalid {
                message: "a downgrade has one target".to_owned(),
                help: "name the revision that is to be the newest, or `base`".to_owned(),
            });
        }
    };
    Ok(plan)
}
