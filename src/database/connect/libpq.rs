//! Handing a target on to PostgreSQL's own programs.

use std::process::Command;

use postgres::config::ChannelBinding;

use super::ConnectionSpec;
use super::endpoint::{Endpoint, Host};
use super::keyword::KEYWORDS;
use super::settings::Origin;
use super::spec::Timeout;
use super::tls_settings::Roots;

impl ConnectionSpec {
    /// Makes a program that uses libpq, such as `pg_dump`, connect to this target by default.
    ///
    /// All goes through the child's environment, where other users can't read the password as they can in arguments.
    /// Variables that the child would inherit are removed, above all `PGSERVICE`, which would win over the others.
    pub fn set_libpq_environment(&self, command: &mut Command) {
        for variable in KEYWORDS.iter().filter_map(|keyword| keyword.variable) {
            command.env_remove(variable);
        }
        for (variable, value) in self.libpq_variables() {
            command.env(variable, value);
        }
    }

    fn libpq_variables(&self) -> Vec<(&'static str, String)> {
        let mut variables = vec![
            ("PGUSER", self.user.clone()),
            ("PGDATABASE", self.database.clone()),
            ("PGHOST", self.joined(|endpoint| endpoint.host.name())),
            ("PGPORT", self.joined(|endpoint| endpoint.port.to_string())),
            ("PGHOSTADDR", self.addresses()),
            ("PGTARGETSESSIONATTRS", self.session.word().to_owned()),
            ("PGSSLMODE", self.tls.mode.word().to_owned()),
            ("PGSSLSNI", u8::from(self.tls.server_name_indication).to_string()),
        ];
        let mut set = |name, value: Option<String>| {
            variables.extend(value.map(|value| (name, value)));
        };
        set("PGOPTIONS", self.options.clone());
        set("PGAPPNAME", self.application_name.clone());
        set("PGPASSWORD", self.given_password());
        set("PGPASSFILE", self.password_file.as_ref().map(|file| file.display().to_string()));
        set(
            "PGCONNECT_TIMEOUT",
            match self.timeout {
                Timeout::After(limit) => Some(limit.as_secs().to_string()),
                Timeout::Unset | Timeout::Never => None,
            },
        );
        set(
            "PGCHANNELBINDING",
            match self.channel_binding {
                ChannelBinding::Disable => Some("disable".to_owned()),
                ChannelBinding::Require => Some("require".to_owned()),
                _ => None,
            },
        );
        set(
            "PGSSLROOTCERT",
            match &self.tls.roots {
                Roots::File(file) => Some(file.display().to_string()),
                Roots::System => Some("system".to_owned()),
                Roots::Missing { .. } => None,
            },
        );
        set("PGSSLNEGOTIATION", self.tls.direct.then(|| "direct".to_owned()));
        if let Some(client) = &self.tls.client {
            variables.push(("PGSSLCERT", client.certificate.display().to_string()));
            variables.push(("PGSSLKEY", client.key.display().to_string()));
        }
        variables
    }

    fn joined(&self, part: impl Fn(&Endpoint) -> String) -> String {
        let parts: Vec<String> = self.endpoints.iter().map(part).collect();
        parts.join(",")
    }

    /// The addresses that spare a lookup, an empty place for a host that has none.
    fn addresses(&self) -> String {
        let any = |endpoint: &Endpoint| matches!(endpoint.host, Host::Address { .. });
        if !self.endpoints.iter().any(any) {
            return String::new();
        }
        self.joined(|endpoint| match &endpoint.host {
            Host::Address { address, .. } => address.to_string(),
            _ => String::new(),
        })
    }

    /// The password, unless libpq finds it by itself in the password file.
    fn given_password(&self) -> Option<String> {
        let password = self.endpoints.first.password.as_ref()?;
        match password.origin {
            Origin::PasswordFile(_) => None,
            _ => Some(password.secret.clone()),
        }
    }
}
