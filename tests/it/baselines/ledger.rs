//! What the ledger has and what it tells, state by state.

use super::{LINE, at, last_run, originals, rows, squashed, table};
use crate::harness::{Database, Project, Proxy};

/// A state, commands, the rows afterwards, and what the last command did.
type Way = (&'static [&'static str], &'static [&'static [&'static str]], &'static str, &'static str);

/// From where the originals have brought a database, commands on the squashed files; then the rows, and what the last
/// of the commands did.
const WAYS: [Way; 15] = [
    (&[], &[&["upgrade", "x"]], "a<line b<line c<line d<line p x line", "up p, up line, up x"),
    (&["x"], &[&["upgrade", "x"]], "a b c d p x line", "adopt line"),
    (&["d"], &[&["upgrade", "line"]], "a b c d p line", "adopt line"),
    (&["a"], &[&["upgrade", "x"]], "a b c d p x line", "up b, up c, up d, adopt line, up x"),
    (&["a"], &[&["upgrade", "c"]], "a b c p", "up b, up c"),
    (&["p"], &[&["upgrade", "c"]], "a b c p", "up a, up b, up c"),
    (&["p"], &[&["upgrade", "d"]], "a<line b<line c<line d<line p line", "up line"),
    (&["b"], &[&["upgrade", "q"]], "a b p q", "up q"),
    (&["x"], &[&["downgrade", "d"]], "a b c d p", "down x"),
    (&["x"], &[&["downgrade", "b"]], "a b p", "down x, down d, down c"),
    (&["x"], &[&["downgrade", "p"]], "p", "down x, down line"),
    (&["x"], &[&["upgrade", "x"], &["downgrade", "b"]], "a b p", "expand line, down x, down d, down c"),
    (&[], &[&["upgrade", "x"], &["downgrade", "c"]], "a b c p", "expand line, down x, down d"),
    (&[], &[&["upgrade", "x"], &["downgrade", "p"]], "p", "down x, down line"),
    (&[], &[&["upgrade", "x"], &["downgrade", "c"], &["upgrade", "x"]], "a b c d p x line", "up d, adopt line, up x"),
];

#[test]
fn rows_and_events() {
    let project = squashed(&LINE);
    for (state, commands, expected, did) in WAYS {
        let database = at(state);
        for command in commands {
            project.ok(&database.url(), command);
        }
        assert_eq!(rows(&database), expected, "{state:?} {commands:?}");
        assert_eq!(last_run(&database), did, "{state:?} {commands:?}");
    }
}

#[test]
fn stamps() {
    let project = squashed(&LINE);
    for (state, target, expected, did) in [
        (&[][..], "x", "a<line b<line c<line d<line p x line", "stamp p, stamp line, stamp x"),
        (&[], "b", "a b p", "stamp p, stamp a, stamp b"),
        (&["b"], "d", "a b c d p line", "stamp c, stamp d, adopt line"),
        (&["x"], "x", "a b c d p x line", "adopt line"),
        (&["x"], "p", "p", "stamp away x, stamp away line"),
        (&["x"], "b", "a b p", "stamp away x, stamp away d, stamp away c"),
    ] {
        let database = at(state);
        project.ok(&database.url(), &["stamp", target]);
        assert_eq!(rows(&database), expected, "{state:?} {target}");
        assert_eq!(last_run(&database), did, "{state:?} {target}");
    }
    let database = at(&["x"]);
    project.ok(&database.url(), &["upgrade", "x"]);
    project.ok(&database.url(), &["stamp", "b"]);
    assert_eq!(
        (rows(&database), last_run(&database)),
        ("a b p".to_owned(), "expand line, stamp away x, stamp away d, stamp away c".to_owned())
    );
    project.ok(&database.url(), &["stamp", "line", "--purge"]);
    assert_eq!(rows(&database), "a<line b<line c<line d<line p line");
}

/// What the ledger keeps of the originals, whoever brought them.
const KEPT: &str = "SELECT id, parents, depends_on, labels, message, source, up_checksum, down_checksum, lineage, replaces \
                    FROM revgraph.applied WHERE length(id) = 1 ORDER BY id";

#[test]
fn what_a_baseline_brings_is_recorded_like_what_ran() {
    let ran = at(&["heads"]);
    for layout in [&LINE[..], &[("low", &["a", "b"][..]), ("line", &["low", "c", "d"])]] {
        let database = Database::new();
        squashed(layout).ok(&database.url(), &["upgrade"]);
        assert_eq!(database.rows(KEPT), ran.rows(KEPT));
    }
}

#[test]
fn to_adopt_changes_nothing_else() {
    let (project, database) = (squashed(&LINE), at(&["heads"]));
    let others = "SELECT applied::text FROM revgraph.applied WHERE id <> 'line' ORDER BY id";
    let (before, events) = (database.rows(others), database.events().len());
    let out = project.ok(&database.url(), &["upgrade"]);
    assert!(out.starts_with("  adopt line  stands for a, b, c, d\nadopted 1 baseline in "), "{out}");
    assert_eq!(database.rows(others), before);
    assert_eq!(database.events().split_off(events), ["adopt line done"]);
    assert!(project.ok(&database.url(), &["upgrade"]).starts_with("nothing to do"));
    let through = "SELECT count(through) FROM revgraph.applied";
    project.ok(&database.url(), &["downgrade", "c"]);
    assert_eq!(database.value(through), "0");
}

#[test]
fn a_failure_on_the_way_through_leaves_what_came_before() {
    let (project, database) = (squashed(&LINE), at(&["a"]));
    database.execute("CREATE TABLE d ()");
    let said = project.run_on(&database.url(), &["upgrade"]);
    assert_eq!(said.code, 1, "{said}");
    assert!(said.err.contains("archive/line/d.sql:6:1"), "{said}");
    assert_eq!(rows(&database), "a b c p", "{said}");
    database.execute("DROP TABLE d");
    project.ok(&database.url(), &["upgrade", "d"]);
    assert_eq!(last_run(&database), "up d, adopt line");
    // On the way down it is the same: the baseline's row is gone by then, and that fits with what is left.
    database.execute("CREATE VIEW v AS SELECT FROM c");
    assert_eq!(project.run_on(&database.url(), &["downgrade", "a"]).code, 1);
    assert_eq!(rows(&database), "a b c p");
    project.ok(&database.url(), &["upgrade", "d"]);
    assert_eq!(last_run(&database), "up d, adopt line");
}

/// The line with a revision outside of transactions in it, which fails at its second statement as long as a table is
/// in the way.
fn with_statements_outside(id: &str, parent: &str) -> Project {
    let project = originals();
    let sections = format!(
        "-- [up transaction=off]\nCREATE TABLE {id} ();\nCREATE TABLE blocked_up ();\nDROP TABLE blocked_up;\n\
         -- [down transaction=off]\nCREATE TABLE blocked_down ();\nDROP TABLE blocked_down;\nDROP TABLE {id};\n"
    );
    project.revision(id, &format!("parents: {parent}"), &sections);
    super::squash(&project, "line", &["a", "b", "c", "d"]);
    project
}

#[test]
fn what_is_unfinished_inside_is_finished_there() {
    for (id, parent, before) in [("a", "p", "p"), ("c", "b", "b"), ("d", "c", "c")] {
        let (project, database) = (with_statements_outside(id, parent), Database::new());
        let url = database.url();
        project.ok(&url, &["upgrade", before]);
        database.execute("CREATE TABLE blocked_up ()");
        assert_eq!(project.run_on(&url, &["upgrade", id, "q"]).code, 1);
        let said = project.run_on(&url, &["downgrade", "base"]);
        assert!(said.err.contains(&format!("{id} is unfinished on its way up")), "{said}");
        database.execute("DROP TABLE blocked_up");
        project.ok(&url, &["upgrade"]);
        assert_eq!(rows(&database), "a b c d p q x y z line", "along the originals: {id}");
        database.execute("CREATE TABLE blocked_down ()");
        if id == "a" {
            // Below it the baseline goes as a whole, by its own way.
            let said = project.run_on(&url, &["downgrade", before]);
            assert!(said.err.contains("revisions/line.sql"), "{said}");
            continue;
        }
        assert_eq!(project.run_on(&url, &["downgrade", before]).code, 1);
        // Not up, with the baseline recorded, and not down by the baseline's own way.
        let said = project.run_on(&url, &["upgrade"]);
        assert!(said.err.contains(&format!("{id} is unfinished on its way down")), "{said}");
        let said = project.run_on(&url, &["downgrade", "base"]);
        assert!(said.err.contains(&format!("archive/line/{id}.sql")), "{said}");
        database.execute("DROP TABLE blocked_down");
        project.ok(&url, &["downgrade", "base"]);
        assert!(database.tables().is_empty(), "{id}: {:?}", database.tables());
    }
}

#[test]
fn a_baseline_outside_of_transactions() {
    let (project, database) = (with_statements_outside("c", "b"), Database::new());
    let url = database.url();
    project.ok(&url, &["upgrade", "p"]);
    database.execute("CREATE TABLE blocked_up ()");
    assert_eq!(project.run_on(&url, &["upgrade", "line"]).code, 1);
    assert_eq!(rows(&database), "p");
    let said = project.run_on(&url, &["upgrade", "b"]);
    assert!(said.err.contains("line is unfinished on its way up"), "{said}");
    database.execute("DROP TABLE blocked_up");
    project.ok(&url, &["upgrade", "line"]);
    assert_eq!(rows(&database), "a<line b<line c<line d<line p line");
    project.ok(&url, &["downgrade", "p"]);
    assert_eq!(rows(&database), "p");
}

#[test]
fn adopting_and_expanding_take_no_round_trips() {
    let plain = Project::new();
    let ids: Vec<String> = (1..=400).map(|number| format!("r{number:04}")).collect();
    for (number, id) in ids.iter().enumerate() {
        let parent = if number == 0 { String::new() } else { format!("parents: {}", ids[number - 1]) };
        plain.revision(id, &parent, "-- [up]\nSELECT 1;\n-- [down]\n");
    }
    let database = Database::new();
    let proxy = Proxy::start(database.server().address());
    let url = proxy.url(&database);
    // However slow the machine is, no second session looks who is in the way.
    plain.write("revgraph.toml", "lock_timeout = \"0\"\n");
    let cost = |project: &Project, arguments: &[&str]| {
        let before = proxy.round_trips();
        project.ok(&url, arguments);
        proxy.round_trips() - before
    };
    plain.ok(&url, &["upgrade", "r0100"]);
    let usual = cost(&plain, &["upgrade", "r0101"]);
    let members = |from: usize, to: usize| ids[from..to].iter().map(String::as_str).collect::<Vec<_>>();
    super::squash(&plain, "low", &members(0, 200));
    super::squash(&plain, "high", &[vec!["low"], members(200, 399)].concat());
    assert_eq!(cost(&plain, &["upgrade"]), usual, "299 revisions, and two baselines adopted");
    assert_eq!(last_run(&database).matches("adopt").count(), 2);
    assert_eq!(cost(&plain, &["downgrade", "r0001"]), usual, "two expanded");
    plain.ok(&url, &["downgrade", "base"]);
    assert_eq!(cost(&plain, &["upgrade"]), usual, "400 rows brought by two steps");
    assert_eq!(database.applied().len(), 402);
    table(&plain, "last", "parents: r0400");
    assert_eq!(cost(&plain, &["upgrade"]), usual);
}
