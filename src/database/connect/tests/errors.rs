//! What is said of a text that can't be used.

use super::{resolve, resolve_with};

#[test]
fn messages() {
    let url_at = "the URL holds an '@' in a place where it cannot be one of the URL's own";
    let percent = "the URL holds a percent sign that does not begin an encoded UTF-8 character";
    let brackets = "the URL's square brackets do not enclose one IPv6 address each";
    let equals = "the connection string holds a parameter without \"=\"";
    let after_password = "what follows the password in the connection string is not a connection parameter";
    let ports = "port, given in the connection string, must be numbers from 1 to 65535";
    let cases = [
        ("mydatabase", "the connection string is neither a postgres:// URL nor of the form key=value"),
        ("mysql://u:hunter2@h/db", "the URL's scheme is \"mysql\", which revgraph does not know"),
        (
            "postgresql+psycopg2://u:hunter2@h/db",
            "the URL's scheme is \"postgresql+psycopg2\", which revgraph does not know",
        ),
        ("postgres://u:pa@hunter2@h/db", url_at),
        ("postgres://u:pa/hunter2@h/db", url_at),
        ("postgres://u:p@h/db?password=hunter2@", url_at),
        ("postgres://u:/?hunter2=@h/db", url_at),
        ("postgres://u:/?hunter2=x&y=@h/db", url_at),
        ("postgres://u:hunter2%@h/db", percent),
        ("postgres://u:hunter2%zz@h/db", percent),
        ("postgres://u:hunter2%00@h/db", percent),
        ("postgres://u:hunter2%ff@h/db", percent),
        ("postgres://[::1/db", brackets),
        ("postgres://[]/db", brackets),
        ("postgres://[::1]x/db", brackets),
        ("postgres://u:hunter2/x", ports),
        ("postgres://h:0/db", ports),
        ("postgres://h:65536/db", ports),
        ("postgres://h/db?sslmode", equals),
        ("postgres://h/db?password=x&hunter2=y", after_password),
        ("host=h password=my hunter2", equals),
        ("host=h password=my hunter2=x", after_password),
        ("host=h password='hunter2", "the connection string ends inside a quoted value"),
        ("host=h pasword=hunter2", "pasword in the connection string is not a connection parameter"),
        ("u:hunter2@h/db?sslmode=require", "a name in the connection string is not a connection parameter"),
        (
            "host=h sslmode=hunter2",
            "sslmode, given in the connection string, must be disable, allow, prefer, require, verify-ca or verify-full",
        ),
        ("host=a,b hostaddr=127.0.0.1", "there are 2 hosts, but 1 values for hostaddr"),
        ("host=a,b port=1,2,3", "there are 2 hosts, but 3 values for port"),
        ("hostaddr=localhost", "hostaddr, given in the connection string, must be IP addresses, separated by commas"),
        (
            "host=@abstract",
            "host, given in the connection string, must be host names, addresses or absolute socket directories, separated by commas",
        ),
        ("host=h sslcrl=x", "sslcrl, given in the connection string, is not supported"),
        (
            "host=h gssencmode=require",
            "gssencmode, given in the connection string, is not supported but for disable, prefer",
        ),
        ("host=h sslpassword=hunter2", "sslpassword, given in the connection string, is not supported"),
        ("host=h sslrootcert=system sslmode=require", "sslrootcert=system cannot be used with sslmode=require"),
        ("host=h sslnegotiation=direct", "sslnegotiation=direct cannot be used with sslmode=prefer"),
        (
            "host=h connect_timeout=1.5",
            "connect_timeout, given in the connection string, must be a number of seconds; 0 waits for ever",
        ),
        ("service=hunter", "there is no connection service \"hunter\""),
    ];
    for (text, expected) in cases {
        let error = resolve(text).expect_err(text);
        assert_eq!(error.to_string(), expected, "{text}");
        assert!(!format!("{error:?} {:?}", error.help()).contains("hunter2"), "{text}");
    }
}

#[test]
fn a_variable_is_named_as_the_origin() {
    let cases = [
        ("PGPORT", "x", "port, given in the variable PGPORT, must be numbers from 1 to 65535"),
        ("PGREQUIREAUTH", "scram-sha-256", "require_auth, given in the variable PGREQUIREAUTH, is not supported"),
    ];
    for (variable, value, expected) in cases {
        let error = resolve_with("host=h", &[(variable, value)]).expect_err(variable);
        assert_eq!(error.to_string(), expected);
    }
}

#[test]
fn the_next_step_is_named() {
    let help = |text: &str| resolve(text).expect_err(text).help().expect(text);
    assert!(help("postgresql+psycopg2://h/db").contains("without the name of a driver"));
    assert!(help("postgres://u:a@b@h/db").contains("%40"));
    assert!(help("host=h sslrootcert=system sslmode=require").contains("sslmode=verify-full"));
    assert!(help("host=h password=my hunter2=x").contains("has the password a blank in it?"));
}

#[test]
fn without_any_user_it_is_said() {
    let environment = super::Environment::empty();
    let resolve = |text| super::ConnectionSpec::resolve(Some(text), &environment);
    assert!(matches!(resolve("host=h"), Err(super::SpecError::NoUser)));
    assert!(resolve("host=h user=u").is_ok());
}
