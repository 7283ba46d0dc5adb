//! What a connection string, a service and the environment come to: where to connect, as whom, and how.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use postgres::config::ChannelBinding;

use super::endpoint::{Endpoint, Endpoints, Host, Password};
use super::pgpass::{self, Wanted, Warning};
use super::settings::{Origin, Settings};
use super::tls_settings::TlsSettings;
use super::url::encoded;
use super::{Environment, SpecError, conninfo, service};

/// Where to connect and how. Made by [`ConnectionSpec::resolve`]; neither Debug nor Display shows a password.
#[derive(Clone, Debug)]
pub struct ConnectionSpec {
    pub(super) endpoints: Endpoints,
    pub(super) user: String,
    pub(super) database: String,
    pub(super) tls: TlsSettings,
    pub(super) channel_binding: ChannelBinding,
    pub(super) application_name: Option<String>,
    pub(super) options: Option<String>,
    pub(super) timeout: Timeout,
    pub(super) keepalive: Keepalive,
    pub(super) session: Session,
    /// The file in which a password was looked for, found there or not.
    pub(super) password_file: Option<PathBuf>,
    warnings: Vec<Warning>,
}

/// How long each address may take to accept and authenticate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Timeout {
    /// Not said: the caller's default holds.
    Unset,
    Never,
    After(Duration),
}

/// TCP keepalive, in libpq's terms; what is not given is left to the operating system.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Keepalive {
    pub off: bool,
    pub idle: Option<Duration>,
    pub interval: Option<Duration>,
    pub count: Option<u32>,
    pub user_timeout: Option<Duration>,
}

/// What the session must be for a server to be the right one (`target_session_attrs`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Session {
    Any,
    ReadWrite,
    ReadOnly,
    Primary,
    Standby,
    PreferStandby,
}

impl Session {
    const WORDS: &'static [(&'static str, Session)] = &[
        ("any", Session::Any),
        ("read-write", Session::ReadWrite),
        ("read-only", Session::ReadOnly),
        ("primary", Session::Primary),
        ("standby", Session::Standby),
        ("prefer-standby", Session::PreferStandby),
    ];

    /// The word for it in a connection string.
    pub fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(_, session)| *session == self).map_or("any", |(word, _)| word)
    }
}

impl ConnectionSpec {
    /// Works out what to connect to, as libpq would.
    ///
    /// `text` is a `postgres://` URL or a `key=value` string. What it leaves open comes from the service that is named,
    /// then from the variables in `environment`, then from libpq's defaults: the operating system's user, a database
    /// of the user's name, a Unix socket, port 5432. A password that is given nowhere is looked for in the password file.
    ///
    /// # Errors
    /// A text that can't be read, an unknown or unsupported parameter, a value that its parameter can't have, a service
    /// that can't be found. No message holds any part of a password.
    pub fn resolve(text: Option<&str>, environment: &Environment) -> Result<Self, SpecError> {
        let mut settings = match text {
            Some(text) if !text.trim().is_empty() => conninfo::parse(text)?,
            _ => Settings::default(),
        };
        service::add(&mut settings, environment)?;
        settings.add_variables(environment)?;
        let user = match settings.text("user") {
            Some(user) => user.to_owned(),
            None => environment.user_name()?.ok_or(SpecError::NoUser)?,
        };
        let mut spec = Self {
            endpoints: Endpoints::from_settings(&settings)?,
            database: settings.text("dbname").unwrap_or(&user).to_owned(),
            user,
            tls: TlsSettings::from_settings(&settings, environment)?,
            channel_binding: channel_binding(&settings)?,
            application_name: settings
                .text("application_name")
                .or_else(|| settings.text("fallback_application_name"))
                .map(str::to_owned),
            options: settings.text("options").map(str::to_owned),
            timeout: timeout(&settings)?,
            keepalive: keepalive(&settings)?,
            session: session(&settings)?,
            password_file: None,
            warnings: Vec::new(),
        };
        spec.find_passwords(&settings, environment);
        Ok(spec)
    }

    /// The role that connects.
    pub fn user(&self) -> &str {
        &self.user
    }

    /// The database that is connected to.
    pub fn database(&self) -> &str {
        &self.database
    }

    /// The same server, user and password, but another database.
    pub fn with_database(&self, name: &str) -> Self {
        Self { database: name.to_owned(), ..self.clone() }
    }

    /// Whether both lead to the same server, as far as hosts and ports tell.
    pub fn is_same_server(&self, other: &ConnectionSpec) -> bool {
        let servers = |spec: &ConnectionSpec| -> Vec<(Host, u16)> {
            spec.endpoints.iter().map(|endpoint| (endpoint.host.clone(), endpoint.port)).collect()
        };
        servers(self) == servers(other)
    }

    /// The same server and database, but another role, with what the first one's password is.
    pub(crate) fn with_user(&self, role: &str) -> Self {
        Self { user: role.to_owned(), ..self.clone() }
    }

