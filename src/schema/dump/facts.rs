//! What must be known of a database, beside what pg_dump writes, to make a baseline of it: what pg_dump leaves out, and
//! what it writes although nobody has to say it.

use std::collections::BTreeMap;

use postgres::SimpleQueryMessage;
use serde::Deserialize;

use crate::database::{Client, DatabaseError};
use crate::schema::catalog::for_version;

/// Facts of one database. Made by [`Facts::read`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Facts {
    /// The role that is connected, which deploys.
    pub role: String,
    /// The extensions, by name.
    pub extensions: BTreeMap<String, Extension>,
    /// Where each sequence starts, by its qualified name, quoted where it must be.
    pub sequences: BTreeMap<String, i64>,
    /// What concerns the database as a whole.
    pub database: DatabaseFacts,
    /// The schema `public`, if it is there.
    pub public: Option<PublicSchema>,
    /// The indexes that are not valid, qualified: pg_dump leaves them out.
    pub invalid_indexes: Vec<String>,
    /// The tables, qualified, of which triggers were switched that PostgreSQL has made for a constraint: pg_dump calls
    /// them by names with numbers, which are others everywhere.
    pub switched_triggers: Vec<String>,
    /// What belongs to the whole server, each thing by a name and in all its details: roles and their memberships and
    /// settings, tablespaces, privileges on parameters, what replicates.
    pub cluster: BTreeMap<String, String>,
}

/// An extension.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Extension {
    /// Its version here.
    pub version: String,
    /// The version that would be installed if none were named.
    pub default_version: Option<String>,
    /// What its makers say of it, which is its comment if nobody has changed that.
    pub comment: Option<String>,
    /// The schema that it is in.
    pub schema: String,
}

/// What `ALTER DATABASE`, `COMMENT ON DATABASE` and `GRANT … ON DATABASE` have made.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct DatabaseFacts {
    /// The settings.
    pub settings: Vec<Setting>,
    /// The comment.
    pub comment: Option<String>,
    /// The privileges.
    pub grants: Vec<Grant>,
}

/// A setting that a database has, for everybody or for a role.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub struct Setting {
    /// The role, if it is for one.
    pub role: Option<String>,
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
}

/// A privilege.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub struct Grant {
    /// Who has it; none for everybody.
    pub grantee: Option<String>,
    /// PostgreSQL's word for it.
    pub privilege: String,
    /// Whether it may be handed on.
    pub grantable: bool,
}

/// The schema `public`, which is there before any chain.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct PublicSchema {
    /// What tells it from another one of that name.
    pub oid: String,
    /// Its owner.
    pub owner: String,
    /// Its comment.
    pub comment: Option<String>,
    /// The privileges on it.
    pub grants: Vec<Grant>,
}

impl Facts {
    /// Reads them, with one message.
    ///
    /// # Errors
    /// What the server says.
    pub fn read(client: &mut Client) -> Result<Facts, DatabaseError> {
        let doing = "what a baseline needs to know can't be read";
        let query = for_version(include_str!("facts.sql"), client.server_version());
        let messages = client.simple_query(&query).map_err(|error| DatabaseError::of(error, doing))?;
        let row = messages.iter().find_map(|message| match message {
            SimpleQueryMessage::Row(row) => row.get(0),
            _ => None,
        });
        serde_json::from_str(row.unwrap_or_default()).map_err(|error| DatabaseError::unexpected_answer(doing, error))
    }

    /// What of the whole server is not as it was: the names of things.
    pub fn cluster_changes(&self, before: &Facts) -> Vec<String> {
        let names = self.cluster.keys().chain(before.cluster.keys());
        let mut changed: Vec<String> =
            names.filter(|name| self.cluster.get(*name) != before.cluster.get(*name)).cloned().collect();
        changed.sort_unstable();
        changed.dedup();
        changed
    }
}
