//! What a program asks for, whatever connection it is done on.

use super::deploy::Deploy;
use super::event::{Attending, observer};
use crate::database::ledger::{Actor, Ledger};
use crate::database::sources::Sources;
use crate::database::{Backend, DatabaseError, Lender, Location, Observer, Session};
use crate::error::Error;
use crate::graph::{Direction, Plan};
use crate::operation::actor::actor;
use crate::operation::check::{Findings, check_database};
use crate::operation::current::{Current, current};
use crate::operation::deploy::{DeployOptions, Deployed, Deployment};
use crate::project::{Config, History, Project};

/// Something to do with a project's history and a session.
pub(super) struct Job<T> {
    observer: Observer,
    work: Box<Work<T>>,
}

type Work<T> = dyn FnOnce(&History, &mut Session, &Actor) -> Result<T, Error> + Send;

impl<T> Job<T> {
    fn quiet(work: impl FnOnce(&History, &mut Session, &Actor) -> Result<T, Error> + Send + 'static) -> Job<T> {
        Job { observer: std::sync::Arc::new(|_| ()), work: Box::new(work) }
    }

    /// Does it on a connection that was lent. The files are read and checked before the connection is touched.
    pub(super) fn on_loan(self, project: &Project, lender: Box<dyn Lender>, backend: Backend) -> Result<T, Error> {
        let history = project.history()?;
        let actor = actor()?;
        let mut session = Session::borrow(lender, backend, self.observer)?;
        let done = (self.work)(&history, &mut session, &actor);
        match (session.give_back(done.is_err()), done) {
            (Ok(()), done) => done,
            (Err(error), Ok(_)) => Err(error.into()),
            // What is gone needs nothing put back.
            (Err(DatabaseError::ConnectionLost { .. }), Err(first)) => Err(first),
            (Err(error), Err(first)) => {
                let (first, reason) = (first.to_string(), error.to_string());
                Err(DatabaseError::NotPutBack { first, reason }.into())
            }
        }
    }

    /// Does it on a connection of its own.
    pub(super) fn on_own(self, project: &Project, location: &Location) -> Result<T, Error> {
        let history = project.history()?;
        let actor = actor()?;
        let mut session = Session::open(location, &actor.run, self.observer)?;
        (self.work)(&history, &mut session, &actor)
    }
}

/// An upgrade or downgrade. `sources` are what revisions load rows from.
pub(super) fn deployment(config: &Config, sources: Sources, direction: Direction, deploy: Deploy) -> Job<Deployed> {
    let options = DeployOptions { sources, ..deploy.options(config) };
    Job {
        observer: observer(&deploy),
        work: Box::new(move |history, session, actor| {
            let targets = deploy.targets()?;
            let mut attendant = Attending(&deploy);
            Deployment { history, session, actor, options: &options, attendant: &mut attendant }
                .deploy(direction, &targets)
        }),
    }
}

/// What an upgrade would do.
pub(super) fn pending(config: &Config, deploy: Deploy) -> Job<Plan> {
    let options = deploy.options(config);
    Job::quiet(move |history, session, actor| {
        let targets = deploy.targets()?;
        let mut attendant = Attending(&deploy);
        Deployment { history, session, actor, options: &options, attendant: &mut attendant }.pending(&targets)
    })
}

/// Where a database is.
pub(super) fn standing(config: &Config) -> Job<Current> {
    let ledger = ledger(config);
    Job::quiet(move |history, session, _| current(history, session, &ledger))
}

/// What is wrong, or not yet done.
pub(super) fn findings(config: &Config) -> Job<Findings> {
    let ledger = ledger(config);
    Job::quiet(move |history, session, _| check_database(history, session, &ledger))
}

fn ledger(config: &Config) -> Ledger {
    Ledger::new(&config.ledger_schema).waiting(config.lock_timeout)
}

/// There is no thread to be had.
pub(super) fn no_thread(error: &std::io::Error) -> Error {
    DatabaseError::NoRuntime(error.to_string()).into()
}
