//! A backup that somebody wants of a project's database: where it goes, and how much of the database it holds.

use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::Utc;

use super::{Backup, PlannedAction, Request, Scope, Standing, back_up, file_for, name_for};
use crate::database::connect::Environment;
use crate::database::ledger::Ledger;
use crate::database::{Location, Session};
use crate::error::Error;
use crate::operation::current::current;
use crate::operation::deploy::Saving;
use crate::project::Project;

/// A backup that is wanted.
#[derive(Debug)]
pub struct Wanted<'a> {
    /// The project, which says where backups go.
    pub project: &'a Project,
    /// The database.
    pub location: Location,
    /// The file or folder that is named for it.
    pub to: Option<PathBuf>,
    /// What comes after it, for its name: `upgrade` or `downgrade`; `all` where nothing does.
    pub before: &'static str,
    /// How long pg_dump waits for a lock.
    pub lock_timeout: Duration,
}

impl Wanted<'_> {
    /// Saves all of the database.
    ///
    /// # Errors
    /// There is no backup.
    pub fn save_all(&self, environment: &Environment, session: &mut Session) -> Result<(Backup, Standing), Error> {
        let standing = Standing::of(self.project, session);
        let made = self.save(environment, session, &Scope::All, &standing, Vec::new())?;
        Ok((made, standing))
    }

    /// Saves what a plan would lose, and says how much of the database that is. None where it loses nothing that a dump
    /// could hold.
    ///
    /// # Errors
    /// There is no backup.
    pub fn save_losses(
        &self,
        environment: &Environment,
        session: &mut Session,
        saving: &Saving<'_>,
    ) -> Result<Option<(Backup, Scope)>, Error> {
        let Some(scope) = Scope::of(saving.losses, session.client(), &saving.standing.ledger)? else { return Ok(None) };
        let plan = saving
            .plan
            .iter()
            .map(|step| PlannedAction { direction: step.action.to_string(), revision: step.id.clone() })
            .collect();
        let made = self.save(environment, session, &scope, saving.standing, plan)?;
        Ok(Some((made, scope)))
    }

    fn save(
        &self,
        environment: &Environment,
        session: &mut Session,
        scope: &Scope,
        standing: &Standing,
        plan: Vec<PlannedAction>,
    ) -> Result<Backup, Error> {
        let to: Option<&Path> = self.to.as_deref();
        let file = file_for(&self.project.backups(), to, called(&self.location), self.before, Utc::now());
        back_up(Request {
            location: &self.location,
            environment,
            server_version: session.client().server_version(),
            scope,
            file: &file,
            lock_timeout: self.lock_timeout,
            standing,
            plan,
        })
    }
}

impl Standing {
    /// Where a database is. Files that are in no order, or not those of this database, are no reason to go without a backup.
    fn of(project: &Project, session: &mut Session) -> Standing {
        let ledger = Ledger::new(&project.config.ledger_schema);
        let told = project.history().ok().and_then(|history| current(&history, session, &ledger).ok());
        Standing {
            ledger: ledger.schema().to_owned(),
            heads: told.as_ref().map(|current| current.heads.clone()),
            lineage: told.map(|current| current.lineage),
        }
    }
}

/// The folder for texts that leave the ledger, in the project's folder of backups.
pub fn folder_of_texts(project: &Project, location: &Location) -> PathBuf {
    project.backups().join(name_for(called(location), "ledger", Utc::now()))
}

fn called(location: &Location) -> &str {
    match location {
        Location::Server(spec) => spec.database(),
        Location::Embedded(_) => "embedded",
    }
}
