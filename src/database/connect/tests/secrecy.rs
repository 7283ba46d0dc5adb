//! Whatever is given, nothing panics and no password comes to light.

use proptest::prelude::*;

use super::{resolve, resolve_with};
use crate::database::connect::{ConnectOptions, connect};

/// What must not be seen, in the middle of what a password may be.
const SECRET: &str = "hunter2";

/// All that a message or a log could show of a target or an error.
fn shown(text: &str, variables: &[(&str, &str)]) -> String {
    match resolve_with(text, variables) {
        Ok(spec) => format!("{spec} {spec:?} {:?}", spec.warnings()),
        Err(error) => format!("{error} {error:?} {:?}", error.help()),
    }
}

/// Passwords full of the characters that mean something in a URL or in key=value.
fn password() -> impl Strategy<Value = String> {
    let around = || "[a-z0-9:@/?#&=%' \\\\\\[\\],+-]{0,6}";
    (around(), around()).prop_map(|(before, after)| format!("{before}{SECRET}{after}"))
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 2000,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn any_text_is_read_without_a_panic(text in ".{0,80}") {
        let _ = resolve(&text);
        let _ = resolve(&format!("postgres://{text}"));
        let _ = resolve(&format!("host={text}"));
    }

    #[test]
    fn a_password_that_nobody_escaped_stays_secret(password in password()) {
        for text in [
            format!("postgres://user:{password}@host:5432/db"),
            format!("postgres://user:{password}@host"),
            format!("host=host password='{password}' user=user"),
            format!("host=host password={password}"),
            format!("password={password} host=host"),
        ] {
            let shown = shown(&text, &[]);
            prop_assert!(!shown.contains(SECRET), "{text}: {shown}");
        }
    }

    #[test]
    fn a_password_in_its_place_arrives_and_stays_secret(password in password()) {
        let in_url = super::super::url::encoded(&password).replace('/', "%2F");
        let in_quotes = password.replace('\\', "\\\\").replace('\'', "\\'");
        for (text, variables) in [
            (format!("postgres://user:{in_url}@host/db"), vec![]),
            (format!("postgres://host/db?password={in_url}"), vec![]),
            (format!("host=host password='{in_quotes}'"), vec![]),
            ("host=host".to_owned(), vec![("PGPASSWORD", password.as_str())]),
        ] {
            let spec = resolve_with(&text, &variables).expect("a target");
            prop_assert_eq!(super::password(&spec), Some(password.as_str()));
            let shown = shown(&text, &variables);
            prop_assert!(!shown.contains(SECRET), "{text}: {shown}");
        }
    }
}

#[test]
fn a_failure_to_connect_shows_none_either() {
    let spec = resolve("postgres://user:hunter2@/db?host=/nonexistent").expect("a target");
    let Err(error) = connect(&spec, &ConnectOptions::default()) else {
        panic!("there is no server");
    };
    assert!(!format!("{error} {error:?} {:?}", error.help()).contains(SECRET));
}
