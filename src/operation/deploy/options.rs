//! How a deployment behaves.

use std::path::PathBuf;
use std::time::Duration;

use crate::database::ledger::Ledger;
use crate::database::message::Timeouts;
use crate::database::sources::Sources;
use crate::operation::losses::Look;
use crate::project::Config;

/// How a deployment behaves.
#[derive(Debug, Clone)]
pub struct DeployOptions {
    /// The schema of the ledger.
    pub ledger_schema: String,
    /// How long to wait for another deployer.
    pub lock_wait: Duration,
    /// How long a statement waits for a lock.
    pub lock_timeout: Duration,
    /// How long a statement may run.
    pub statement_timeout: Option<Duration>,
    /// What to do with a revision that stopped at a statement whose outcome isn't known.
    pub on_interrupted: OnInterrupted,
    /// How often a step is run again that did not get a lock, or was in a deadlock.
    pub retries: u32,
    /// Whether what would be lost is counted, instead of told by statistics.
    pub exact: bool,
    /// What `[load]` sections read. The settings alone don't tell: a way to a database may be in the environment.
    pub sources: Sources,
    /// The folder for the texts of revisions that have no file, and that the ledger lets go of on their way down. None:
    /// they are gone then.
    pub keep: Option<PathBuf>,
}

/// What somebody wants otherwise than the project's settings say.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wishes {
    /// How long to wait for another deployer.
    pub lock_wait: Option<Duration>,
    /// How long a statement waits for a lock.
    pub lock_timeout: Option<Duration>,
    /// How long a statement may run.
    pub statement_timeout: Option<Duration>,
    /// How often a step is run again that did not get a lock.
    pub retries: Option<u32>,
}

impl Wishes {
    /// The settings with these wishes over them.
    pub fn over(self, config: &Config) -> DeployOptions {
        let options = DeployOptions::from(config);
        DeployOptions {
            lock_wait: self.lock_wait.unwrap_or(options.lock_wait),
            lock_timeout: self.lock_timeout.unwrap_or(options.lock_timeout),
            statement_timeout: self.statement_timeout.or(options.statement_timeout),
            retries: self.retries.unwrap_or(options.retries),
            ..options
        }
    }
}

/// What to do with a revision that stopped at a statement whose outcome isn't known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum OnInterrupted {
    /// Stop and say so.
    #[default]
    Stop,
    /// Run the statement again.
    RunAgain,
    /// Take it as done.
    TakeAsDone,
}

impl From<&Config> for DeployOptions {
    fn from(config: &Config) -> DeployOptions {
        DeployOptions {
            ledger_schema: config.ledger_schema.clone(),
            lock_wait: config.lock_wait,
            lock_timeout: config.lock_timeout,
            statement_timeout: config.statement_timeout,
            on_interrupted: OnInterrupted::default(),
            retries: config.retries,
            exact: false,
            sources: Sources::default(),
            keep: None,
        }
    }
}

impl DeployOptions {
    /// The ledger that is meant.
    pub fn ledger(&self) -> Ledger {
        Ledger::new(&self.ledger_schema).waiting(self.lock_timeout)
    }

    /// How to look at what would be lost.
    pub fn look(&self) -> Look {
        Look { exact: self.exact, lock_timeout: self.lock_timeout }
    }

    /// How statements wait.
    pub fn timeouts(&self) -> Timeouts {
        Timeouts { lock: self.lock_timeout.as_millis(), statement: self.statement_timeout.map(|time| time.as_millis()) }
    }
}
