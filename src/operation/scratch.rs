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
        let beyond =
            revisions.into_iter().find_map(|revision| Some((&revision.id, *reaches_beyond(revision).first()?)));
        match beyond {
            None => Ok(Source::Server(spec.clone())),
            Some((id, what)) => Err(reason(id, what)),
        }
    }
}

fn reason(id: &RevisionId, what: Beyond) -> String {
    format!("{id} has {what}, which would change the target's whole server and not the scratch database alone")
}

/// What a statement changes beside the database that it runs in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Beyond {
    /// Roles, or who is a member of which.
    Roles,
    /// All that a role owns, wherever it is.
    Owned,
    /// Tablespaces.
    Tablespaces,
    /// Subscriptions, which reach to another server.
    Subscriptions,
    /// The settings, the comment and the privileges of a database. Which one is a matter of its name.
    Database,
    /// Databases that come or go.
    Databases,
    /// The settings of the server.
    System,
}

impl std::fmt::Display for Beyond {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Beyond::Roles => "a statement about roles",
            Beyond::Owned => "a statement about all that a role owns",
            Beyond::Tablespaces => "a statement about tablespaces",
            Beyond::Subscriptions => "a statement about subscriptions",
            Beyond::Database | Beyond::Databases => "a statement about databases",
            Beyond::System => "a statement about the server's settings",
        })
    }
}

/// What of a revision's SQL, on either way, changes more than the database that it runs in, as far as words tell. They
/// count wherever they stand, for a DO block may build such a statement.
pub fn reaches_beyond(revision: &Revision) -> Vec<Beyond> {
    let mut found = Vec::new();
    for section in revision.up().chain(revision.down()) {
        let text = revision.source.slice(section.body.clone()).to_ascii_uppercase();
        let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let mut words: Vec<&str> = text.split(|c| !is_word(c)).filter(|word| !word.is_empty()).collect();
        // The last word is looked at with nothing behind it.
        words.push("");
        found.extend(words.windows(3).filter_map(beyond));
        found.extend(section.statements.iter().filter_map(|statement| membership(revision, statement)));
    }
    found
}

fn beyond(words: &[&str]) -> Option<Beyond> {
    match words {
        // A user mapping is the database's own.
        ["CREATE" | "ALTER" | "DROP", "USER", "MAPPING"] => None,
        ["CREATE" | "ALTER" | "DROP", "ROLE" | "USER" | "GROUP", _] => Some(Beyond::Roles),
        ["DROP" | "REASSIGN", "OWNED", _] => Some(Beyond::Owned),
        ["CREATE" | "ALTER" | "DROP", "TABLESPACE", _] => Some(Beyond::Tablespaces),
        ["CREATE" | "ALTER" | "DROP", "SUBSCRIPTION", _] => Some(Beyond::Subscriptions),
        ["CREATE" | "DROP", "DATABASE", _] => Some(Beyond::Databases),
        // Hardly the scratch's.
        ["ALTER" | "ON", "DATABASE", _] => Some(Beyond::Database),
        ["ALTER", "SYSTEM", _] => Some(Beyond::System),
        _ => None,
    }
}

/// `GRANT a TO b` has no ON, unlike a grant on an object.
fn membership(revision: &Revision, statement: &Statement) -> Option<Beyond> {
    let text = revision.source.slice(statement.span.clone()).to_ascii_uppercase();
    let mut words = text.split_whitespace();
    let grants = matches!(words.next(), Some("GRANT" | "REVOKE"));
    (grants && !words.any(|word| word == "ON")).then_some(Beyond::Roles)
}
