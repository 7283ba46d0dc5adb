//! The way up and down on a real server: targets, shapes of graphs, sizes and texts.

use crate::harness::{Database, Project, Said};

/// A project and an empty database for it.
fn start() -> (Project, Database, String) {
    let (project, database) = (Project::new(), Database::new());
    let url = database.url();
    (project, database, url)
}

/// A revision that makes a table of its id.
fn table(project: &Project, id: &str, header: &str) {
    project.revision(id, header, &format!("-- [up]\nCREATE TABLE {id} ();\n-- [down]\nDROP TABLE {id};\n"));
}

/// A base `aa`, two branches with labels above it, and something that depends on one and stands on the other.
fn fork(project: &Project) {
    table(project, "aa", "");
    table(project, "people1", "parents: aa\nlabels: people");
    table(project, "people2", "parents: people1");
    table(project, "orders1", "parents: aa\nlabels: orders");
    table(project, "orders2", "parents: orders1\ndepends_on: people1");
}

#[test]
fn a_chain_goes_up_and_down() {
    let (project, database, url) = start();
    project.chain(3);
    project.ok(&url, &["upgrade"]);
    assert_eq!(database.tables(), ["t1", "t2", "t3"]);
    assert!(project.ok(&url, &["upgrade"]).starts_with("nothing to do"));
    project.ok(&url, &["downgrade", "-1"]);
    assert_eq!(database.tables(), ["t1", "t2"]);
    project.ok(&url, &["downgrade", "base"]);
    assert!(database.tables().is_empty());
    assert!(database.applied().is_empty());
}

#[test]
fn targets_by_number_id_and_prefix() {
    let (project, database, url) = start();
    table(&project, "one_a1", "");
    table(&project, "one_b2", "parents: one_a1");
    table(&project, "two_b3", "parents: one_b2");
    table(&project, "two_b4", "parents: two_b3");
    table(&project, "cccc5", "parents: two_b4");
    project.ok(&url, &["upgrade", "+2"]);
    assert_eq!(database.applied(), ["one_a1", "one_b2"]);
    project.ok(&url, &["upgrade", "two_b4"]);
    assert_eq!(database.applied(), ["one_a1", "one_b2", "two_b3", "two_b4"]);
    project.ok(&url, &["downgrade", "two_b4-2"]);
    assert_eq!(database.applied(), ["one_a1", "one_b2"]);
    let said = project.run_on(&url, &["upgrade", "two_"]);
    assert_eq!(said.code, 1);
    assert!(said.err.contains("two_b3") && said.err.contains("two_b4"), "{}", said.err);
    let said = project.run_on(&url, &["upgrade", "+4"]);
    assert_eq!((said.code, database.applied().len()), (1, 2), "there are three above: {}", said.err);
    project.ok(&url, &["upgrade", "one_a1+2"]);
    assert_eq!(database.applied(), ["one_a1", "one_b2", "two_b3"]);
    project.ok(&url, &["upgrade", "cccc"]);
    assert_eq!(database.applied().len(), 5, "the rest");
}

#[test]
fn a_label_brings_its_branch_and_what_that_depends_on() {
    let (project, database, url) = start();
    fork(&project);
    project.ok(&url, &["upgrade", "orders@head"]);
    let ran = ["upgrade aa done", "upgrade orders1 done", "upgrade people1 done", "upgrade orders2 done"];
    let mut events = database.events();
    assert_eq!((events.first().unwrap().as_str(), events.last().unwrap().as_str()), (ran[0], ran[3]));
    events.sort();
    let mut expected = ran;
    expected.sort();
    assert_eq!(events, expected, "people2 is of another branch");
    project.ok(&url, &["upgrade", "people@+1"]);
    assert_eq!(database.applied(), ["aa", "orders1", "orders2", "people1", "people2"]);
    project.ok(&url, &["downgrade", "orders@-1"]);
    assert_eq!(database.applied(), ["aa", "orders1", "people1", "people2"]);
}

#[test]
fn a_dependency_comes_down_with_what_it_holds_up() {
    let (project, database, url) = start();
    fork(&project);
    project.ok(&url, &["upgrade"]);
    project.ok(&url, &["downgrade", "people@aa"]);
    assert_eq!(database.applied(), ["aa", "orders1"], "orders2 depends on people1");
    assert_eq!(database.tables(), ["aa", "orders1"]);
}

