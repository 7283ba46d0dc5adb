//! Who may write the ledger.

use super::{deployed, run};
use crate::harness::{Database, Project};

#[test]
fn nothing_is_granted_to_public() {
    let (_project, database) = deployed();
    let granted = "SELECT count(*) FROM pg_class c CROSS JOIN aclexplode(coalesce(relacl, acldefault('r', relowner))) a \
                   WHERE relnamespace = 'revgraph'::regnamespace AND a.grantee = 0";
    assert_eq!(database.value(granted), "0");
    let functions = "SELECT count(*) FROM pg_proc CROSS JOIN aclexplode(coalesce(proacl, acldefault('f', proowner))) a \
                     WHERE pronamespace = 'revgraph'::regnamespace AND a.grantee = 0";
    assert_eq!(database.value(functions), "0");
    let schema = "SELECT count(*) FROM pg_namespace CROSS JOIN aclexplode(coalesce(nspacl, acldefault('n', nspowner))) a \
                  WHERE nspname = 'revgraph' AND a.grantee = 0";
    assert_eq!(database.value(schema), "0");
}

#[test]
fn who_else_can_write_it_is_told() {
    let (project, database) = deployed();
    // Roles belong to the server, which other tests use too.
    let (writer, reader, member) = (
        format!("{}_writer", database.name()),
        format!("{}_reader", database.name()),
        format!("{}_member", database.name()),
    );
    database.execute(&format!(
        "CREATE ROLE {writer}; CREATE ROLE {reader}; CREATE ROLE {member} IN ROLE {writer}; \
         GRANT USAGE ON SCHEMA revgraph TO {writer}, {reader}; GRANT SELECT ON ALL TABLES IN SCHEMA revgraph TO {reader}; \
         GRANT UPDATE (source) ON revgraph.applied TO {writer}"
    ));
    let said = run(&project, &database, &["check"]);
    insta::assert_snapshot!(said.to_string().replace(database.name(), "test"), @"
    warning: can write the ledger and do not own it: test_member, test_writer
      what is in the ledger is run by `--from-ledger` of `downgrade`, `drift` and `verify`: revoke it, unless it is meant
    ok: 3 revisions sound, and the database agrees
    --- exit code 0
    ");
    let json = run(&project, &database, &["check", "--format", "json"]).json();
    assert_eq!(json["ledger_writers"], serde_json::json!([member, writer]));
    database.execute("GRANT USAGE ON SCHEMA revgraph TO PUBLIC; GRANT INSERT ON revgraph.applied TO PUBLIC");
    let json = run(&project, &database, &["check", "--format", "json"]).json();
    assert_eq!(json["ledger_writers"][0], "PUBLIC");
    database.execute(&format!("DROP OWNED BY {writer}, {reader}; DROP ROLE {member}, {writer}, {reader}"));
}

#[test]
fn a_default_privilege_grants_nothing_of_it() {
    let (project, database) = (Project::new(), Database::new());
    project.chain(1);
    database.execute("ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO PUBLIC; ALTER DEFAULT PRIVILEGES GRANT ALL ON SCHEMAS TO PUBLIC");
    project.ok(&database.url(), &["upgrade"]);
    let json = run(&project, &database, &["check", "--format", "json"]).json();
    assert_eq!(json["ledger_writers"], serde_json::json!([]));
}
