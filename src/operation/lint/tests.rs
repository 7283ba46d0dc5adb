use std::path::Path;

use proptest::prelude::*;

use super::rule::RULES;
use super::*;

fn revision(text: &str) -> Option<Revision> {
    Revision::parse(Source::from_text(Path::new("a.sql"), text.to_owned())).ok()
}

/// Every rule, both ways.
fn all() -> LintOptions {
    LintOptions { with: RULES.to_vec(), without: Vec::new(), down: true }
}

#[test]
fn names_are_there_once() {
    for rule in RULES {
        assert_eq!(rule::find(rule.name), Some(rule), "{}", rule.name);
    }
}

#[test]
fn much_of_the_same_is_told_in_moderation() {
    let seed = "INSERT INTO t VALUES (now());\n".repeat(1000);
    let text = format!("-- revision: a\n-- [up]\nTRUNCATE t;\n{seed}TRUNCATE u;\n-- [down]\nSELECT 1;\n");
    let found = lint(&revision(&text).unwrap(), &LintOptions::default());
    assert_eq!(found.len(), TOLD + 2);
    assert_eq!(found[TOLD].message, "now() gives another value at each replay (and 980 times more in this file)");
    assert_eq!(found[TOLD + 1].rule.name, "unconfirmed-loss");
}

proptest! {
    #[test]
    fn any_statements_do_no_harm(statements in prop::collection::vec(prop::collection::vec(prop::sample::select(vec![
        "DROP", "TABLE", "ALTER", "TYPE", "COLUMN", "UPDATE", "SET", "DELETE FROM", "WITH", "AS", "(", ")", ",", ".", "t", "u",
        "\"y\"", "'z'", "::", "USING", "TRUNCATE", "CASCADE", "IF EXISTS", "ADD", "ä", "RENAME TO", "CREATE", "INDEX", "ON",
        "search_path", "INSERT INTO", "VALUES", "now()", "DEFAULT", "REFRESH MATERIALIZED VIEW", "CONSTRAINT", "CHECK",
        "UNIQUE", "NOT NULL", "REFERENCES", "ADD VALUE", "-- lint: allow volatile-seed, x\n", "int", "FOREIGN KEY", "SELECT",
    ]), 0..14), 0..6)) {
        let sql: String = statements.iter().map(|words| words.join(" ") + ";\n").collect();
        let text = format!("-- revision: a\n-- [up]\n{sql}-- [up transaction=off]\n{sql}-- [down]\n{sql}");
        if let Some(revision) = revision(&text) {
            for finding in lint(&revision, &all()) {
                prop_assert!(text.get(finding.span.clone()).is_some(), "{} {:?}", finding.rule.name, finding.span);
            }
        }
    }

    #[test]
    fn what_is_quoted_is_not_linted(inner in prop::sample::select(vec![
        "DROP TABLE t CASCADE", "UPDATE t SET a = now()", "CREATE INDEX ON t (a)", "SET search_path TO x", "VACUUM FULL t",
        "REFRESH MATERIALIZED VIEW v", "CREATE ROLE r", "-- lint: allow nothing\n",
    ])) {
        let up = format!("SELECT '{inner}', $q${inner}$q$ /* {inner} */;\nDO $$ BEGIN {inner}; END $$;\nALTER TABLE t ADD c int");
        let text = format!("-- revision: a\n-- [up]\n{up};\n-- [down]\n{up};\n");
        let options = LintOptions { with: Vec::new(), ..all() };
        let found = lint(&revision(&text).unwrap(), &options);
        prop_assert!(found.is_empty(), "{:?}", found.first().map(|found| &found.message));
    }
}
