//! Writing projects and revisions: what is written reads back, and what could not be read is not written.

mod editor;

use std::fs::{self, File};
use std::process::{Child, Stdio};

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::harness::{Project, Said};

/// A project with one head: `aaaa`, then `bbbb`, which carries the label `fox`.
fn line() -> Project {
    let project = Project::new();
    project.revision("aaaa", "", "-- [up]\n-- [down]\n");
    project.revision("bbbb", "parents: aaaa\nlabels: fox", "-- [up]\n-- [down]\n");
    project
}

/// The same with a second branch: `cccc` on `aaaa`.
fn fork() -> Project {
    let project = line();
    project.revision("cccc", "parents: aaaa", "-- [up]\n-- [down]\n");
    project
}

/// Runs `revision` or `merge`, and gives what was written as `show` tells it.
fn written(project: &Project, arguments: &[&str]) -> Value {
    let said = project.run(&[arguments, &["--format", "json"]].concat()).json();
    let path = said["path"].as_str().expect("a path");
    let text = fs::read_to_string(project.path().join(path)).expect("the file is there");
    let id = text.lines().next().and_then(|line| line.strip_prefix("-- revision:")).expect("an id").trim();
    let shown = project.run(&["show", id, "--format", "json"]).json();
    assert_eq!(shown["revisions"][0]["path"], path);
    shown["revisions"][0].clone()
}

/// That a command is refused, changes nothing, and how.
fn refused(project: &Project, arguments: &[&str]) -> String {
    let files = || {
        let entries = fs::read_dir(project.path().join("revisions")).unwrap();
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        names
    };
    let before = files();
    let said = project.run(arguments);
    assert_eq!((said.code, said.out.as_str(), files()), (1, "", before), "{said}");
    said.err
}

