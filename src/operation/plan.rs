//! `plan`: what a command would do, from the ledger's state or from a place that is given.

use crate::database::Client;
use crate::database::ledger::{Ledger, LedgerState, Unfinished};
use crate::error::Error;
use crate::graph::{Direction, Plan, Rows, State, Target, plan_downgrade, plan_stamp, plan_upgrade};
use crate::operation::baseline::overlay_up;
use crate::operation::deploy::{DeployOptions, messages_of};
use crate::operation::from_ledger::overlay_from_ledger;
use crate::operation::losses::{Losses, Step, by_text, losses, steps_of};
use crate::operation::retired::{Passage, Retiring, named, retirings};
use crate::operation::view::PlanView;
use crate::project::{History, View};

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

impl From<Direction> for Planned {
    fn from(direction: Direction) -> Planned {
        match direction {
            Direction::Up => Planned::Upgrade,
            Direction::Down => Planned::Downgrade,
        }
    }
}

/// The rows of a ledger that is at the revisions which targets name: a plan can start there without a database.
pub fn rows_from(history: &History, from: &[Target]) -> Result<Rows, Error> {
    let view = overlay_up(history, &Rows::default(), from)?;
    let mut heads = Vec::new();
    for target in from {
        heads.extend(view.graph.resolve(target, None)?);
    }
    Ok(view.graph.rows_at(&heads))
}

/// Plans a command from the rows of a ledger. What comes with the plan is the history that it speaks of, in which some
/// baselines may be expanded.
pub fn plan_from<'h>(
    history: &'h History,
    command: Planned,
    rows: &Rows,
    targets: &[Target],
) -> Result<(View<'h>, Plan), Error> {
    let view = match command {
        // Without a ledger nothing says that a database has another history.
        Planned::Downgrade => history.overlay_down(rows, targets, &|_| false)?,
        Planned::Upgrade | Planned::Stamp => overlay_up(history, rows, targets)?,
    };
    let plan = plan(command, &view.graph.state_of(rows), targets)?;
    Ok((view, plan))
}

/// Plans a command from the state of a database. What the files lack on the way down is taken from its ledger.
pub fn plan_by_ledger<'h>(
    history: &'h History,
    client: &mut Client,
    ledger: &Ledger,
    command: Planned,
    state: &LedgerState,
    targets: &[Target],
) -> Result<(View<'h>, Plan), Error> {
    let rows = state.rows();
    let view = match command {
        Planned::Downgrade => overlay_from_ledger(history, client, ledger, state, targets)?,
        Planned::Upgrade | Planned::Stamp => overlay_up(history, &rows, targets)?,
    };
    let plan = plan(command, &view.graph.state_of(&rows), targets)?;
    Ok((view, plan))
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

/// A plan with what it would do beside running revisions.
#[derive(Debug)]
pub struct Foreseen<'h> {
    /// The history that the plan speaks of.
    pub history: View<'h>,
    /// The plan.
    pub plan: Plan,
    /// What it would lose.
    pub losses: Losses,
    /// What its `[retire]` sections would put away and bring back.
    pub retirings: Vec<Retiring>,
}

impl<'h> Foreseen<'h> {
    /// What a command would do to a database as that is now.
    ///
    /// # Errors
    /// What planning and reading the database can fail with; a way down that can't bring back what was retired.
    pub fn by_database(
        history: &'h History,
        client: &mut Client,
        options: &DeployOptions,
        command: Planned,
        targets: &[Target],
    ) -> Result<Foreseen<'h>, Error> {
        let ledger = options.ledger();
        let state = ledger.read(client, false)?;
        let (history, plan) = plan_by_ledger(history, client, &ledger, command, &state, targets)?;
        let begun = state.unfinished.as_slice();
        let retirings = retirings(client, &ledger, &passages(command, &history, &plan, begun))?;
        let losses = losses(client, &runs(command, &history, &plan, begun), &retirings, options.look())?;
        Ok(Foreseen { history, plan, losses, retirings })
    }

    /// What it would do to a database at these revisions, as far as the files tell.
    ///
    /// # Errors
    /// What planning can fail with.
    pub fn by_files(
        history: &'h History,
        from: &[Target],
        command: Planned,
        targets: &[Target],
    ) -> Result<Foreseen<'h>, Error> {
        let (history, plan) = plan_from(history, command, &rows_from(history, from)?, targets)?;
        let losses = by_text(&runs(command, &history, &plan, &[]));
        let retirings = named(&passages(command, &history, &plan, &[]));
        Ok(Foreseen { history, plan, losses, retirings })
    }

    /// The same as tools read it.
    pub fn view(&self) -> PlanView {
        let view = PlanView::of(&messages_of(&self.history, &self.plan), &self.plan).losing(&self.losses);
        PlanView { from_ledger: self.history.kept_of(&self.plan), retired: self.retirings.clone(), ..view }
    }
}

/// What a plan runs, but for what has run already: `stamp` runs nothing.
fn runs<'h>(command: Planned, history: &'h History, plan: &Plan, unfinished: &[Unfinished]) -> Vec<Step<'h>> {
    match command {
        Planned::Stamp => Vec::new(),
        Planned::Upgrade | Planned::Downgrade => steps_of(history, plan, unfinished),
    }
}

/// The revisions that a plan runs; `stamp` runs none.
fn passages<'h>(command: Planned, history: &'h History, plan: &Plan, unfinished: &[Unfinished]) -> Vec<Passage<'h>> {
    match command {
        Planned::Stamp => Vec::new(),
        Planned::Upgrade | Planned::Downgrade => Passage::of_plan(history, plan, unfinished),
    }
}
