//! Connection parameters by name, each with the place that it came from.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use super::keyword::{self, KEYWORDS, Treatment};
use super::{Environment, SpecError};

/// Where a parameter was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The URL or key=value string.
    Text,
    /// An environment variable.
    Variable(&'static str),
    /// A section of a connection service file.
    Service {
        /// The section's name.
        name: String,
        /// The file.
        file: PathBuf,
    },
    /// A password file.
    PasswordFile(PathBuf),
}

impl fmt::Display for Origin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::Text => formatter.write_str("the connection string"),
            Origin::Variable(name) => write!(formatter, "the variable {name}"),
            Origin::Service { name, file } => {
                write!(formatter, "service {name:?} in {}", file.display())
            }
            Origin::PasswordFile(file) => write!(formatter, "{}", file.display()),
        }
    }
}

/// A parameter's value and its origin. Has no Debug: the value may be a password.
#[derive(Clone)]
pub(super) struct Setting {
    pub value: String,
    pub origin: Origin,
}

/// The parameters given so far. Whoever sets a name first wins over later, weaker origins.
#[derive(Default)]
pub(super) struct Settings {
    by_name: BTreeMap<&'static str, Setting>,
}

impl Settings {
    /// Sets a parameter, replacing an earlier value: within one text, the last one counts.
    pub fn set(&mut self, name: &str, value: String, origin: Origin) -> Result<(), SpecError> {
        let keyword = keyword::find(name)
            .ok_or_else(|| SpecError::UnknownKeyword { name: nameable(name), origin: origin.clone() })?;
        if let Treatment::Only(accepted) = keyword.treatment
            && !accepted.contains(&value.as_str())
        {
            return Err(SpecError::Unsupported { name: keyword.name, accepted, origin });
        }
        // A value that is shown must not hold a password that was meant for itself.
        if keyword.name != "password" && value.contains("password=") {
            return Err(SpecError::SwallowedPassword { name: keyword.name, origin });
        }
        self.by_name.insert(keyword.name, Setting { value, origin });
        Ok(())
    }

    /// Takes over those parameters of `weaker` that have no value yet.
    pub fn add(&mut self, weaker: Settings) {
        for (name, setting) in weaker.by_name {
            if self.get(name).is_none() {
                self.by_name.insert(name, setting);
            }
        }
    }

    /// Takes the variables as defaults.
    pub fn add_variables(&mut self, environment: &Environment) -> Result<(), SpecError> {
        let mut given = Settings::default();
        for keyword in KEYWORDS {
            let Some(variable) = keyword.variable else {
                continue;
            };
            if let Some(value) = environment.text(variable)? {
                given.set(keyword.name, value, Origin::Variable(variable))?;
            }
        }
        self.add(given);
        Ok(())
    }

    /// The parameter, if it has a value; an empty one counts as not given.
    pub fn get(&self, name: &str) -> Option<&Setting> {
        self.by_name.get(name).filter(|setting| !setting.value.is_empty())
    }

    pub fn text(&self, name: &str) -> Option<&str> {
        self.get(name).map(|setting| setting.value.as_str())
    }

    /// The parameter as whatever `read` makes of it.
    ///
    /// # Errors
    /// [`SpecError::InvalidValue`] with the words of `expected` where `read` answers with nothing.
    pub fn read<T>(
        &self,
        name: &'static str,
        expected: &'static str,
        read: impl Fn(&str) -> Option<T>,
    ) -> Result<Option<T>, SpecError> {
        let Some(setting) = self.get(name) else {
            return Ok(None);
        };
        match read(setting.value.trim()) {
            Some(value) => Ok(Some(value)),
            None => Err(SpecError::InvalidValue { name, expected, origin: setting.origin.clone() }),
        }
    }
}

/// An unknown name, if it looks like one that somebody meant to write.
///
/// Of a text that falls apart at the wrong place anything may be the rest of a password, so only the shape that
/// keywords have is repeated in a message.
fn nameable(name: &str) -> Option<String> {
    let plausible = name.len() <= 40
        && name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    plausible.then(|| name.to_owned())
}
