//! What ran, run again by the ledger's text: `drift` builds it, `verify` asks it.

use super::{deployed, release, remove, run};
use crate::harness::{Database, Project, Said, Terminal};

/// A revision that nobody wrote, with a row of its own in the ledger: all of it fits together, the checksums too.
fn slipped_in(mark: &std::path::Path) -> (Project, Database) {
    let author = release(1);
    let query = format!("SELECT lo_export(lo_from_bytea(0, ''), '{}') < 0", mark.with_extension("verified").display());
    let sections =
        format!("-- [up]\nCOPY (SELECT 1) TO PROGRAM 'touch {}';\n-- [down]\n-- [verify]\n{query};\n", mark.display());
    let database = Database::new();
    author.ok(&database.url(), &["upgrade"]);
    author.revision("evil", "parents: r0001", &sections);
    author.ok(&database.url(), &["stamp", "evil"]);
    (release(1), database)
}

fn commands() -> [[&'static str; 3]; 2] {
    [["drift", "--scratch", "programs"], ["verify", "--color", "never"]]
}

fn assert_only_in_ledger(said: &Said) {
    assert_eq!((said.code, said.out.as_str()), (1, ""), "{said}");
    assert_eq!(said.error()["kind"], "only_in_ledger");
}

#[test]
fn nothing_that_was_slipped_in_runs_anywhere() {
    // The server is another user.
    let folder = tempfile::tempdir_in("/tmp").unwrap();
    let everybody = std::os::unix::fs::PermissionsExt::from_mode(0o777);
    std::fs::set_permissions(folder.path(), everybody).unwrap();
    let (project, database) = slipped_in(&folder.path().join("mark"));
    for command in commands() {
        let said = run(&project, &database, &[&command[..], &["--format", "json"]].concat());
        assert_only_in_ledger(&said);
        assert_eq!(said.error()["details"], serde_json::json!(["evil"]));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "{command:?} ran it");
    }
    let said = run(&project, &database, &["drift", "--scratch", "programs", "--from-ledger"]);
    assert!(folder.path().join("mark").exists(), "with leave it is built: {said}");
    insta::assert_snapshot!(run(&project, &database, &["verify"]), @"
    --- standard error
    error: evil is in the ledger alone as it ran
    help: `revgraph check` shows which file is missing or edited; the ledger's checksums match, and --from-ledger runs what it keeps
    --- exit code 1
    ");
}

#[test]
fn a_text_whose_checksums_are_others_runs_with_no_leave() {
    let database = deployed();
    database.execute("UPDATE revgraph.applied SET source = replace(source, 'TABLE t3', 'TABLE t5') WHERE id = 'r0003'");
    for command in commands() {
        let said = run(&release(2), &database, &[&command[..], &["--from-ledger", "--format", "json"]].concat());
        assert_eq!((said.code, said.error()["kind"].as_str()), (1, Some("foreign_source")), "{said}");
    }
}

#[test]
fn what_is_missing_or_edited_takes_leave() {
    let (project, database) = (release(2), deployed());
    remove(&project, "r0002");
    let edited = "-- [up]\nCREATE TABLE other ();\n-- [down]\n-- [verify]\nSELECT FROM other;\n";
    project.revision("r0001", "", edited);
    insta::assert_snapshot!(run(&project, &database, &["drift", "--scratch", "programs"]), @"
    --- standard error
    error: 4 revisions are in the ledger alone as they ran: r0001, r0002, r0003, r0004
    help: `revgraph check` shows which file is missing or edited; the ledger's checksums match, and --from-ledger runs what it keeps
    --- exit code 1
    ");
    assert_eq!(run(&project, &database, &["drift", "--scratch", "programs", "--from-ledger", "-q"]).code, 0);
    // None of them has a query, so nothing of them is run.
    insta::assert_snapshot!(run(&project, &database, &["verify"]), @"
    ok: 0 verifications of 4 revisions held
    --- exit code 0
    ");
}

#[test]
fn only_what_is_verified_takes_leave() {
    let (project, database) = (release(2), Database::new());
    let verified = |id: &str, parent: &str| {
        let sections = format!("-- [up]\n-- [down]\n-- [verify]\nSELECT '{id}' = '{id}' AS ok;\n");
        project.revision(id, &format!("parents: {parent}"), &sections);
    };
    verified("a", "r0002");
    verified("b", "a");
    project.ok(&database.url(), &["upgrade"]);
    remove(&project, "b");
    assert_eq!(run(&project, &database, &["verify", "a"]).code, 0);
    assert_only_in_ledger(&run(&project, &database, &["verify", "b", "--format", "json"]));
    insta::assert_snapshot!(run(&project, &database, &["verify", "--from-ledger"]), @"
      ok   a:7  SELECT 'a' = 'a' AS ok
      ok   b:7  SELECT 'b' = 'b' AS ok
    ok: 2 verifications of 4 revisions held
    --- standard error
    note: b is in the ledger alone as it ran, and --from-ledger runs that
    --- exit code 0
    ");
}

#[test]
fn on_a_terminal_it_is_asked() {
    let (project, database) = (release(3), deployed());
    for (answer, code) in [("n", 1), ("y", 0)] {
        let url = database.url();
        let mut terminal = Terminal::start(project.command(&["-d", &url, "drift", "--scratch", "programs"]));
        terminal.until("r0004 is in the ledger alone as it ran. Go on by what the ledger keeps");
        terminal.say(answer);
        let said = terminal.end();
        assert_eq!(said.code, code, "{said}");
    }
}

#[test]
fn an_archived_file_is_a_file() {
    let (project, database) = (release(3), deployed());
    project.chain(4);
    let squashed = project.run(&["squash", "--scratch", "programs", "--to", "r0003", "--id", "whole", "-m", "x"]);
    assert_eq!(squashed.code, 0, "{squashed}");
    assert_eq!(run(&project, &database, &["drift", "--scratch", "programs", "-q"]).code, 0);
    std::fs::remove_dir_all(project.path().join("archive")).unwrap();
    assert_only_in_ledger(&run(&project, &database, &["drift", "--scratch", "programs", "--format", "json"]));
}