#[test]
fn several_targets_are_one_plan() {
    let (project, database, url) = start();
    fork(&project);
    let said = project.run_on(&url, &["upgrade", "head"]);
    assert_eq!(said.code, 1);
    assert!(said.err.contains("people2") && said.err.contains("orders2"), "{}", said.err);
    project.ok(&url, &["upgrade", "people1", "orders1"]);
    assert_eq!(database.applied(), ["aa", "orders1", "people1"]);
    assert_eq!(database.value("SELECT count(DISTINCT run) FROM revgraph.event"), "1");
}

#[test]
fn a_merge_has_nothing_to_run_and_is_recorded() {
    let (project, database, url) = start();
    fork(&project);
    project.revision("mm", "parents: people2 orders2", "-- [up]\n-- [down]\n");
    project.ok(&url, &["upgrade"]);
    assert_eq!(project.ok(&url, &["current"]).trim_end(), "mm (head)");
    assert_eq!(database.value("SELECT parents FROM revgraph.applied WHERE id = 'mm'"), "{orders2,people2}");
    let said = project.run_on(&url, &["downgrade", "-1"]);
    assert_eq!(said.code, 1, "a merge has several parents: {}", said.err);
    project.ok(&url, &["downgrade", "people2"]);
    assert_eq!(database.applied(), ["aa", "orders1", "orders2", "people1", "people2"]);
    project.ok(&url, &["upgrade", "mm"]);
    project.ok(&url, &["downgrade", "base"]);
    assert!(database.tables().is_empty());
}

#[test]
fn a_thousand_revisions() {
    let (project, database, url) = start();
    project.chain(1_000);
    let out = project.ok(&url, &["upgrade"]);
    assert_eq!(out.lines().filter(|line| line.starts_with("  up   r")).count(), 1_000);
    assert_eq!(database.value("SELECT count(*) FROM revgraph.applied WHERE parents = '{}' OR id <> 'r0001'"), "1000");
    assert_eq!(database.tables().len(), 1_000);
    project.ok(&url, &["downgrade", "base"]);
    assert!(database.tables().is_empty());
    assert_eq!(database.events().len(), 2_000);
}

/// Revisions `r1` … that each keep how long the message was that they came in, and are `padding` bytes long.
fn measured(project: &Project, padding: &[usize]) {
    for (number, length) in padding.iter().enumerate() {
        let number = number + 1;
        let (parent, make) = match number {
            1 => (String::new(), "CREATE TABLE seen (number int, length int, message text);\n"),
            _ => (format!("parents: r{}", number - 1), ""),
        };
        let insert =
            format!("INSERT INTO seen SELECT {number}, octet_length(current_query()), md5(current_query());\n");
        let padding = format!("SELECT length('{}');\n", "ä".repeat(length / 2));
        project.revision(&format!("r{number}"), &parent, &format!("-- [up]\n{make}{insert}{padding}"));
    }
}

#[test]
fn a_long_plan_goes_in_messages_of_a_mebibyte() {
    let (project, database, url) = start();
    measured(&project, &[200_000; 12]);
    project.ok(&url, &["upgrade"]);
    assert_eq!(database.value("SELECT count(DISTINCT number) FROM seen"), "12");
    assert_eq!(database.value("SELECT max(length) <= 3 * 1024 * 1024 FROM seen"), "t");
    let messages: usize = database.value("SELECT count(DISTINCT message) FROM seen").parse().unwrap();
    assert_eq!(messages, 3, "2.4 MB of SQL");
    assert_eq!(database.applied().len(), 12);
}

#[test]
fn a_revision_larger_than_a_message_goes_alone() {
    let (project, database, url) = start();
    measured(&project, &[10, 3_000_000, 10, 10]);
    project.ok(&url, &["upgrade"]);
    let together = database.rows("SELECT array_agg(number ORDER BY number) FROM seen GROUP BY message ORDER BY 1");
    assert_eq!(together, ["{1}", "{2}", "{3,4}"]);
    let file = std::fs::read_to_string(project.path().join("revisions/r2.sql")).unwrap();
    let stored: String =
        database.client().query_one("SELECT source FROM revgraph.applied WHERE id = 'r2'", &[]).unwrap().get(0);
    assert!(stored == file, "the ledger has all {} bytes", file.len());
}

