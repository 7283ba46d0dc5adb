//! Which scratch databases a command may have: the settings put to use.

use crate::database::Location;
use crate::database::connect::Environment;
use crate::database::scratch::{Declined, Likeness, ScratchRequest, Scratches, Source};
use crate::error::Error;
use crate::project::{Scratch as Settings, ScratchSource};
use crate::revision::Revision;

mod beyond;
mod stand_ins;

pub use beyond::{Beyond, reaches_beyond};
pub use stand_ins::stand_ins;

/// What a command wants of scratch databases.
#[derive(Debug, Clone)]
pub struct ScratchOptions<'a> {
    /// What the project allows.
    pub settings: &'a Settings,
    /// The place that the command line insists on.
    pub from: Option<ScratchSource>,
    /// The target, if there is one.
    pub target: Option<&'a Location>,
    /// The database whose server `[scratch] server` speaks of; the target may be on another one.
    pub configured: Option<&'a Location>,
    /// What the databases are to be like.
    pub likeness: Likeness,
}

impl ScratchOptions<'_> {
    /// Opens the first place that is allowed and works for what is to run there.
    ///
    /// # Errors
    /// What became of each place, and how to have one.
    pub fn open<'r>(
        &self,
        revisions: impl IntoIterator<Item = &'r Revision>,
        environment: &Environment,
    ) -> Result<Scratches, Error> {
        let request = self.request(revisions);
        Ok(Scratches::open(&request, environment)?)
    }

    fn request<'r>(&self, revisions: impl IntoIterator<Item = &'r Revision>) -> ScratchRequest {
        let mut likeness = self.likeness.clone();
        for role in &self.settings.roles {
            if !likeness.roles.contains(role) {
                likeness.roles.push(role.clone());
            }
        }
        let mut request = ScratchRequest { likeness, ..ScratchRequest::default() };
        let only = self.from.or(self.settings.from);
        let may_be = |source| only.is_none_or(|only| only == source);
        if may_be(ScratchSource::Server) {
            match self.server(revisions) {
                Ok(source) => request.sources.push(source),
                Err(reason) => request.declined.push(Declined { source: "server".to_owned(), reason }),
            }
        }
        if may_be(ScratchSource::Programs) {
            request.sources.push(Source::Programs);
        }
        if may_be(ScratchSource::Embedded) {
            request.sources.push(Source::Embedded);
        }
        request
    }

    /// The target's server, if it may be used for these revisions.
    fn server<'r>(&self, revisions: impl IntoIterator<Item = &'r Revision>) -> Result<Source, String> {
        let spec = match self.target {
            Some(Location::Server(spec)) => spec,
            Some(Location::Embedded(_)) => return Err("the target is the embedded database, which is no server".into()),
            None => return Err("no database is named whose server it could be".into()),
        };
        if !self.settings.server {
            return Err(
                "not allowed on the target's server: `[scratch] server = true` in revgraph.toml allows it".into()
            );
        }
        match self.configured {
            Some(Location::Server(configured)) if spec.is_same_server(configured) => {}
            _ => {
                return Err("`[scratch] server = true` speaks of the server of `url` in revgraph.toml, and this is \
                            another one"
                    .into());
            }
        }
        let revisions: Vec<&Revision> = revisions.into_iter().collect();
        let of_revision = |revision: &&Revision| Some((revision.id.to_string(), *reaches_beyond(revision).first()?));
        let beyond = revisions.iter().find_map(of_revision);
        match beyond.or_else(|| stand_ins::reach_beyond(self.settings, &revisions)) {
            None => Ok(Source::Server(spec.clone())),
            Some((whose, what)) => Err(reason(&whose, what)),
        }
    }
}

fn reason(whose: &str, what: Beyond) -> String {
    format!("{whose} has {what}, which would change the target's whole server and not the scratch database alone")
}
