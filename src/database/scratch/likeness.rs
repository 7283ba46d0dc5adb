//! What a scratch database must have in common with the database that it is held against.

use crate::database::ledger::result_sets;
use crate::database::message::OWN_NAMES;
use crate::database::quote::{identifier, literal};
use crate::database::{Client, DatabaseError};

/// What a scratch database is to be like. The default asks for nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Likeness {
    /// The major version of PostgreSQL, such as 15. It is preferred, not required.
    pub version: Option<u32>,
    /// The role that runs the revisions, and so owns what they make.
    pub role: Option<String>,
    /// Roles that must be there, since revisions may grant to them.
    pub roles: Vec<String>,
    /// Encoding and locale, where a database has them.
    pub locale: Option<Locale>,
}

/// The encoding and locale of a database, as `CREATE DATABASE` takes them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Locale {
    encoding: String,
    collate: String,
    ctype: String,
    /// The provider and its locale, where that isn't the C library.
    provider: Option<(&'static str, String)>,
}

/// The columns that newer versions have are looked up in a row as JSON, where an older one just lacks them.
const QUERY: &str = "SELECT current_setting('server_version_num'), session_user, pg_encoding_to_char(d.encoding), \
    d.datcollate, d.datctype, to_jsonb(d)->>'datlocprovider', \
    coalesce(to_jsonb(d)->>'datlocale', to_jsonb(d)->>'daticulocale') \
    FROM pg_database d WHERE d.datname = current_database();\n\
    SELECT rolname FROM pg_roles WHERE rolname !~ '^pg_' ORDER BY 1";

impl Likeness {
    /// What a database that a client is connected to is like. One round trip.
    pub fn of(client: &mut Client) -> Result<Likeness, DatabaseError> {
        let messages = client
            .simple_query(&format!("{OWN_NAMES}{QUERY}"))
            .map_err(|error| DatabaseError::of(error, "what the database is like can't be read"))?;
        let sets = result_sets(messages);
        // Behind the setting.
        let rows = |set: usize| sets.get(set + 1).map(Vec::as_slice).unwrap_or_default();
        let text = |column: usize| rows(0).first().and_then(|row| row.get(column)).map(str::to_owned);
        Ok(Likeness {
            version: text(0).and_then(|number| number.parse::<u32>().ok()).map(|number| number / 10_000),
            role: text(1),
            roles: rows(1).iter().filter_map(|row| row.get(0)).map(str::to_owned).collect(),
            locale: Locale::of(text(2), text(3), text(4), text(5).as_deref(), text(6)),
        })
    }

    /// What makes a session of the superuser `own` one of the role that is asked for, with the other roles beside it.
    ///
    /// The superuser itself takes that role's name, because `RESET SESSION AUTHORIZATION`, which ends each revision,
    /// leads back to it. It can't rename itself while it is the session's user: so it is somebody else for a moment.
    #[cfg(feature = "embedded")]
    pub(super) fn impersonation(&self, own: &str) -> String {
        let role = self.role.as_deref().filter(|role| *role != own);
        let rename = role.map(|role| {
            format!(
                "CREATE ROLE revgraph_scratch SUPERUSER; SET SESSION AUTHORIZATION revgraph_scratch; \
                 ALTER ROLE {} RENAME TO {role}; SET SESSION AUTHORIZATION {role}; DROP ROLE revgraph_scratch;\n",
                identifier(own),
                role = identifier(role)
            )
        });
        rename.unwrap_or_default() + &self.create_roles(role.unwrap_or(own))
    }

    /// What makes the roles that must be there, but for one that is.
    pub(super) fn create_roles(&self, there: &str) -> String {
        let missing = self.roles.iter().filter(|role| *role != there);
        missing.map(|role| format!("CREATE ROLE {};\n", identifier(role))).collect()
    }

    /// Encoding and locale as options of `CREATE DATABASE`.
    pub(super) fn database_options(&self) -> String {
        self.locale.as_ref().map(Locale::options).unwrap_or_default()
    }
}

impl Locale {
    fn of(
        encoding: Option<String>,
        collate: Option<String>,
        ctype: Option<String>,
        provider: Option<&str>,
        locale: Option<String>,
    ) -> Option<Locale> {
        let provider = match provider {
            Some("i") => Some(("ICU", "ICU_LOCALE")),
            Some("b") => Some(("builtin", "BUILTIN_LOCALE")),
            _ => None,
        };
        let provider = provider
            .zip(locale)
            .map(|((name, option), locale)| (option, format!("LOCALE_PROVIDER {name} {option} {}", literal(&locale))));
        Some(Locale { encoding: encoding?, collate: collate?, ctype: ctype?, provider })
    }

    fn options(&self) -> String {
        let provider = self.provider.as_ref().map_or("", |(_, text)| text);
        format!(
            "ENCODING {} LC_COLLATE {} LC_CTYPE {} {provider}",
            literal(&self.encoding),
            literal(&self.collate),
            literal(&self.ctype)
        )
    }
}
