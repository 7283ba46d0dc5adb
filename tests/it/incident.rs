//! A bad night, from end to end: release 3 is deployed and has to go, and the machine at hand has the checkout of
//! release 2.

use crate::harness::{Database, Project, Said, lasting};

/// The files of a release: each adds a revision.
fn release(number: usize) -> Project {
    let project = Project::new();
    let revisions = [
        (
            "users",
            "message: add users",
            "-- [up]\nCREATE TABLE users (id int PRIMARY KEY, name text NOT NULL);\n-- [down]\nDROP TABLE users;\n",
        ),
        (
            "mail",
            "message: users have mail addresses\nparents: users",
            "-- [up]\nALTER TABLE users ADD email text;\n-- [down]\nALTER TABLE users DROP email;\n\
             -- [verify]\nSELECT id FROM users WHERE email NOT LIKE '%@%';\n",
        ),
        (
            "split",
            "message: names in two parts\nparents: mail",
            "-- [up]\nALTER TABLE users ADD first text, ADD last text;\n\
             UPDATE users SET first = split_part(name, ' ', 1), last = split_part(name, ' ', 2);\n\
             ALTER TABLE users DROP name;\n\
             -- [down]\nALTER TABLE users ADD name text;\nUPDATE users SET name = first || ' ' || last;\n\
             ALTER TABLE users ALTER name SET NOT NULL, DROP first, DROP last;\n",
        ),
        (
            "search",
            "message: search by last name\nparents: split",
            "-- [up transaction=off]\nCREATE INDEX CONCURRENTLY by_last ON users (last);\n\
             -- [down transaction=off]\nDROP INDEX CONCURRENTLY by_last;\n",
        ),
    ];
    let of_release = [0, 1, 2, 4][number];
    for (id, header, sections) in revisions.into_iter().take(of_release) {
        project.revision(id, header, sections);
    }
    project
}

/// Runs a command, with what it says of times and databases left out.
fn run(project: &Project, database: &Database, arguments: &[&str]) -> Said {
    let said = project.run_on(&database.url(), arguments);
    let timeless = |line: &str| match (line.contains("graded "), line.split_once(" in "), line.split_once("; ")) {
        (true, Some((before, _)), Some((_, after))) => format!("{before} in TIME; {after}\n"),
        _ => format!("{line}\n"),
    };
    let sizeless = |line: &str| match (line.starts_with("saved "), line.split_once(" (")) {
        (true, Some((before, _))) => format!("{before} (SIZE)\n"),
        _ => format!("{line}\n"),
    };
    let err = lasting(&said.complaint(), database).lines().map(sizeless).collect();
    Said { out: said.out.lines().map(timeless).collect(), err, ..said }
}

