//! Which scratch databases a command may have: the settings put to use.

use crate::database::Location;
use crate::database::connect::Environment;
use crate::database::scratch::{Declined, Likeness, ScratchRequest, Scratches, Source};
use crate::error::Error;
use crate::project::{Scratch as Settings, ScratchSource};
use crate::revision::sql::Statement;
use crate::revision::{Revision, RevisionId};

/// What a command wants of scratch databases.
#[derive(Debug, Clone)]
pub struct ScratchOptions<'a> {
    /// What the project allows.
    pub settings: &'a Settings,
    /// The place that the command line insists on.
    pub from: Option<ScratchSource>,
    /// The target, if there is one.
    pub target: Option<&'a Location>,
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
        let beyond = revisions.into_iter().find_map(|revision| Some((&revision.id, reaches_beyond(revision)?)));
        match beyond {
            None => Ok(Source::Server(spec.clone())),
            Some((id, what)) => Err(reason(id, what)),
        }
    }
}

fn reason(id: &RevisionId, what: &str) -> String {
    format!("{id} has {what}, which would change the target's whole server and not the scratch database alone")
}

/// What of a revision's SQL, on either way, changes more than the database that it runs in: roles, tablespaces,
/// settings of the server. None: nothing, as far as words tell. They count wherever they stand, for a DO block may
/// build such a statement.
pub fn reaches_beyond(revision: &Revision) -> Option<&'static str> {
    revision.up().chain(revision.down()).find_map(|section| {
        let text = revision.source.slice(section.body.clone()).to_ascii_uppercase();
        let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let mut words: Vec<&str> = text.split(|c| !is_word(c)).filter(|word| !word.is_empty()).collect();
        // The last word is looked at with nothing behind it.
        words.push("");
        let said = words.windows(3).find_map(beyond);
        said.or_else(|| section.statements.iter().find_map(|statement| membership(revision, statement)))
    })
}

fn beyond(words: &[&str]) -> Option<&'static str> {
    match words {
        // A user mapping is the database's own.
        ["CREATE" | "ALTER" | "DROP", "USER", "MAPPING"] => None,
        ["CREATE" | "ALTER" | "DROP", "ROLE" | "USER" | "GROUP", _] => Some("a statement about roles"),
        ["DROP" | "REASSIGN", "OWNED", _] => Some("a statement about all that a role owns"),
        ["CREATE" | "ALTER" | "DROP", "TABLESPACE", _] => Some("a statement about tablespaces"),
        ["CREATE" | "ALTER" | "DROP", "SUBSCRIPTION", _] => Some("a statement about subscriptions"),
        // Which database is meant is a matter of its name: hardly the scratch's.
        ["CREATE" | "ALTER" | "DROP" | "ON", "DATABASE", _] => Some("a statement about databases"),
        ["ALTER", "SYSTEM", _] => Some("a statement about the server's settings"),
        _ => None,
    }
}

/// `GRANT a TO b` has no ON, unlike a grant on an object.
fn membership(revision: &Revision, statement: &Statement) -> Option<&'static str> {
    let text = revision.source.slice(statement.span.clone()).to_ascii_uppercase();
    let mut words = text.split_whitespace();
    let grants = matches!(words.next(), Some("GRANT" | "REVOKE"));
    (grants && !words.any(|word| word == "ON")).then_some("a statement about members of roles")
}
