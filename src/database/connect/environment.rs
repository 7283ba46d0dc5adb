//! What a connection takes from the process around it, handed in by whoever owns the process.

use std::ffi::OsString;
use std::path::PathBuf;

use super::SpecError;

type Lookup = dyn Fn(&str) -> Option<OsString>;

/// The variables, the user's name and the home directory that libpq's defaults come from.
///
/// The library reads no environment by itself: the binary makes one of these from the real process, a test from a table.
pub struct Environment {
    variable: Box<Lookup>,
    user: Option<String>,
    home: Option<PathBuf>,
}

impl Environment {
    /// An environment whose variables are looked up with `variable`, such as `|name| std::env::var_os(name)`.
    pub fn new(variable: impl Fn(&str) -> Option<OsString> + 'static) -> Self {
        Self { variable: Box::new(variable), user: None, home: None }
    }

    /// An environment with nothing in it.
    pub fn empty() -> Self {
        Self::new(|_| None)
    }

    /// Sets the operating system's name for the user, the default for the database role.
    ///
    /// Without it the variables `USER`, `LOGNAME` and `USERNAME` are asked in this order.
    pub fn user(mut self, name: impl Into<String>) -> Self {
        self.user = Some(name.into());
        self
    }

    /// Sets the directory in which `.pgpass`, `.pg_service.conf` and `.postgresql` are looked for.
    ///
    /// Without it the variable `HOME` decides, on Windows `APPDATA`.
    pub fn home(mut self, directory: impl Into<PathBuf>) -> Self {
        self.home = Some(directory.into());
        self
    }

    /// A variable as it is; none if it is set to nothing.
    pub fn variable(&self, name: &str) -> Option<OsString> {
        (self.variable)(name).filter(|value| !value.is_empty())
    }

    /// The value of a variable; one that is set to nothing counts as not set.
    ///
    /// libpq does the same for every setting that has a default of its own.
    pub(super) fn text(&self, variable: &'static str) -> Result<Option<String>, SpecError> {
        match (self.variable)(variable).map(OsString::into_string) {
            None => Ok(None),
            Some(Ok(value)) if value.is_empty() => Ok(None),
            Some(Ok(value)) => Ok(Some(value)),
            Some(Err(_)) => Err(SpecError::NotUtf8 { variable }),
        }
    }

    pub(super) fn user_name(&self) -> Result<Option<String>, SpecError> {
        if self.user.is_some() {
            return Ok(self.user.clone());
        }
        for variable in ["USER", "LOGNAME", "USERNAME"] {
            if let Some(name) = self.text(variable)? {
                return Ok(Some(name));
            }
        }
        Ok(None)
    }

    /// Where one of the user's own files lies; the names differ between Windows and everywhere else.
    pub(super) fn personal_file(&self, unix: &str, windows: &str) -> Option<PathBuf> {
        let (variable, name) = if cfg!(windows) { ("APPDATA", windows) } else { ("HOME", unix) };
        let home = self.home.clone().or_else(|| (self.variable)(variable).map(PathBuf::from))?;
        Some(home.join(name))
    }
}
