//! Password files and service files.

use std::fs;

use tempfile::TempDir;

use super::super::pgpass::{self, Wanted};
use super::{ConnectionSpec, SpecError, environment};

#[test]
fn the_first_line_that_matches_has_the_password() {
    let cases = [
        ("h:5432:d:u:p", Some("p")),
        ("*:*:*:*:p", Some("p")),
        ("h:5432:d:u:p\nh:5432:d:u:q", Some("p")),
        ("H:5432:d:u:p", None),
        ("h:5433:d:u:p", None),
        ("h:5432:e:u:p", None),
        ("h:5432:d:v:p", None),
        ("h:5432:d*:u:p", None),
        ("\\*:5432:d:u:p", None),
        ("# h:5432:d:u:p", None),
        ("#\nh:5432:d:u:p\r\n", Some("p")),
        ("h:5432:d:u:a\\:b\\\\c", Some("a:b\\c")),
        ("h:5432:d:u:a:b", Some("a")),
        ("h:5432:d:u:a\\\\:b", Some("a\\")),
        ("h:5432:d:u: # no comment ", Some(" # no comment ")),
        ("h:5432:d:u", None),
        ("h:5432:d:u:", None),
        ("", None),
        (":::::", None),
        ("h:5432:d:u:end\\", Some("end\\")),
    ];
    let wanted = Wanted { host: "h", port: 5432, database: "d", user: "u" };
    for (text, expected) in cases {
        assert_eq!(pgpass::find(text, &wanted).as_deref(), expected, "{text:?}");
    }
}

#[test]
fn names_with_separators_are_escaped() {
    let wanted = Wanted { host: "::1", port: 1, database: "a\\b", user: "*" };
    let found = pgpass::find("\\:\\:1:1:a\\\\b:\\*:p", &wanted);
    assert_eq!(found.as_deref(), Some("p"));
}

/// One directory with the files, and what a text comes to in an environment that names them.
fn with_files(files: &[(&str, &str)], text: &str, variables: &[(&str, &str)]) -> Result<ConnectionSpec, SpecError> {
    let home = TempDir::new().expect("a directory");
    for (name, content) in files {
        let file = home.path().join(name);
        fs::write(&file, content).expect("a file");
        private(&file);
    }
    let directory = home.path().display().to_string();
    let replaced: Vec<(&str, String)> =
        variables.iter().map(|(name, value)| (*name, value.replace("HOME", &directory))).collect();
    let variables: Vec<(&str, &str)> = replaced.iter().map(|(name, value)| (*name, value.as_str())).collect();
    ConnectionSpec::resolve(Some(text), &environment(&variables).home(home.path()))
}

#[cfg(unix)]
fn private(file: &std::path::Path) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(file, fs::Permissions::from_mode(0o600)).expect("our own file");
}

#[cfg(not(unix))]
fn private(_: &std::path::Path) {}

#[test]
#[cfg(unix)]
fn a_default_socket_goes_by_the_name_of_localhost() {
    let lines = "localhost:*:*:*:local\n/srv:*:*:*:other\n127.0.0.1:*:*:*:address\nname:*:*:*:named";
    let cases = [
        ("dbname=d", "local"),
        ("host=/tmp", "local"),
        ("host=/srv", "other"),
        ("host=localhost", "local"),
        ("hostaddr=127.0.0.1", "address"),
        ("host=name hostaddr=127.0.0.1", "named"),
    ];
    for (text, expected) in cases {
        let spec = with_files(&[(".pgpass", lines)], text, &[]).expect(text);
        assert_eq!(super::password(&spec), Some(expected), "{text}");
    }
}

#[test]
fn the_password_file_can_be_elsewhere() {
    let files = [("mine", "*:*:*:*:p"), (".pgpass", "*:*:*:*:q")];
    let spec = with_files(&files, "host=h", &[("PGPASSFILE", "HOME/mine")]).expect("a target");
    assert_eq!(super::password(&spec), Some("p"));
}

#[test]
fn each_host_has_its_own_password() {
    let files = [(".pgpass", "a:*:*:*:p\nb:*:*:*:q")];
    let spec = with_files(&files, "host=a,b,c", &[]).expect("a target");
    let passwords: Vec<Option<&str>> = spec
        .endpoints
        .iter()
        .map(|endpoint| endpoint.password.as_ref().map(|password| password.secret.as_str()))
        .collect();
    assert_eq!(passwords, [Some("p"), Some("q"), None]);
}

#[test]
fn the_users_services_come_before_the_systems() {
    let files = [
        (".pg_service.conf", "[a]\nhost=own\n"),
        ("pg_service.conf", "[a]\nhost=system\n[b]\nhost=system\n"),
        ("third", "[a]\nhost=third\n"),
    ];
    let system = ("PGSYSCONFDIR", "HOME");
    for (text, variables, expected) in [
        ("service=a", vec![system], "postgres://me@own:5432/me"),
        ("service=b", vec![system], "postgres://me@system:5432/me"),
        ("postgres:///?service=a", vec![("PGSERVICEFILE", "HOME/third")], "postgres://me@third:5432/me"),
        ("", vec![("PGSERVICE", "a"), ("PGHOST", "variable")], "postgres://me@own:5432/me"),
        ("host=text service=a", vec![], "postgres://me@text:5432/me"),
    ] {
        let spec = with_files(&files, text, &variables).expect(text);
        assert_eq!(spec.redacted(), expected, "{text}");
    }
}

#[test]
fn a_service_that_cannot_be_used_is_placed() {
    let cases = [
        ("[a]\nhost=h\nport\n", ":3: the line is not of the form key=value"),
        ("[a]\nservice=b\n", ":2: the line names another service, which is not followed"),
        ("[b]\nhost=h\n", "there is no connection service \"a\" in "),
        ("[a]\nhots=h\n", "hots in service \"a\" in "),
    ];
    for (content, expected) in cases {
        let error = with_files(&[(".pg_service.conf", content)], "service=a", &[]).expect_err(content).to_string();
        assert!(error.contains(expected), "{error}");
    }
    let error = with_files(&[], "service=a", &[("PGSERVICEFILE", "HOME/none")]).expect_err("no file");
    assert!(matches!(error, SpecError::ServiceUnreadable { .. }), "{error}");
}