    /// What the user should be told although a connection can be tried.
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }

    /// The target as a URL without a password, for messages: `postgres://user@host:5432/db`.
    pub fn redacted(&self) -> String {
        self.shown(&self.endpoints.iter().collect::<Vec<_>>())
    }

    /// One of the endpoints in the form of [`redacted`](Self::redacted).
    pub(super) fn redacted_endpoint(&self, endpoint: &Endpoint) -> String {
        self.shown(&[endpoint])
    }

    fn shown(&self, endpoints: &[&Endpoint]) -> String {
        let join = |part: &dyn Fn(&Endpoint) -> String| {
            let parts: Vec<String> = endpoints.iter().copied().map(part).collect();
            parts.join(",")
        };
        let user = encoded(&self.user).replace('/', "%2F");
        let database = encoded(&self.database);
        if endpoints.iter().all(|endpoint| endpoint.host.is_socket()) {
            let hosts = join(&|endpoint| encoded(&endpoint.host.name()));
            let ports = join(&|endpoint| endpoint.port.to_string());
            return format!("postgres://{user}@/{database}?host={hosts}&port={ports}");
        }
        let servers = join(&|endpoint| format!("{}:{}", endpoint.host.in_url(), endpoint.port));
        format!("postgres://{user}@{servers}/{database}")
    }

    fn find_passwords(&mut self, settings: &Settings, environment: &Environment) {
        if let Some(given) = settings.get("password") {
            for endpoint in self.endpoints.iter_mut() {
                endpoint.password = Some(Password { secret: given.value.clone(), origin: given.origin.clone() });
            }
            return;
        }
        let file = settings
            .text("passfile")
            .map(PathBuf::from)
            .or_else(|| environment.personal_file(".pgpass", "postgresql/pgpass.conf"));
        let Some(file) = file else { return };
        match pgpass::read(&file) {
            Ok(Some(text)) => self.look_up_passwords(&text, &file),
            Ok(None) => {}
            Err(warning) => self.warnings.push(warning),
        }
        self.password_file = Some(file);
    }

    fn look_up_passwords(&mut self, text: &str, file: &std::path::Path) {
        for endpoint in self.endpoints.iter_mut() {
            let wanted = Wanted {
                host: &endpoint.host.in_password_file(),
                port: endpoint.port,
                database: &self.database,
                user: &self.user,
            };
            endpoint.password = pgpass::find(text, &wanted)
                .map(|secret| Password { secret, origin: Origin::PasswordFile(file.to_owned()) });
        }
    }
}

/// As [`ConnectionSpec::redacted`].
impl fmt::Display for ConnectionSpec {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.redacted())
    }
}

fn channel_binding(settings: &Settings) -> Result<ChannelBinding, SpecError> {
    let expected = "disable, prefer or require";
    let read = settings.read("channel_binding", expected, |word| match word {
        "disable" => Some(ChannelBinding::Disable),
        "prefer" => Some(ChannelBinding::Prefer),
        "require" => Some(ChannelBinding::Require),
        _ => None,
    })?;
    Ok(read.unwrap_or(ChannelBinding::Prefer))
}

/// Zero or less means to wait for ever, as in libpq.
fn timeout(settings: &Settings) -> Result<Timeout, SpecError> {
    let expected = "a number of seconds; 0 waits for ever";
    let read = settings.read("connect_timeout", expected, |text| text.parse::<i32>().ok())?;
    Ok(match read.map(u64::try_from) {
        None => Timeout::Unset,
        Some(Ok(seconds)) if seconds > 0 => Timeout::After(Duration::from_secs(seconds)),
        Some(_) => Timeout::Never,
    })
}

/// Zero leaves the choice to the operating system, as in libpq.
fn keepalive(settings: &Settings) -> Result<Keepalive, SpecError> {
    let number = |name, expected| {
        let read = settings.read(name, expected, |text| text.parse::<u32>().ok())?;
        Ok(read.filter(|number| *number > 0))
    };
    let seconds = |name| Ok(number(name, "a number of seconds")?.map(u64::from).map(Duration::from_secs));
    let on = settings.read("keepalives", "0 or 1", flag)?;
    Ok(Keepalive {
        off: on == Some(false),
        idle: seconds("keepalives_idle")?,
        interval: seconds("keepalives_interval")?,
        count: number("keepalives_count", "a number")?,
        user_timeout: number("tcp_user_timeout", "a number of milliseconds")?
            .map(|millis| Duration::from_millis(millis.into())),
    })
}

/// Reads `0` or `1`.
pub(super) fn flag(text: &str) -> Option<bool> {
    match text {
        "0" => Some(false),
        "1" => Some(true),
        _ => None,
    }
}

fn session(settings: &Settings) -> Result<Session, SpecError> {
    let expected = "any, read-write, read-only, primary, standby or prefer-standby";
    let read = settings.read("target_session_attrs", expected, |word| {
        let known = Session::WORDS.iter().find(|(name, _)| *name == word);
        known.map(|(_, session)| *session)
    })?;
    Ok(read.unwrap_or(Session::Any))
}
