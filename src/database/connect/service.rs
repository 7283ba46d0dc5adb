//! Connection service files: named sets of parameters.
//!
//! Source: PostgreSQL documentation, "The Connection Service File".

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::settings::{Origin, Settings};
use super::{Environment, SpecError};

/// Adds what the service that was asked for gives, if one was.
///
/// The user's file is looked into first, then the system's `pg_service.conf` in `PGSYSCONFDIR`; a service that is in
/// both is taken from the first alone. What the connection string says wins over the service, the service over the
/// environment.
pub(super) fn add(settings: &mut Settings, environment: &Environment) -> Result<(), SpecError> {
    let Some(name) = given(settings, environment, "service", "PGSERVICE")? else {
        return Ok(());
    };
    let mut searched = Vec::new();
    for file in files(settings, environment)? {
        let text = match fs::read_to_string(&file.path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound && !file.must_exist => {
                searched.push(file.path);
                continue;
            }
            Err(problem) => {
                return Err(SpecError::ServiceUnreadable { file: file.path, problem });
            }
        };
        if let Some(found) = section(&text, &name, &file.path)? {
            settings.add(found);
            return Ok(());
        }
        searched.push(file.path);
    }
    Err(SpecError::ServiceNotFound { name, searched })
}

/// A parameter's value from the text or, failing that, its variable: here the variables are not merged in yet.
fn given(
    settings: &Settings,
    environment: &Environment,
    keyword: &str,
    variable: &'static str,
) -> Result<Option<String>, SpecError> {
    match settings.text(keyword) {
        Some(value) => Ok(Some(value.to_owned())),
        None => environment.text(variable),
    }
}

struct ServiceFile {
    path: PathBuf,
    must_exist: bool,
}

fn files(settings: &Settings, environment: &Environment) -> Result<Vec<ServiceFile>, SpecError> {
    let chosen = given(settings, environment, "servicefile", "PGSERVICEFILE")?;
    let own = match chosen {
        Some(path) => Some(ServiceFile { path: path.into(), must_exist: true }),
        None => environment
            .personal_file(".pg_service.conf", "postgresql/.pg_service.conf")
            .map(|path| ServiceFile { path, must_exist: false }),
    };
    let system = environment
        .text("PGSYSCONFDIR")?
        .map(|directory| ServiceFile { path: Path::new(&directory).join("pg_service.conf"), must_exist: false });
    Ok(own.into_iter().chain(system).collect())
}

/// The parameters of the first section of this name, or nothing where there is none.
fn section(text: &str, name: &str, file: &Path) -> Result<Option<Settings>, SpecError> {
    let mut found: Option<Settings> = None;
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(header) = line.strip_prefix('[').and_then(|l| l.strip_suffix(']')) {
            if found.is_some() {
                break;
            }
            if header == name {
                found = Some(Settings::default());
            }
            continue;
        }
        let Some(settings) = &mut found else { continue };
        let malformed = |problem| SpecError::ServiceLine { file: file.to_owned(), line: index + 1, problem };
        let (keyword, value) = line.split_once('=').ok_or_else(|| malformed("is not of the form key=value"))?;
        if keyword.starts_with("service") {
            return Err(malformed("names another service, which is not followed"));
        }
        let origin = Origin::Service { name: name.to_owned(), file: file.to_owned() };
        settings.set(keyword, value.to_owned(), origin)?;
    }
    Ok(found)
}
