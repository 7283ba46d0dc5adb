use std::path::Path;

use super::*;

fn parse(text: &str) -> Result<Revision, Vec<Problem>> {
    Source::from_bytes(Path::new("r.sql"), text.as_bytes().to_vec()).map_err(|p| vec![p]).and_then(Revision::parse)
}

/// All problems of a text as `line:column message`.
fn problems(text: &str) -> Vec<String> {
    let found = parse(text).expect_err("a malformed file");
    let line = |problem: &Problem| {
        let position = problem.position().expect("a place");
        assert!(problem.help_text().is_some(), "no help: {problem}");
        format!("{}:{} {}", position.line, position.column, problem.message())
    };
    found.iter().map(line).collect()
}

const USERS: &str = "\
-- revision:   3f9a1c0b7d2e
-- message:    add users: the first
-- parents:    9a27e01c44d8
-- depends_on: 7c1d22aa90fe, accounts
-- labels:     people
-- created:    2026-11-21T02:24:35Z

-- [up lock_timeout=2s]
CREATE TABLE users (email text DEFAULT '
-- [down]
');

-- [down]
DROP TABLE users;

-- [verify]
SELECT 1 WHERE false;
";

#[test]
fn a_file_is_read() {
    let revision = parse(USERS).unwrap();
    assert_eq!(revision.id.as_str(), "3f9a1c0b7d2e");
    assert_eq!(revision.message, "add users: the first");
    let texts = |list: &[Reference]| list.iter().map(|r| r.text.clone()).collect::<Vec<_>>();
    assert_eq!(texts(&revision.parents), ["9a27e01c44d8"]);
    assert_eq!(texts(&revision.depends_on), ["7c1d22aa90fe", "accounts"]);
    assert_eq!(revision.labels, ["people"]);
    assert_eq!(revision.created.unwrap().to_rfc3339(), "2026-11-21T02:24:35+00:00");
    assert_eq!(revision.sections.iter().map(|s| s.kind.name()).collect::<Vec<_>>(), ["up", "down", "verify"]);
    assert_eq!(revision.source.slice(revision.sections[1].body.clone()), "DROP TABLE users;\n\n");
    assert_eq!(revision.undo(), Undo::Sections);
}

#[test]
fn a_list_may_go_on_in_another_line() {
    let revision = parse("-- revision: a\n-- parents: b c\n-- parents: d,e\n--\n-- [up]").unwrap();
    assert_eq!(revision.parents.len(), 4);
    assert_eq!(&revision.source.text()[revision.parents[3].span.clone()], "e");
}

#[test]
fn windows_line_ends_make_no_difference() {
    let (unix, windows) = (parse(USERS).unwrap(), parse(&format!("\u{feff}{}", USERS.replace('\n', "\r\n"))).unwrap());
    assert_eq!(unix, windows);
}

#[test]
fn checksums_cover_their_direction_and_options() {
    let base = parse(USERS).unwrap();
    let change = |from: &str, to: &str| parse(&USERS.replace(from, to)).unwrap();
    let other_down = change("DROP TABLE users", "DROP TABLE users CASCADE");
    assert_eq!(
        (base.up_checksum == other_down.up_checksum, base.down_checksum == other_down.down_checksum),
        (true, false)
    );
    let other_up = change("2s", "3s");
    assert_eq!((base.up_checksum == other_up.up_checksum, base.down_checksum == other_up.down_checksum), (false, true));
    let other_rest = change("SELECT 1 WHERE", "SELECT 2 WHERE");
    assert_eq!((base.up_checksum, base.down_checksum), (other_rest.up_checksum, other_rest.down_checksum));
    assert_ne!(base.up_checksum, change("'\n-- [down]\n'", "' \n-- [down]\n'").up_checksum);
    assert_eq!(base.up_checksum, change("(email", "(email").up_checksum);
}

#[test]
fn a_change_of_comments_is_known_as_one() {
    let base = parse(USERS).unwrap();
    let commented = parse(&USERS.replace("DROP TABLE", "DROP /* all */  TABLE")).unwrap();
    assert_ne!(base.down_checksum, commented.down_checksum);
    assert!(base.differs_only_in_comments(&commented));
    assert!(!base.differs_only_in_comments(&parse(&USERS.replace("email text", "email int")).unwrap()));
}

#[test]
fn several_up_sections_keep_their_order() {
    let text =
        "-- revision: a\n-- [up]\nSELECT 1;\n-- [up transaction=off]\nVACUUM;\n-- [batch limit=2]\nDELETE FROM t\n";
    let revision = parse(text).unwrap();
    let names: Vec<_> = revision.up().map(|section| section.kind.canonical()).collect();
    assert_eq!(names, ["[up]", "[up transaction=off]", "[batch limit=2]"]);
    assert_eq!(revision.undo(), Undo::Missing);
}

#[test]
fn malformed_headers_are_refused() {
    for (text, expected) in [
        ("-- [up]", "1:1 the header has no `-- revision:` line"),
        ("-- revision:\n-- [up]", "1:13 illegal revision id: an id can't be empty"),
        ("-- revision: a-b\n-- [up]", "1:14 illegal revision id: '-' can't be part of an id: use A-Z, a-z, 0-9 and _"),
        (
            "-- revision: head\n-- [up]",
            "1:14 illegal revision id: \"head\" can't be an id: it is a word that targets use",
        ),
        ("-- revision: a\n-- parnets: b\n-- [up]", "2:4 unknown key \"parnets\" in the header"),
        ("-- revision: a\n-- revision: b\n-- [up]", "2:4 the key \"revision\" is given twice"),
        ("-- revision: a\n-- created: yesterday\n-- [up]", "2:13 `created` is not a time: \"yesterday\""),
        ("-- revision: a\n-- labels: ok x@y\n-- [up]", "2:15 illegal label \"x@y\": '@' can't be part of it"),
        ("-- revision: a\n-- labels: base\n-- [up]", "2:12 illegal label \"base\": targets use this word"),
        ("-- revision: a\n-- just words\n-- [up]", "2:1 a header line must be `-- key: value`"),
        ("-- revision: a\n-- irreversible:\n-- [up]", "2:17 `irreversible` needs its reason"),
        (
            "-- revision: a\n-- lineage: 12\n-- [up]",
            "2:13 `lineage` is no checksum: it must be 64 lowercase hex digits, not \"12\"",
        ),
    ] {
        assert_eq!(problems(text), [expected], "{text}");
    }
}

#[test]
fn malformed_bodies_are_refused() {
    for (body, expected) in [
        ("SELECT 1;\n-- [up]", "2:1 text before the first section"),
        ("", "2:1 the file has no [up] section"),
        ("-- [down]", "2:10 the file has no [up] section"),
        (" -- [up]", "2:2 a header line must be `-- key: value`"),
        ("-- [up]\n-- [dwon]", "3:5 unknown section \"dwon\""),
        ("-- [up trans=off]", "2:8 [up] has no option \"trans\""),
        ("-- [up]\n  BEGIN;", "3:3 BEGIN inside [up], which is one transaction as it is"),
        ("-- [up]\n-- [down]\nCOMMIT", "4:1 COMMIT inside [down], which is one transaction as it is"),
        (
            "-- [up transaction=off]\nBEGIN;",
            "3:1 BEGIN inside [up transaction=off], where each statement stands by itself",
        ),
        ("-- [up]\nCOPY t TO STDOUT", "3:1 COPY … TO STDOUT does not work here: nobody takes its data"),
        ("-- [up]\nset local client_encoding = 'x'", "3:1 SET client_encoding would garble the text behind it"),
        ("-- [up]\nVACUUM t;", "3:1 VACUUM does not run inside a transaction, and [up] is one"),
        ("-- [up]\n\\set x 1", "3:1 psql's meta-commands do not work here"),
        ("-- [up]\nSELECT 'it''s", "3:8 the string that begins here has no end"),
        ("-- [up]\nSELECT $x$ $y$", "3:8 the dollar-quoted string that begins here has no end"),
        ("-- [up]\n/* /* */", "3:1 the comment that begins here has no end"),
        ("-- [batch]\nDELETE FROM a; DELETE FROM b", "2:1 [batch] takes exactly one statement, not 2"),
        ("-- [up]\n-- [down]\n-- [up]", "4:1 [up] stands below [down]"),
        (
            "-- [up]\nCOPY t FROM STDIN;\n1\tit's\n\\.\nSELECT 1;",
            "3:1 COPY … FROM STDIN does not work here: its data are not SQL",
        ),
    ] {
        assert_eq!(problems(&format!("-- revision: a\n{body}")), [expected], "{body}");
    }
    let both = "-- revision: a\n-- irreversible: it drops\n-- [up]\n-- [down]";
    assert_eq!(problems(both), ["2:18 an irreversible revision has a [down] section"]);
}

#[test]
fn all_problems_of_a_file_come_at_once() {
    let text = "-- revision: a b\n-- nope: 1\n-- [up]\nBEGIN;\n\\d\n-- [donw]\n";
    assert_eq!(problems(text).len(), 5);
}

#[test]
fn statements_outside_transactions_may_stand_in_transaction_off() {
    let text = "-- revision: a\n-- [up transaction=off]\nVACUUM t; SELECT 1; REINDEX DATABASE d";
    assert_eq!(parse(text).unwrap().sections[0].statements.len(), 3);
}

#[test]
fn a_draft_reads_back() {
    let draft = Draft {
        id: RevisionId::new("abc").unwrap(),
        message: "add\n  users".to_owned(),
        parents: vec![RevisionId::new("p1").unwrap(), RevisionId::new("p2").unwrap()],
        depends_on: vec!["accounts".to_owned()],
        labels: vec!["people".to_owned()],
        created: "2026-11-21T02:24:35Z".parse().unwrap(),
        replaces: None,
        irreversible: None,
        confirm: None,
        body: "-- [up]\n\n-- [down]\n".to_owned(),
    };
    let revision = parse(&draft.to_text()).unwrap();
    assert_eq!(revision.message, "add users");
    assert_eq!(revision.parents.len(), 2);
    assert_eq!(revision.depends_on[0].text, "accounts");
    assert_eq!(revision.created, Some(draft.created));
    assert_eq!(draft.file_name(), "20261121T022435Z_abc_add_users.sql");
}

#[test]
fn slugs_are_cut_at_words() {
    let name = |message: &str| {
        let name = file_name(&RevisionId::new("i").unwrap(), message, "2026-01-01T00:00:00Z".parse().unwrap());
        name.strip_prefix("20260101T000000Z_i").unwrap().to_owned()
    };
    assert_eq!(name(""), ".sql");
    assert_eq!(name("../../etc/passwd"), "_etc_passwd.sql");
    assert_eq!(name("Größe ändern!"), "_größe_ändern.sql");
    assert_eq!(name("one two three four five six seven eight nine"), "_one_two_three_four_five_six_seven_eight.sql");
    assert_eq!(name(&"x".repeat(50)), format!("_{}.sql", "x".repeat(40)));
}

proptest::proptest! {
    #[test]
    fn no_text_makes_it_panic(text in "(-- (revision|parents|x): [a-z0-9 ,:]*\n)*(-- \\[(up|down|x| )\\]\n)*\\PC*") {
        let _ = parse(&text);
    }
}