#[test]
fn back_from_release_3_with_the_checkout_of_release_2() {
    let (newest, at_hand, database) = (release(3), release(2), Database::new());
    at_hand.ok(&database.url(), &["upgrade"]);
    database.execute("INSERT INTO users VALUES (1, 'Ada Byron', 'ada@example.org'), (2, 'Alan Turing', NULL)");
    newest.ok(&database.url(), &["upgrade"]);
    database.execute("INSERT INTO users (id, first, last) VALUES (3, 'Grace', 'Hopper')");

    // What is the matter?
    insta::assert_snapshot!(run(&at_hand, &database, &["current"]), @"
    search (no file)  search by last name
    missing: in effect, but without a file: search, split
      this checkout is older than the database, on another branch, or the database is another project's
      `revgraph recover` writes their files from the ledger, `revgraph downgrade TARGET --from-ledger` undoes them by it
    --- exit code 0
    ");
    insta::assert_snapshot!(run(&at_hand, &database, &["upgrade"]), @"
    --- standard error
    error: the database has 2 revisions that the files lack: search, split
    help: this checkout is older than the database, on another branch, or the database is another project's. `revgraph recover` writes their files from the ledger, `revgraph downgrade TARGET --from-ledger` undoes them by it
    --- exit code 1
    ");
    insta::assert_snapshot!(run(&at_hand, &database, &["plan", "downgrade", "mail"]), @"
      down search  search by last name
      down split  names in two parts
        loses column users.first: 3 values, 15 bytes
        loses column users.last: 3 values, 20 bytes
    2 steps; then at mail
    --- standard error
    note: the files lack 2 revisions, planned by what the ledger keeps: search, split
    --- exit code 0
    ");
    insta::assert_snapshot!(run(&at_hand, &database, &["recover", "-o", "read"]), @"
    recovered read/search.sql
    recovered read/split.sql
    2 files written, each as it ran
    --- exit code 0
    ");
    let read = std::fs::read_to_string(at_hand.path().join("read/split.sql")).unwrap();
    assert_eq!(read, std::fs::read_to_string(newest.path().join("revisions/split.sql")).unwrap());
    insta::assert_snapshot!(run(&at_hand, &database, &["downgrade", "mail", "--dry-run", "--from-ledger"]), @"
    down split  names in two parts
        loses column users.first: 3 values, 15 bytes
        loses column users.last: 3 values, 20 bytes
       10 ALTER TABLE users ADD name text
       11 UPDATE users SET name = first || ' ' || last  3 rows
       12 ALTER TABLE users ALTER name SET NOT NULL, DROP first, DROP last
    not tried search: it does not run in a transaction
    lock AccessExclusiveLock on public.users
    tried 1 step of 2 and rolled back; it would be at mail
    --- standard error
    note: the files lack 2 revisions, undone by what the ledger keeps: search, split
    --- exit code 0
    ");

    // Nothing happens by itself, and what does can be said no to.
    insta::assert_snapshot!(run(&at_hand, &database, &["downgrade", "mail"]), @"
    --- standard error
    error: the files lack 2 revisions, whose way down is in the ledger alone: search, split
    help: its checksums match; `revgraph recover -o DIR` writes it there for reading, --from-ledger runs it
    --- exit code 1
    ");
    assert_eq!(database.applied(), ["mail", "search", "split", "users"]);

    // Nor does it lose anything without a word.
    insta::assert_snapshot!(run(&at_hand, &database, &["downgrade", "mail", "--from-ledger"]), @"
    --- standard error
    note: the files lack 2 revisions, undone by what the ledger keeps: search, split
      down split  names in two parts
        loses column users.first: 3 values, 15 bytes
        loses column users.last: 3 values, 20 bytes
    error: this downgrade would lose 2 columns
    help: nothing was touched; if that is what you want: --yes, with --backup to save it first
    --- exit code 1
    ");
    assert_eq!(database.applied(), ["mail", "search", "split", "users"]);

    // Back, and nobody is lost: not those from before, and not the one who came meanwhile.
    let saved = ["downgrade", "mail", "--from-ledger", "--yes", "--backup=lost.dump"];
    insta::assert_snapshot!(run(&at_hand, &database, &saved), @"
      down search  search by last name
      down split  names in two parts
    downgraded 2 revisions in TIME; now at mail
    --- standard error
    note: the files lack 2 revisions, undone by what the ledger keeps: search, split
      down split  names in two parts
        loses column users.first: 3 values, 15 bytes
        loses column users.last: 3 values, 20 bytes
    saved public.users to lost.dump (SIZE)
      to restore: pg_restore --single-transaction --clean --if-exists --dbname='postgres://postgres@127.0.0.1:PORT/NAME' 'lost.dump'
      (all or nothing; the tables become what they were: first bring the database back to search)
    kept what the ledger has of search, split in backups/TIME_NAME_ledger
    --- exit code 0
    ");
    assert_eq!(
        database.rows("SELECT id, name, email FROM users ORDER BY id"),
        ["1 Ada Byron ada@example.org", "2 Alan Turing -", "3 Grace Hopper -"]
    );
    insta::assert_snapshot!(run(&at_hand, &database, &["check"]), @"
    ok: 2 revisions sound, and the database agrees
    --- exit code 0
    ");
    assert_eq!(database.value("SELECT to_regclass('by_last')"), "-");

    // The day after: release 3 comes again, and is the history that it was.
    newest.ok(&database.url(), &["upgrade"]);
    let columns = "SELECT string_agg(attname, ' ' ORDER BY attname) FROM pg_attribute \
                   WHERE attrelid = 'users'::regclass AND attnum > 0 AND NOT attisdropped";
    assert_eq!(database.value(columns), "email first id last");
    assert_eq!(database.rows("SELECT last FROM users ORDER BY id"), ["Byron", "Turing", "Hopper"]);
    assert_eq!(run(&newest, &database, &["check"]).code, 0);
    let told = database.events();
    assert_eq!(
        told[4..],
        ["downgrade search done", "downgrade split done", "upgrade split done", "upgrade search done",]
    );
}
