//! Files that are made to hurt: very large, very long, or of nothing but one thing.

use std::path::Path;

use insta::assert_snapshot;
use proptest::prelude::*;
use revgraph::revision::sql::Statement;
use revgraph::revision::{Problem, Revision, Source};

use super::{files, problems};
use crate::harness::Project;

/// One megabyte and more of one thing must take no more than a moment, and be told in a few lines.
#[test]
fn a_lot_of_anything_is_read() {
    let body = |unit: &str, times: usize| format!("-- revision: a\n-- [up]\n{}", unit.repeat(times));
    let lots = [
        ("01_parentheses", body("(", 1_000_000)),
        ("02_dollar_quotes", body("$a$", 333_333)),
        ("03_dollars", body("$", 999_999)),
        ("04_nested_comments", body("/*", 500_000)),
        ("05_quotes", body("'", 1_000_001)),
        ("06_sections", body("-- [up]\n", 100_000)),
        ("07_bad_sections", body("-- [dwon]\n", 100_000)),
        ("08_header_lines", format!("{}-- [up]\n", "-- key: value\n".repeat(100_000))),
        ("09_labels", format!("-- revision: a\n{}-- [up]\n", "-- labels: x@y\n".repeat(100_000))),
        ("10_commits", body("COMMIT;", 100_000)),
        ("11_one_line", body("SELECT 1 + ", 100_000) + "'"),
        ("12_slashes", body("\\\n", 100_000)),
        ("13_tag", body(&format!("${}", "x".repeat(1000)), 1000)),
        ("14_words", body("begin atomic case ", 60_000)),
    ];
    let project = files(&lots);
    let told = problems(&project);
    let of_one = |name: &str| told.lines().filter(|line| line.starts_with(name)).map(str::to_owned).collect::<Vec<_>>();
    let shortened = lots.iter().flat_map(|(name, _)| match of_one(name) {
        few if few.len() < 3 => few,
        many => vec![many[0].clone(), format!("{name}: … {} lines …", many.len() - 2), many[many.len() - 1].clone()],
    });
    assert_snapshot!(shortened.collect::<Vec<_>>().join("\n"), @r#"
    02_dollar_quotes.sql:3:999997: the dollar-quoted string that begins here has no end
    03_dollars.sql:3:999997: the dollar-quoted string that begins here has no end
    04_nested_comments.sql:3:1: the comment that begins here has no end
    05_quotes.sql:3:1: the string that begins here has no end
    07_bad_sections.sql:3:5: unknown section "dwon"
    07_bad_sections: … 19 lines …
    07_bad_sections.sql: there are 99980 problems more in this file
    08_header_lines.sql:1:1: the header has no `-- revision:` line
    08_header_lines: … 19 lines …
    08_header_lines.sql: there are 99981 problems more in this file
    09_labels.sql:2:12: illegal label "x@y": '@' can't be part of it
    09_labels: … 19 lines …
    09_labels.sql: there are 99980 problems more in this file
    10_commits.sql:3:1: COMMIT inside [up], which is one transaction as it is
    10_commits: … 19 lines …
    10_commits.sql: there are 99980 problems more in this file
    11_one_line.sql:3:1100001: the string that begins here has no end
    12_slashes.sql:3:1: psql's meta-commands do not work here
    12_slashes: … 19 lines …
    12_slashes.sql: there are 99980 problems more in this file
    14_words.sql:3:1: BEGIN inside [up], which is one transaction as it is
    "#);
    assert!(project.run(&["heads"]).err.len() < 100_000);
}

#[test]
fn a_long_list_of_parents_is_read() {
    let ids: Vec<String> = (0..20_000).map(|number| format!("id{number:05}")).collect();
    let project = Project::new();
    project.revision("many", &format!("parents: {}", ids.join("\nparents: ")), "-- [up]");
    let said = project.run(&["heads", "--format", "json"]);
    let details = said.error()["details"].as_array().unwrap().len();
    assert_eq!((said.code, details), (1, ids.len()));
}

#[test]
fn a_mistake_at_the_end_of_a_large_file_is_placed() {
    let line = format!("INSERT INTO t VALUES ('{}');\n", "ä".repeat(480));
    let lines = 5_000;
    let project = files(&[("large", format!("-- revision: a\n-- [up]\n{}  COMMIT", line.repeat(lines)))]);
    assert_snapshot!(project.run(&["heads"]), @"
    --- standard error
    error: COMMIT inside [up], which is one transaction as it is
        --> revisions/large.sql:5003:3
         |
    5003 |   COMMIT
         |   ^^^^^^
         |
         = help: take it out: revgraph begins and commits, together with the ledger's row
    error: 1 revision file can't be used
    help: mend the files; nothing was done
    --- exit code 1
    ");
}

/// Texts made of what a reader of SQL can stumble over.
fn soup() -> impl Strategy<Value = String> {
    let pieces = [
        "-- revision: a",
        "-- parents: b, c",
        "-- labels: x",
        "-- message: ä",
        "--",
        "-- [up]",
        "-- [down]",
        "--[down]",
        "-- [up transaction=off]",
        "-- [verify]",
        "-- [batch]",
        "SELECT 1",
        ";",
        "'",
        "''",
        "\"",
        "$$",
        "$a$",
        "$",
        "/*",
        "*/",
        "E'\\",
        "U&'",
        "\\",
        "\\.",
        "COPY t FROM STDIN",
        "BEGIN",
        "COMMIT",
        "BEGIN ATOMIC",
        "CREATE FUNCTION f",
        "CASE",
        "END",
        "(",
        ")",
        "\n",
        "\n",
        "\n",
        "\r",
        "\r\n",
        "\t",
        " ",
        " ",
        "\u{feff}",
        "\0",
        "ä",
        "\u{1f600}",
        "1e",
        "0x",
    ];
    let begin = prop::sample::select(vec!["", "-- revision: a\n-- [up]\n"]);
    let pieces = prop::collection::vec(prop::sample::select(pieces.to_vec()), 0..40);
    (begin, pieces).prop_map(|(begin, pieces)| begin.to_owned() + &pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_confuses_the_reader(text in soup(), rest in "\\PC{0,20}") {
        let text = format!("{text}{rest}");
        let read = |text: &str| Source::from_bytes(Path::new("a.sql"), text.into()).map_err(|one| vec![one]).and_then(Revision::parse);
        let lines = text.split('\n').count();
        match read(&text) {
            Err(problems) => {
                prop_assert!(!problems.is_empty());
                let outside = problems.iter().filter_map(Problem::position).find(|position| position.line > lines);
                prop_assert_eq!(outside, None);
            }
            Ok(revision) => {
                let bodies = revision.sections.iter().flat_map(|section| [section.heading.clone(), section.body.clone()]);
                prop_assert!(bodies.map(|span| span.start..span.end).is_sorted_by(|one, other| one.end <= other.start));
                for section in &revision.sections {
                    let inside = |statement: &Statement| section.body.start <= statement.span.start && statement.span.end <= section.body.end;
                    prop_assert!(section.statements.iter().all(inside));
                }
                prop_assert_eq!(read(&text.replace("\r\n", "\n").replace('\n', "\r\n")), Ok(revision));
            }
        }
    }
}
