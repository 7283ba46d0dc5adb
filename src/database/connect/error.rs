//! What is wrong with a connection string.

use std::io;
use std::path::PathBuf;

use super::settings::Origin;

/// A connection string, service or variable that can't be used. Holds no part of a password.
#[derive(Debug, thiserror::Error)]
pub enum SpecError {
    /// Neither a URL nor `key=value`.
    #[error("the connection string is neither a postgres:// URL nor of the form key=value")]
    NotAConnectionString,
    /// A URL of something else, or of another driver.
    #[error("the URL's scheme is {scheme:?}, which revgraph does not know")]
    Scheme {
        /// What stands before `://`.
        scheme: String,
    },
    /// A URL with an at sign too many, or one behind a slash.
    #[error("the URL holds an '@' in a place where it cannot be one of the URL's own")]
    UnescapedAt,
    /// An IPv6 address whose brackets don't match up.
    #[error("the URL's square brackets do not enclose one IPv6 address each")]
    Brackets,
    /// A percent sign without two hexadecimal digits, or bytes that aren't UTF-8.
    #[error("the URL holds a percent sign that does not begin an encoded UTF-8 character")]
    PercentEncoding,
    /// A parameter without a value.
    #[error("the connection string holds a parameter without \"=\"")]
    MissingEquals,
    /// A value that took the password for a part of itself, as a parameter does whose own value is missing.
    #[error("{name}, given in {origin}, has \"password=\" in its value")]
    SwallowedPassword {
        /// The parameter.
        name: &'static str,
        /// Where it was given.
        origin: Origin,
    },
    /// A value that begins with a quote and does not end with one.
    #[error("the connection string ends inside a quoted value")]
    UnterminatedQuote,
    /// A parameter that libpq does not have.
    #[error("{} in {origin} is not a connection parameter", .name.as_deref().unwrap_or("a name"))]
    UnknownKeyword {
        /// The parameter, unless it could be a piece of something secret.
        name: Option<String>,
        /// Where it was given.
        origin: Origin,
    },
    /// An unknown parameter right behind a password, probably a piece of it.
    #[error("what follows the password in the connection string is not a connection parameter")]
    UnknownAfterPassword,
    /// A parameter that libpq has and revgraph would have to ignore, although it promises something.
    #[error("{name}, given in {origin}, is not supported{}", but(.accepted))]
    Unsupported {
        /// The parameter.
        name: &'static str,
        /// The values that need no support.
        accepted: &'static [&'static str],
        /// Where it was given.
        origin: Origin,
    },
    /// A value that its parameter can't have.
    #[error("{name}, given in {origin}, must be {expected}")]
    InvalidValue {
        /// The parameter.
        name: &'static str,
        /// What would be right.
        expected: &'static str,
        /// Where it was given.
        origin: Origin,
    },
    /// Lists that don't pair up.
    #[error("there are {hosts} hosts, but {others} values for {what}")]
    Counts {
        /// The other list.
        what: &'static str,
        /// The number of hosts.
        hosts: usize,
        /// The number of the others.
        others: usize,
    },
    /// A parameter that a weak sslmode would make void.
    #[error("{setting} cannot be used with sslmode={mode}")]
    WeakMode {
        /// The parameter.
        setting: &'static str,
        /// The mode that is in force.
        mode: &'static str,
        /// The mode that it needs.
        needed: &'static str,
    },
    /// No user was given, and the operating system's user isn't known.
    #[error("no user is given, and the name of the operating system's user is not known")]
    NoUser,
    /// A variable that isn't text.
    #[error("the variable {variable} is not UTF-8 text")]
    NotUtf8 {
        /// Its name.
        variable: &'static str,
    },
    /// No file has the service.
    #[error("there is no connection service {name:?}{}", searched_in(.searched))]
    ServiceNotFound {
        /// The service.
        name: String,
        /// The files that were looked into, or would have been.
        searched: Vec<PathBuf>,
    },
    /// A service file that can't be read.
    #[error("cannot read the connection service file {}", .file.display())]
    ServiceUnreadable {
        /// The file.
        file: PathBuf,
        /// Why.
        #[source]
        problem: io::Error,
    },
    /// A line of the service that isn't a parameter.
    #[error("{}:{line}: the line {problem}", .file.display())]
    ServiceLine {
        /// The file.
        file: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        problem: &'static str,
    },
}

impl SpecError {
    /// What to do about it, as a sentence without a full stop.
    pub fn help(&self) -> Option<String> {
        let help = match self {
            Self::NotAConnectionString => "write postgres://user@host:5432/database, or host=… dbname=… user=…",
            Self::Scheme { scheme } if scheme.starts_with("postgres") => {
                "write postgresql:// without the name of a driver"
            }
            Self::Scheme { .. } => "revgraph manages PostgreSQL: write postgres://…",
            Self::UnescapedAt => "in a user name or password write @ as %40, / as %2F and : as %3A",
            Self::Brackets => "write an IPv6 address as [::1]:5432",
            Self::PercentEncoding => "in a user name or password write % as %25",
            Self::SwallowedPassword { .. } => {
                "write '' for an empty value, as an empty variable of the shell makes it, and in a URL & between parameters"
            }
            Self::UnknownAfterPassword => {
                "has the password a blank in it? then it needs quotes: password='like this' (in a URL: %20, & as %26)"
            }
            Self::MissingEquals | Self::UnterminatedQuote => {
                "quote a value that has blanks in it, password='like this' (in a URL: %20, & as %26)"
            }
            Self::UnknownKeyword { name: None, .. } => {
                "the parameters are those of libpq: host, port, dbname, user, sslmode, …"
            }
            Self::UnknownKeyword { .. } => "remove it; the parameters are those of libpq",
            Self::Unsupported { .. } => "remove it, if the connection may do without",
            Self::Counts { .. } => "give one value for all hosts or one for each",
            Self::WeakMode { needed, .. } => return Some(format!("use {needed}")),
            Self::NoUser => "give one: postgres://user@host/database, or set PGUSER",
            Self::ServiceNotFound { .. } => "name the file in PGSERVICEFILE",
            Self::InvalidValue { .. }
            | Self::NotUtf8 { .. }
            | Self::ServiceUnreadable { .. }
            | Self::ServiceLine { .. } => return None,
        };
        Some(help.to_owned())
    }
}

fn but(accepted: &[&str]) -> String {
    match accepted {
        [] => String::new(),
        values => format!(" but for {}", values.join(", ")),
    }
}

fn searched_in(files: &[PathBuf]) -> String {
    if files.is_empty() {
        return String::new();
    }
    let files: Vec<String> = files.iter().map(|f| f.display().to_string()).collect();
    format!(" in {}", files.join(" or "))
}
