//! What a program is told while a deployment runs.

use std::fmt;

use super::deploy::Deploy;
use crate::database::run::Headway;
use crate::database::{Holder, Notice, Observer};
use crate::error::count;
use crate::graph::Action;
use crate::operation::deploy::{Attendant, PlannedStep, Retry};
use crate::operation::losses::Losses;
use crate::revision::{Revision, RevisionId};

/// Something that happens in a deployment. Its `Display` is a line for a log.
#[derive(Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// This is what will be run. Told before anything is; again if somebody else has moved the database meanwhile.
    Planned(&'a [PlannedStep<'a>]),
    /// Somebody else deploys to this database, and is waited for.
    Waiting(&'a Holder),
    /// The plan would lose this. Told before anything runs.
    Losing(&'a Losses),
    /// A revision that is not one transaction goes on where it stopped: with this statement, or, with none, to its end.
    Resuming {
        /// The revision.
        revision: &'a RevisionId,
        /// The statement that comes next.
        sql: Option<&'a str>,
    },
    /// A step is done. On a connection that was lent, steps that ran in one message are told of together, behind it.
    Done {
        /// What was done.
        action: Action,
        /// The revision's id.
        revision: &'a str,
    },
    /// A step was in somebody's way, has been rolled back, and is run again after a pause.
    Retrying(&'a Retry<'a>),
    /// A section that is many transactions has come so far: told between two of them, at most ten times a second.
    Headway(&'a Headway<'a>),
    /// What a statement of a revision had to say. On a connection that was lent, that goes where its notices go.
    Notice {
        /// NOTICE, WARNING, …
        severity: &'a str,
        /// The text.
        message: &'a str,
    },
}

impl fmt::Display for Event<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Event::Planned(steps) => write!(f, "{} to do", count(steps.len(), "step")),
            Event::Waiting(holder) => write!(f, "waiting for another deployer: {holder}"),
            Event::Losing(losses) => write!(f, "this loses {}", losses.summary()),
            Event::Resuming { revision, sql: Some(sql) } => {
                let words: Vec<&str> = sql.split_whitespace().take(8).collect();
                write!(f, "{revision} goes on where it stopped: {}", words.join(" "))
            }
            Event::Resuming { revision, sql: None } => write!(f, "{revision} has run, and is verified and recorded"),
            Event::Done { action, revision } => write!(f, "{action} {revision}"),
            Event::Retrying(retry) => write!(
                f,
                "{} {}: {}; retry {} of {} in {} ms",
                retry.action,
                retry.revision,
                retry.reason,
                retry.number,
                retry.of,
                retry.pause.as_millis()
            ),
            Event::Headway(headway) => {
                let Headway { revision, section, progress, .. } = headway;
                write!(f, "{revision} [{section}]: {} rows", progress.rows)
            }
            // One line, whatever a revision makes of it.
            Event::Notice { severity, message } => write!(f, "{severity}: {}", message.replace(['\n', '\r'], " ")),
        }
    }
}

/// Hands on what a connection tells.
pub(super) fn observer(deploy: &Deploy) -> Observer {
    let deploy = deploy.clone();
    std::sync::Arc::new(move |notice| match &notice {
        Notice::Steps { action, revisions } => {
            for revision in revisions {
                deploy.tell(&Event::Done { action: *action, revision });
            }
        }
        Notice::Server { severity, message } => deploy.tell(&Event::Notice { severity, message }),
        // Asked for by nobody here: an index is looked at on a second connection.
        Notice::Building(_) | Notice::Built => {}
    })
}

/// Attends to a deployment for a program: it tells, and answers by what the program has said before.
pub(super) struct Attending<'d>(pub(super) &'d Deploy);

impl Attendant for Attending<'_> {
    fn waiting(&mut self, holder: &Holder) {
        self.0.tell(&Event::Waiting(holder));
    }

    fn planned(&mut self, plan: &[PlannedStep<'_>]) {
        self.0.tell(&Event::Planned(plan));
    }

    fn resuming(&mut self, revision: &RevisionId, sql: Option<&str>) {
        self.0.tell(&Event::Resuming { revision, sql });
    }

    fn makes_headway(&mut self, headway: &Headway<'_>) {
        self.0.tell(&Event::Headway(headway));
    }

    fn retrying(&mut self, retry: &Retry<'_>) {
        self.0.tell(&Event::Retrying(retry));
    }

    fn losing(&mut self, _plan: &[PlannedStep<'_>], losses: &Losses) {
        self.0.tell(&Event::Losing(losses));
    }

    fn consents(&mut self, _losses: &Losses) -> bool {
        self.0.may_lose()
    }

    fn confirms(&mut self, _revision: &Revision, phrase: &str) -> bool {
        self.0.confirms(phrase)
    }
}
