//! `history --graph`.

use insta::assert_snapshot;

use super::{SECTIONS, drawn};
use crate::harness::{Database, Project, shown};

/// The drawing.
fn history(project: &Project, arguments: &[&str]) -> String {
    project.run(&[&["history", "--graph"], arguments].concat()).to_string()
}

#[test]
fn a_line() {
    let project = drawn("one:\ntwo: one\nthree: two");
    assert_snapshot!(history(&project, &[]), @"
    ○  three [head]  about three
    ○  two  about two
    ○  one  about one
    --- exit code 0
    ");
    assert_snapshot!(history(&project, &["-v", "-r", "two:"]), @"
    ○  three [head]  about three
    │  created: 2026-01-03T00:00:00Z
    │  revisions/three.sql
    ○  two  about two
    │  created: 2026-01-02T00:00:00Z
    ~  revisions/two.sql
    --- exit code 0
    ");
}

#[test]
fn branches_and_merges() {
    let project = drawn(
        "root: || main\nleft1: root || left\nright1: root || right\nleft2: left1\nright2: right1\nboth: left2 right2\n\
         short: both\nlong1: both\nlong2: long1\nlong3: long2\nend: short long3",
    );
    assert_snapshot!(history(&project, &[]), @"
    ◎    end (left, main, right) [head] [merge]  about end
    ├─╮
    │ ○  short  about short
    ○ │  long3  about long3
    ○ │  long2  about long2
    ○ │  long1  about long1
    ├─╯
    ◎    both [merge]  about both
    ├─╮
    ○ │  right2  about right2
    ○ │  right1 (right)  about right1
    │ ○  left2  about left2
    │ ○  left1 (left)  about left1
    ├─╯
    ○  root (main)  about root
    --- exit code 0
    ");
    assert_snapshot!(history(&project, &["-r", "left1:both"]), @"
    ◎    both [merge]  about both
    ├─╮
    │ │
    │ ~
    │
    ○  left2  about left2
    ○  left1 (left)  about left1
    │
    ~
    --- exit code 0
    ");
}

#[test]
fn several_heads() {
    assert_snapshot!(history(&drawn("root:\na1: root\nb1: root\nc1: root\na2: a1\nb2: b1"), &[]), @"
    ○  b2 [head]  about b2
    ○  b1  about b1
    │ ○  a2 [head]  about a2
    │ ○  a1  about a1
    ├─╯
    │ ○  c1 [head]  about c1
    ├─╯
    ○  root  about root
    --- exit code 0
    ");
}

#[test]
fn an_octopus() {
    let project = drawn("root:\na: root\nb: root\nc: root\nd: root\ne: root\nall: a b c d e\ntop: all");
    assert_snapshot!(history(&project, &[]), @"
    ○  top [head]  about top
    ◎          all [merge]  about all
    ├─┬─┬─┬─╮
    ○ │ │ │ │  e  about e
    │ ○ │ │ │  d  about d
    ├─╯ │ │ │
    │   ○ │ │  c  about c
    ├───╯ │ │
    │     ○ │  b  about b
    ├─────╯ │
    │       ○  a  about a
    ├───────╯
    ○  root  about root
    --- exit code 0
    ");
}

#[test]
fn two_bases_and_what_depends() {
    let project = drawn("people: || staff\nstock: || store\nnames: people\nshelves: stock | names\nroles: names");
    assert_snapshot!(history(&project, &[]), @"
    ○  roles (staff) [head]  about roles
    │ ○  shelves (store) [head]  about shelves
    ╭─┤
    │ ○  stock (store)  about stock
    ○  names  about names
    ○  people (staff)  about people
    --- exit code 0
    ");
}

#[test]
fn nothing() {
    assert_snapshot!(history(&Project::new(), &[]), @"--- exit code 0");
}

#[test]
fn a_baseline_collapsed_and_expanded() {
    let (project, database) = (drawn("r1:\nr2: r1\nr3: r2\nr4: r3\nr5: r3"), Database::new());
    project.write("revgraph.toml", "[scratch]\nserver = true\n");
    project.ok(&database.url(), &["squash", "--to", "r3", "--id", "b1", "-m", "the first three"]);
    assert_snapshot!(history(&project, &[]), @"
    ○  r5 [head]  about r5
    │ ○  r4 [head]  about r4
    ├─╯
    ◇  b1 [baseline of 3 revisions]  the first three
    --- exit code 0
    ");
    assert_snapshot!(history(&project, &["-r", "r2:"]), @"
    ○  r5 [head]  about r5
    │ ○  r4 [head]  about r4
    ├─╯
    ▫  r3 [archived]  about r3
    ▫  r2 [archived]  about r2
    │
    ~
    --- exit code 0
    ");
    assert_snapshot!(project.run(&["graph", "--expand", "all"]), @"
    ○  r5 [head]  about r5
    │ ○  r4 [head]  about r4
    ├─╯
    ▫  r3 [archived]  about r3
    ▫  r2 [archived]  about r2
    ▫  r1 [archived]  about r1
    --- exit code 0
    ");
    assert_eq!(project.run(&["graph", "--expand", "b1"]).out, project.run(&["graph", "--expand", "all"]).out);
    assert_snapshot!(project.run(&["graph", "--expand", "r4"]), @"
    --- standard error
    error: r4 is no baseline that could be expanded
    help: `revgraph archive list` shows the baselines; `--expand all` expands every one
    --- exit code 1
    ");

    // A database that has a part of it.
    project.ok(&database.url(), &["upgrade", "r2"]);
    assert_snapshot!(project.ok(&database.url(), &["history", "-g", "-i"]), @"
    ○  r5 [head]  about r5
    │ ○  r4 [head]  about r4
    ├─╯
    ◈  b1 [baseline of 3 revisions] [partly in effect]  the first three
    ");
    assert_snapshot!(project.ok(&database.url(), &["graph", "-i", "--expand", "all"]), @"
    ○  r5 [head]  about r5
    │ ○  r4 [head]  about r4
    ├─╯
    ▫  r3 [archived]  about r3
    ▪  r2 [archived]  about r2
    ▪  r1 [archived]  about r1
    ");
}

#[test]
fn what_a_database_has() {
    let (project, database) =
        (drawn("r1:\nr2: r1\nr3: r2\nr4: r3\nr5: r4 gone1\ngone1: r2\ngone2: gone1"), Database::new());
    project.ok(&database.url(), &["upgrade", "r3", "gone2"]);
    // Somebody else's branch, which this checkout lacks; and an edit.
    std::fs::remove_file(project.path().join("revisions/gone1.sql")).unwrap();
    std::fs::remove_file(project.path().join("revisions/gone2.sql")).unwrap();
    project.revision("r5", "message: about r5\nparents: r4\ncreated: 2026-01-05T00:00:00Z", SECTIONS);
    project.revision("r3", "message: about r3\nparents: r2\ncreated: 2026-01-03T00:00:00Z", "-- [up]\nSELECT 3;\n");
    assert_snapshot!(project.ok(&database.url(), &["history", "-g", "-i"]), @"
    ○  r5 [head]  about r5
    ○  r4  about r4
    ●  r3 [edited]  about r3
    │ ✗  gone2 [no file here]  about gone2
    │ ✗  gone1 [no file here]  about gone1
    ├─╯
    ●  r2  about r2
    ●  r1  about r1
    ");
    // Whoever names a database to `graph` wants to see it.
    assert_eq!(project.ok(&database.url(), &["graph"]), project.ok(&database.url(), &["history", "-g", "-i"]));
    // What stands on nothing that is shown is not shown.
    assert_snapshot!(project.ok(&database.url(), &["history", "-g", "-i", "-r", "r4:"]), @"
    ○  r5 [head]  about r5
    ○  r4  about r4
    │
    ~
    ");
    // Nobody is asked without it.
    assert_snapshot!(history(&project, &["-r", "r4:", "--database", "postgres://nobody.invalid/x"]), @"
    ○  r5 [head]  about r5
    ○  r4  about r4
    │
    ~
    --- exit code 0
    ");
}

#[test]
fn what_has_begun_and_not_ended() {
    let (project, database) = (drawn("r1:\nr2: r1"), Database::new());
    project.revision("r2", "message: stops\nparents: r1", "-- [up transaction=off]\nSELECT 1;\nSELECT 1 / 0;\n");
    assert_eq!(project.run_on(&database.url(), &["upgrade"]).code, 1);
    assert_snapshot!(project.ok(&database.url(), &["history", "-g", "-i"]), @"
    ◐  r2 [head] [unfinished]  stops
    ●  r1  about r1
    ");
}

#[test]
fn a_narrow_terminal() {
    let project = drawn("root: || main\nleft: root\nright: root\nboth: left right");
    let on = |columns: u16, arguments: &[&str]| {
        shown(project.command(&[&["history", "--graph"], arguments].concat()), columns)
    };
    assert_snapshot!(on(100, &[]), @"
    ◎    both (main) [head] [merge]  about both
    ├─╮
    ○ │  right  about right
    │ ○  left  about left
    ├─╯
    ○  root (main)  about root

    ◎ merge
    ");
    assert_snapshot!(on(24, &[]), @"
    ◎    both (main) [head]…
    ├─╮
    ○ │  right  about right
    │ ○  left  about left
    ├─╯
    ○  root (main)  about r…

    ◎ merge
    ");
    assert_snapshot!(on(12, &["-q"]), @"
    ◎    both (…
    ├─╮
    ○ │  right…
    │ ○  left…
    ├─╯
    ○  root (ma…
    ");
    for columns in 1..60 {
        let longest = on(columns, &[]).lines().map(|line| line.chars().count()).max().unwrap();
        assert!(longest <= columns.into(), "{longest} in {columns}");
    }
}

#[test]
fn colours_on_a_terminal_and_none_in_a_pipe() {
    let project = drawn("root: || main\nleft: root\nright: root\nboth: left right");
    let mut command = project.command(&["history", "--graph"]);
    command.env_remove("NO_COLOR").env("TERM", "xterm-256color");
    let seen = shown(command, 40);
    assert!(seen.contains("\x1b[35m◎\x1b[0m"), "a merge is magenta: {seen:?}");
    assert!(seen.contains("\x1b[1m\x1b[32m[head]\x1b[0m"), "a head is green: {seen:?}");
    let mut command = project.command(&["history", "--graph"]);
    let piped = String::from_utf8(command.env_remove("NO_COLOR").output().unwrap().stdout).unwrap();
    assert!(!piped.contains('\x1b') && piped.contains("◎") && !piped.contains("more below"), "{piped:?}");
}

#[test]
fn where_the_locale_is_not_utf_8() {
    let project =
        drawn("people: || staff\nstock: || store\nnames: people\nshelves: stock | names\nroles: names shelves");
    let with = |variables: &[(&str, &str)]| {
        let mut command = project.command(&["history", "--graph"]);
        for name in ["LC_ALL", "LC_CTYPE", "LANG"] {
            command.env_remove(name);
        }
        command.envs(variables.iter().copied());
        String::from_utf8(command.output().unwrap().stdout).unwrap()
    };
    let ascii = with(&[("LC_ALL", "C"), ("LANG", "en_GB.UTF-8")]);
    assert!(ascii.is_ascii() && ascii.lines().count() > 5, "{ascii}");
    assert_snapshot!(ascii, @r"
    m    roles (staff, store) [head] [merge]  about roles
    |\
    o |  shelves  about shelves
    |\|
    o |  stock (store)  about stock
      o  names  about names
      o  people (staff)  about people
    ");
    for variables in
        [&[("LC_ALL", "POSIX")][..], &[("LC_CTYPE", "C"), ("LANG", "C.UTF-8")], &[("LANG", "de_DE.ISO-8859-1")]]
    {
        assert_eq!(with(variables), ascii, "{variables:?}");
    }
    for variables in [&[][..], &[("LC_ALL", ""), ("LANG", "C.utf8")], &[("LC_CTYPE", "de_DE.UTF-8"), ("LANG", "C")]] {
        assert!(with(variables).contains('○'), "{variables:?}");
    }
    // In a narrow terminal, what is cut is told in ASCII too.
    let mut command = project.command(&["history", "--graph", "-q"]);
    command.env("LC_ALL", "C");
    assert!(shown(command, 20).is_ascii());
}

#[test]
fn for_tools_it_is_the_history_as_ever() {
    let project = drawn("r1:\nr2: r1");
    assert_eq!(
        project.run(&["history", "--graph", "--format", "json"]).out,
        project.run(&["history", "--format", "json"]).out
    );
}

#[test]
fn events_have_no_graph() {
    assert_snapshot!(drawn("r1:").run(&["log", "--graph"]), @"
    --- standard error
    error: `log` shows what was done to the database, which is no graph
    help: `revgraph history --graph` draws the revisions
    --- exit code 1
    ");
}