#[test]
fn a_text_may_end_in_a_comment_and_without_a_semicolon() {
    let (project, database, url) = start();
    project.revision("r1", "", "-- [up]\nCREATE TABLE a () -- not ended");
    project.revision("r2", "parents: r1", "-- [up]\nCREATE TABLE b ();\n/* nor /* this */ */");
    project.revision("r3", "parents: r2", "-- [up]\n;;CREATE TABLE c ()\n-- [down]\nDROP TABLE c -- x");
    project.ok(&url, &["upgrade"]);
    assert_eq!(database.tables(), ["a", "b", "c"]);
    project.ok(&url, &["downgrade", "-1"]);
    assert_eq!(database.tables(), ["a", "b"]);
}

#[test]
fn any_text_arrives_as_it_is() {
    let (project, database, url) = start();
    let text = "it's \\ a \"test\" $1 ${x} 𝄞 👩‍👩‍👧 e\u{301} ä \u{202e}rtl %s :name";
    let quoted = text.replace('\'', "''");
    let sections = format!(
        "-- [up]\nCREATE TABLE \"Größe 👍\" (\"é\u{301}\" text);\nINSERT INTO \"Größe 👍\" VALUES ('{quoted}');\n"
    );
    project.revision("r1", &format!("message: {text}"), &sections);
    let out = project.ok(&url, &["upgrade"]);
    // What would turn the direction of writing around is shown, not obeyed.
    assert!(out.contains(&text.replace('\u{202e}', "\u{fffd}")), "{out}");
    assert_eq!(database.rows("SELECT * FROM \"Größe 👍\""), [text]);
    assert_eq!(database.value("SELECT message FROM revgraph.applied"), text);
    let file = std::fs::read_to_string(project.path().join("revisions/r1.sql")).unwrap();
    assert_eq!(database.value("SELECT source FROM revgraph.applied"), file);
}

#[test]
fn a_revision_with_a_phrase_waits_for_it() {
    let (project, database, url) = start();
    table(&project, "aa", "");
    table(&project, "bb", "parents: aa\nconfirm: drop all orders");
    let said = project.run_on(&url, &["upgrade", "--yes"]);
    assert_eq!(said.code, 1);
    insta::assert_snapshot!(said.complaint(), @r#"
        error: bb runs only after the phrase "drop all orders" is given
        help: if that is what you want: --confirm "drop all orders"
        "#);
    assert!(database.tables().is_empty(), "nothing runs before the phrase is given");
    let Said { code, .. } = project.run_on(&url, &["upgrade", "--confirm", "drop all order"]);
    assert_eq!(code, 1);
    project.ok(&url, &["upgrade", "--confirm", "drop all orders"]);
    assert_eq!(database.tables(), ["aa", "bb"]);
}

#[test]
fn what_was_done_is_told_to_tools() {
    let (project, _database, url) = start();
    project.chain(2);
    let told: serde_json::Value = serde_json::from_str(&project.ok(&url, &["upgrade", "--format", "json"])).unwrap();
    let steps: Vec<&str> =
        told["steps"].as_array().unwrap().iter().map(|step| step["revision"].as_str().unwrap()).collect();
    assert_eq!((steps, &told["heads_after"]), (vec!["r0001", "r0002"], &serde_json::json!(["r0002"])));
    assert!(told["milliseconds"].is_u64());
    let told: serde_json::Value = serde_json::from_str(&project.ok(&url, &["upgrade", "--format", "json"])).unwrap();
    assert_eq!(told["steps"], serde_json::json!([]));
}

#[test]
fn the_heads_of_several_labels_at_once() {
    let (project, database) = (Project::new(), Database::new());
    let up = |table: &str| format!("-- [up]\nCREATE TABLE {table} ();\n-- [down]\nDROP TABLE {table};\n");
    project.revision("root", "", &up("root"));
    for label in ["schools", "teachers", "parents"] {
        project.revision(&format!("{label}1"), &format!("parents: root\nlabels: {label}"), &up(label));
    }
    project.revision("teachers2", "parents: teachers1\ndepends_on: schools1", &up("lessons"));
    project.ok(&database.url(), &["upgrade", "teachers@head", "schools@head"]);
    assert_eq!(database.applied(), ["root", "schools1", "teachers1", "teachers2"]);
    assert_eq!(
        database.events(),
        ["root", "schools1", "teachers1", "teachers2"].map(|id| format!("upgrade {id} done"))
    );
    let said = project.ok(&database.url(), &["upgrade", "schools@head", "teachers@head", "schools"]);
    assert!(said.starts_with("nothing to do"), "{said}");
    // One that is no target stops all of them before anything runs.
    let said = project.run_on(&database.url(), &["upgrade", "parents@head", "pupils@head"]);
    assert_eq!((said.code, database.applied().len()), (1, 4), "{said}");
}