#[test]
fn a_project_is_made_once() {
    let folder = tempfile::TempDir::new().unwrap();
    let outside = Project::new();
    let run = |arguments: &[&str]| Said::from(outside.command(arguments).current_dir(folder.path()).output().unwrap());
    assert_snapshot!(run(&["init"]), @"
    wrote revisions
    wrote archive
    wrote revgraph.toml
    wrote .gitignore
    next: `revgraph revision -m MESSAGE` writes the first revision, `revgraph upgrade` runs it
    --- exit code 0
    ");
    assert_snapshot!(run(&["init"]), @"
    --- standard error
    error: revgraph.toml is there already
    help: `revgraph revision -m MESSAGE` writes its next revision
    --- exit code 1
    ");
    assert_snapshot!(run(&["init", "db/migrations"]), @"
    wrote db/migrations/revisions
    wrote db/migrations/archive
    wrote db/migrations/revgraph.toml
    wrote db/migrations/.gitignore
    next: `cd db/migrations`, then `revgraph revision -m MESSAGE` writes the first revision, `revgraph upgrade` runs it
    --- exit code 0
    ");
    let settings = fs::read_to_string(folder.path().join("revgraph.toml")).unwrap();
    let (location, settings) = settings.split_once("\n\n").unwrap();
    let url =
        if cfg!(feature = "embedded") { "url = \"embedded\"" } else { "# url = \"postgres://app@localhost/app\"" };
    assert_eq!(location.lines().last(), Some(url), "nothing is named that this build has not");
    assert_snapshot!(settings, @r#"
    # How long a statement waits for a lock before its revision is rolled back.
    # lock_timeout = "5s"

    # Other databases, by name.
    # [databases]
    # staging = "postgres://app@staging/app"
    "#);
    assert_snapshot!(run(&["heads", "-C", "db/migrations"]), @"--- exit code 0");
    fs::write(folder.path().join("file"), "").unwrap();
    assert_snapshot!(run(&["init", "file"]), @"
    --- standard error
    error: file/revisions: Not a directory (os error 20)
    help: check that the path exists and that you may write there
    --- exit code 1
    ");
}

#[test]
fn a_revision_follows_the_only_head() {
    let project = Project::new();
    let first = written(&project, &["revision", "-m", "Add Users!"]);
    assert_eq!((&first["message"], &first["parents"]), (&json!("Add Users!"), &json!([])));
    let id = first["id"].as_str().unwrap();
    let path = first["path"].as_str().unwrap();
    assert!(id.len() == 12 && id.bytes().all(|byte| byte.is_ascii_hexdigit() && !byte.is_ascii_uppercase()), "{id}");
    assert!(path.starts_with("revisions/2") && path.ends_with(&format!("Z_{id}_add_users.sql")), "{path}");
    assert!(first["created"].as_str().is_some_and(|created| created.ends_with('Z')));
    let second = written(&project, &["new", "-m", "next"]);
    assert_eq!(second["parents"], json!([id]));
    let text = fs::read_to_string(project.path().join(second["path"].as_str().unwrap())).unwrap();
    assert!(text.ends_with("\n\n-- [up]\n\n-- [down]\n"), "{text}");
}

#[test]
fn a_revision_says_all_that_it_is_told() {
    let project = fork();
    project.revision("other123", "parents: cccc", "-- [up]");
    let arguments = "revision -m x --parent cccc --splice --label owl --label team/a.b --depends-on other --depends-on fox --id new_1";
    let new = written(&project, &arguments.split(' ').collect::<Vec<_>>());
    assert_eq!(new["id"], "new_1");
    assert_eq!(new["own_labels"], json!(["owl", "team/a.b"]));
    assert_eq!(new["depends_on"], json!(["bbbb", "other123"]));
    let text = fs::read_to_string(project.path().join(new["path"].as_str().unwrap())).unwrap();
    // A label stays one; a prefix, which may be ambiguous some day, does not.
    assert!(text.contains("-- depends_on: other123, fox\n"), "{text}");
}

#[test]
fn several_heads_and_inner_parents() {
    let project = fork();
    assert_snapshot!(refused(&project, &["revision", "-m", "x"]), @"
    error: `head` means a single head, and there are 2: `bbbb` and `cccc`
    help: use `heads` for all of them, name one (`ID`, `LABEL@head`), or join them with `revgraph merge`
    ");
    assert_snapshot!(refused(&project, &["revision", "-m", "x", "--parent", "aaaa"]), @"
    error: aaaa is not a head: a revision that follows it makes a new branch
    help: if a branch is what you want: --splice
    ");
    assert_snapshot!(refused(&project, &["revision", "-m", "x", "--parent", "base", "--parent", "bbbb"]), @"
    error: `base` is no parent beside another
    help: --parent base makes a revision without parents
    ");
    assert_snapshot!(refused(&project, &["revision", "-m", "x", "--parent", "nowhere"]), @"
    error: no revision or label is called `nowhere`
    help: `revgraph history` shows every revision and label
    ");
    assert_eq!(written(&project, &["revision", "-m", "x", "--parent", "aaaa", "--splice"])["parents"], json!(["aaaa"]));
    assert_eq!(written(&project, &["revision", "-m", "x", "--head", "fox@head"])["parents"], json!(["bbbb"]));
    assert_eq!(written(&project, &["revision", "-m", "x", "--parent", "base"])["parents"], json!([]));
    let merge = written(&project, &["revision", "-m", "x", "--parent", "heads", "--id", "all"]);
    assert_eq!(merge["parents"].as_array().unwrap().len(), 4);
    assert_eq!(project.run(&["heads", "--format", "json"]).json()["heads"], json!(["all"]));
}

#[test]
fn ids_and_labels_that_can_not_be() {
    let project = line();
    let mut told = String::new();
    for arguments in [
        &["--id", "no-id"][..],
        &["--id", "../x"],
        &["--id", ""],
        &["--id", "base"],
        &["--id", "aaaa"],
        &["--id", "fox"],
        &["--label", "fox"],
        &["--label", "heads"],
        &["--label", "a b"],
        &["--label", ""],
        &["--label", "owl", "--label", "owl"],
        &["--label", "aaaa"],
        &["--label", "self", "--id", "self"],
        &["--depends-on", "nowhere"],
        &["--depends-on", "heads"],
        &["--depends-on", "bbbb-1"],
        &["--depends-on", ""],
    ] {
        told += &format!(
            "$ {}\n{}",
            arguments.join(" "),
            refused(&project, &[&["revision", "-m", "x"], arguments].concat())
        );
    }
    assert_snapshot!(told, @r#"
    $ --id no-id
    error: `no-id` is not a revision id: '-' can't be part of an id: use A-Z, a-z, 0-9 and _
    help: an id is 1 to 64 of A-Z, a-z, 0-9 and _
    $ --id ../x
    error: `../x` is not a revision id: '.' can't be part of an id: use A-Z, a-z, 0-9 and _
    help: an id is 1 to 64 of A-Z, a-z, 0-9 and _
    $ --id 
    error: `` is not a revision id: an id can't be empty
    help: an id is 1 to 64 of A-Z, a-z, 0-9 and _
    $ --id base
    error: `base` is not a revision id: "base" can't be an id: it is a word that targets use
    help: an id is 1 to 64 of A-Z, a-z, 0-9 and _
    $ --id aaaa
    error: revision aaaa is there already
    help: leave --id out for an id that is free
    $ --id fox
    error: fox is a label of bbbb
    help: leave --id out for an id that is free
    $ --label fox
    error: the label "fox" can't be used: bbbb has it already
    help: choose another one, of letters, digits, _, . and /
    $ --label heads
    error: the label "heads" can't be used: targets use this word
    help: choose another one, of letters, digits, _, . and /
    $ --label a b
    error: the label "a b" can't be used: ' ' can't be part of it
    help: choose another one, of letters, digits, _, . and /
    $ --label 
    error: the label "" can't be used: it is empty
    help: choose another one, of letters, digits, _, . and /
    $ --label owl --label owl
    error: the label "owl" can't be used: it is given twice
    help: choose another one, of letters, digits, _, . and /
    $ --label aaaa
    error: the label "aaaa" can't be used: a revision is called so
    help: choose another one, of letters, digits, _, . and /
    $ --label self --id self
    error: the label "self" can't be used: a revision is called so
    help: choose another one, of letters, digits, _, . and /
    $ --depends-on nowhere
    error: no revision or label is called `nowhere`
    help: `revgraph history` shows every revision and label
    $ --depends-on heads
    error: `heads` is not a target here: a revision depends on an id, the beginning of one, or a label
    help: targets are `heads`, `head`, `base`, an id or its beginning, a label, `LABEL@head`, `+1`, `-1`, `ID+1`
    $ --depends-on bbbb-1
    error: `bbbb-1` is not a target here: a revision depends on an id, the beginning of one, or a label
    help: targets are `heads`, `head`, `base`, an id or its beginning, a label, `LABEL@head`, `+1`, `-1`, `ID+1`
    $ --depends-on 
    error: `` is not a target here: it is empty
    help: targets are `heads`, `head`, `base`, an id or its beginning, a label, `LABEL@head`, `+1`, `-1`, `ID+1`
    "#);
}

#[test]
fn an_id_that_would_change_what_an_older_file_means() {
    let project = Project::new();
    project.revision("abcd1234", "", "-- [up]");
    project.revision("above", "parents: abcd", "-- [up]");
    assert_snapshot!(refused(&project, &["revision", "-m", "x", "--id", "abcd"]), @"
    error: above calls another revision abcd, which would then be this one
    help: leave --id out for an id that is free
    ");
    assert_snapshot!(refused(&project, &["revision", "-m", "x", "--id", "abcd9"]), @"
    error: `abcd` in revision `above` (revisions/above.sql:2) could be `abcd1234` and `abcd9`
    help: give more characters of the id
    ");
}

#[test]
fn any_message_is_kept_on_one_line() {
    for (message, kept) in [
        ("two\nlines\r\n\tand more ", "two lines and more"),
        ("it's \"quoted\" -- [up] $$ ; \\", "it's \"quoted\" -- [up] $$ ; \\"),
        ("-- [up]", "-- [up]"),
        ("--> arrow", "--> arrow"),
        ("größer: 日本語 \u{1f600}", "größer: 日本語 \u{1f600}"),
        ("../../etc/passwd", "../../etc/passwd"),
        ("revision: other", "revision: other"),
        ("", ""),
        ("\u{2028}a\u{85}b\u{b}c", "a b c"),
    ] {
        let new = written(&Project::new(), &["revision", &format!("--message={message}")]);
        assert_eq!(new["message"], kept);
        let name = new["path"].as_str().unwrap().strip_prefix("revisions/").unwrap();
        assert!(!name.contains(['/', ' ', '\\', '.']) || name.matches('.').count() == 1, "{name}");
    }
    let long = "größte ".repeat(1000);
    let new = written(&Project::new(), &["revision", "-m", &long]);
    assert_eq!(new["message"], long.trim());
}

#[test]
fn merges() {
    let project = fork();
    assert_snapshot!(refused(&project, &["merge", "aaaa", "bbbb"]), @"
    error: `aaaa` and `bbbb` overlap: `aaaa` is below `bbbb`
    help: name only `bbbb`
    ");
    assert_snapshot!(refused(&project, &["merge", "bbbb"]), @"
    error: `bbbb` is not a target here: a merge joins two revisions or more, and this is 1
    help: targets are `heads`, `head`, `base`, an id or its beginning, a label, `LABEL@head`, `+1`, `-1`, `ID+1`
    ");
    let merge = written(&project, &["merge", "heads", "-m", "join them", "--label", "joined"]);
    assert_eq!((&merge["parents"], &merge["message"]), (&json!(["bbbb", "cccc"]), &json!("join them")));
    assert_snapshot!(refused(&project, &["merge"]), @"
    error: `heads` is not a target here: a merge joins two revisions or more, and this is 1
    help: targets are `heads`, `head`, `base`, an id or its beginning, a label, `LABEL@head`, `+1`, `-1`, `ID+1`
    ");
    assert_snapshot!(refused(&project, &["merge", "heads"]), @"
    error: `heads` is not a target here: a merge joins two revisions or more, and this is 1
    help: targets are `heads`, `head`, `base`, an id or its beginning, a label, `LABEL@head`, `+1`, `-1`, `ID+1`
    ");
    let named = written(&fork(), &["merge", "cccc", "fox"]);
    assert_eq!((&named["parents"], &named["message"]), (&json!(["bbbb", "cccc"]), &json!("merge")));
    assert_snapshot!(refused(&Project::new(), &["merge"]), @"
    error: `heads` is not a target here: a merge joins two revisions or more, and this is 0
    help: targets are `heads`, `head`, `base`, an id or its beginning, a label, `LABEL@head`, `+1`, `-1`, `ID+1`
    ");
}

#[test]
fn nothing_is_written_while_a_file_is_bad() {
    let project = line();
    project.write("revisions/bad.sql", "-- revision: bad\n");
    assert_snapshot!(refused(&project, &["revision", "-m", "x"]), @"
    error: the file has no [up] section
     --> revisions/bad.sql:1:18
      |
    1 | -- revision: bad
      |                 ^
      |
      = help: add a line `-- [up]`, at column 1 and with nothing behind it; it may be empty
    error: 1 revision file can't be used
    help: mend the files; nothing was done
    ");
}

#[test]
fn several_at_once_follow_each_other() {
    let project = Project::new();
    let begin = || {
        let mut command = project.command(&["revision", "-m", "one of many"]);
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    };
    // All of them wait for whoever reads, and then for each other.
    let reading = File::open(project.path().join("revisions")).unwrap();
    reading.lock_shared().unwrap();
    let all: Vec<Child> = (0..8).map(|_| begin()).collect();
    drop(reading);
    for child in all {
        let said = Said::from(child.wait_with_output().unwrap());
        assert_eq!(said.code, 0, "{said}");
    }
    let heads = project.run(&["heads", "--format", "json"]).json();
    assert_eq!((heads["heads"].as_array().unwrap().len(), heads["bases"].as_array().unwrap().len()), (1, 1), "{heads}");
    assert!(!project.path().join(".revgraph").exists(), "nothing was made for it");
}
