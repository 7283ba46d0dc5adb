//! The schools: two databases, and people of three tables who become users of one.

mod killed;
mod people;

use insta::assert_snapshot;

use super::{left, psql, round_trip, shown, system};
use crate::harness::{Database, Project, Said};

/// The first version, as it grew.
const V1: &str = include_str!("../../systems/schools/v1/schools.sql");

/// As many more people as a setting says.
const MANY: &str = include_str!("../../systems/schools/v1/many.sql");

/// The project, and both databases that it is about.
struct Schools {
    project: Project,
    v1: Database,
    v2: Database,
}

impl Schools {
    fn new() -> Schools {
        let schools = Schools { project: system("schools"), v1: Database::new(), v2: Database::new() };
        let path = schools.project.path().join("revgraph.toml");
        let settings = std::fs::read_to_string(path).expect("it has settings");
        schools.project.write("revgraph.toml", settings.replace("dbname=schools_v1", &schools.v1.url()));
        psql(&schools.v1, V1);
        schools
    }

    fn with_many(students: u32) -> Schools {
        let schools = Schools::new();
        psql(&schools.v1, &format!("SET schools.students = {students};\n{MANY}"));
        schools
    }

    fn run(&self, arguments: &[&str]) -> Said {
        self.project.run_on(&self.v2.url(), arguments)
    }

    #[track_caller]
    fn ok(&self, arguments: &[&str]) -> String {
        self.project.ok(&self.v2.url(), arguments)
    }

    /// The users as the first version would know them, without what is random.
    fn users(&self) -> Vec<String> {
        self.v2.rows(
            "SELECT id, user_type, legacy_id, first_name, last_name, email, phone, phone_number, street, postal_code, \
             city, country_code, created_at, password_hash IS NULL FROM \"User\" ORDER BY id",
        )
    }

    /// As many people of each kind in both databases, and nobody who hangs in the air.
    #[track_caller]
    fn assert_whole(&self) {
        for (kind, table) in [("teacher", "Teacher"), ("parent", "Parent"), ("student", "Student")] {
            let users = self.v2.value(&format!("SELECT count(*) FROM \"User\" WHERE user_type = '{kind}'"));
            assert_eq!(users, self.v1.value(&format!("SELECT count(*) FROM \"{table}\"")), "{kind}");
        }
        let in_the_air = "SELECT u.id FROM \"User\" u WHERE NOT EXISTS (SELECT FROM \"UserRole\" r WHERE r.user_id = u.id) \
                          OR user_type = 'student' AND NOT EXISTS (SELECT FROM student s WHERE s.user_id = u.id)";
        assert_eq!(self.v2.rows(in_the_air), [""; 0]);
    }
}

/// What was said, without the rates of loads and batches.
fn said(said: &Said) -> String {
    let without_rate = |line: &str| match line.rsplit_once(", ") {
        Some((start, rate)) if rate.ends_with(" row/s") || rate.ends_with(" rows/s") => format!("{start}\n"),
        _ => format!("{line}\n"),
    };
    let lines = said.out.lines().map(without_rate).collect();
    shown(&Said { out: lines, err: said.err.lines().map(without_rate).collect(), code: said.code })
}

#[test]
fn a_dry_run_counts_what_would_move() {
    let schools = Schools::new();
    let out = schools.ok(&["upgrade", "--dry-run"]);
    let moves: Vec<_> = out.lines().filter(|line| line.contains(" from v1 ")).map(str::trim).collect();
    let counts: Vec<_> = moves.iter().filter_map(|line| line.rsplit_once("  ")).map(|(_, count)| count).collect();
    assert_snapshot!(counts.join("\n"), @"
    3 rows from v1 into staging.school
    1 row from v1 into staging.source_count
    4 rows from v1 into staging.teacher
    1 row from v1 into staging.source_count
    3 rows from v1 into staging.parent
    1 row from v1 into staging.source_count
    5 rows from v1 into staging.student
    1 row from v1 into staging.source_count
    3 rows from v1 into staging.password
    3 rows from v1 into staging.password
    4 rows from v1 into staging.password
    1 row from v1 into staging.source_count
    ");
    assert_eq!(left(&schools.v2), [""; 0]);
    // Of what is named, no more.
    let out = schools.ok(&["upgrade", "--dry-run", "schools@head"]);
    assert!(out.contains("3 rows from v1 into staging.school") && !out.contains("staging.teacher"), "{out}");
}

#[test]
fn some_kinds_first_and_then_the_others() {
    let schools = Schools::new();
    // What teachers need comes with them.
    assert_snapshot!(said(&schools.run(&["upgrade", "schools@head", "teachers@head"])), @"
      up   ref1  reference data: countries, user types and permissions, curricula, grades, classes, subjects
      up   usr1  one table for all people
      up   stg1  where rows of the first version wait, and the rules by which they are converted
      load sch1:17  3 rows in 1 run
      load sch1:20  1 row in 1 run
      up   sch1  schools of the first version, as they are
      up   sch2  schools, and who is what at which of them
      up   sch3  how people of the first version become users of a school
      load tea1:11  4 rows in 1 run
      load tea1:16  1 row in 1 run
      up   tea1  teachers of the first version, as they are
      up   tea2  teachers become users
    upgraded 8 revisions in …; now at tea2
    --- standard error
    not looked into: what is done by the function add_users (tea2, line 8)
    --- exit code 0
    ");
    assert_snapshot!(said(&schools.run(&["current"])), @"
    sch3 (head)  how people of the first version become users of a school
    stg1 (head)  where rows of the first version wait, and the rules by which they are converted
    tea2 (head)  teachers become users
    not in effect: par2, pwd1, stu2
    --- exit code 0
    ");
    assert_snapshot!(said(&schools.run(&["check"])), @"
    pending: par1, par2, stu1, stu2, pwd1
    --- exit code 3
    ");
    assert_eq!(schools.v2.value("SELECT count(*) FROM \"User\""), "4");
    assert_snapshot!(said(&schools.run(&["upgrade"])), @"
      load par1:11  3 rows in 1 run
      load par1:16  1 row in 1 run
      up   par1  parents of the first version, as they are
      up   par2  parents become users
      load stu1:11  5 rows in 1 run
      load stu1:16  1 row in 1 run
      up   stu1  students of the first version, as they are
      up   stu2  students become users
      load pwd1:20  3 rows in 1 run
      load pwd1:23  3 rows in 1 run
      load pwd1:26  4 rows in 1 run
      load pwd1:29  1 row in 1 run
      batch pwd1  10 rows in 1 run
      up   pwd1  passwords are kept as hashes
    upgraded 5 revisions in …; now at pwd1
    --- standard error
    not looked into: what is done by the function add_users (par2, line 8), the function add_users (stu2, line 8)
    --- exit code 0
    ");
    schools.assert_whole();
    assert_snapshot!(said(&schools.run(&["verify"])), @r#"
      ok   sch1:24  SELECT c.rows = count(s.id) AS ok, c.rows AS v1, count(s.id) AS staged  staged 3, v1 3
      ok   sch2:35  SELECT s.id, s.country FROM staging.school s WHERE NOT EXISTS (SELECT FROM school t WHERE t.id = s.id)
      ok   tea1:20  SELECT c.rows = count(p.id) AS ok, c.rows AS v1, count(p.id) AS staged  staged 4, v1 4
      ok   tea2:24  SELECT p.id, p.school_id FROM staging.teacher p
      ok   tea2:27  SELECT u.id FROM "User" u
      ok   tea2:30  SELECT p.id, p.subject FROM staging.teacher p
      ok   tea2:33  SELECT c.rows = count(u.id) AS ok, c.rows AS v1, count(u.id) AS v2  v1 4, v2 4
      ok   par1:20  SELECT c.rows = count(p.id) AS ok, c.rows AS v1, count(p.id) AS staged  staged 3, v1 3
      ok   par2:12  SELECT p.id, p.school_id FROM staging.parent p
      ok   par2:15  SELECT u.id FROM "User" u
      ok   par2:18  SELECT c.rows = count(u.id) AS ok, c.rows AS v1, count(u.id) AS v2  v1 3, v2 3
      ok   stu1:20  SELECT c.rows = count(p.id) AS ok, c.rows AS v1, count(p.id) AS staged  staged 5, v1 5
      ok   stu2:35  SELECT p.id, p.school_id FROM staging.student p
      ok   stu2:38  SELECT u.id FROM "User" u
      ok   stu2:41  SELECT p.id, p.parent_id, p.grade FROM staging.student p
      ok   stu2:45  SELECT c.rows = count(u.id) AS ok, c.rows AS v1, count(u.id) AS v2  v1 5, v2 5
      ok   pwd1:54  SELECT c.rows = count(u.id) AS ok, c.rows AS v1, count(u.id) AS v2  v1 10, v2 10
    ok: 17 verifications of 13 revisions held
    --- exit code 0
    "#);
    assert_eq!(schools.ok(&["check"]), "ok: 13 revisions sound, and the database agrees\n");
    assert_eq!(schools.run(&["drift"]).code, 0);
    // Somebody takes a role away.
    schools.v2.execute("DELETE FROM \"UserRole\" WHERE user_id = 6");
    assert_snapshot!(said(&schools.run(&["verify", "par2"])), @r#"
      ok   par2:12  SELECT p.id, p.school_id FROM staging.parent p
    failed par2:15  SELECT u.id FROM "User" u
           id 6
      ok   par2:18  SELECT c.rows = count(u.id) AS ok, c.rows AS v1, count(u.id) AS v2  v1 3, v2 3
    1 of 3 verifications of 1 revision failed
    --- exit code 3
    "#);
    // One kind goes, the others stay.
    assert_snapshot!(said(&schools.run(&["downgrade", "students@base", "--yes"])), @"
      down pwd1  passwords are kept as hashes
      down stu2  students become users
      down stu1  students of the first version, as they are
    downgraded 3 revisions in …; now at par2
    --- standard error
      down stu2  students become users
        loses table student: 5 rows, …kB
      down stu1  students of the first version, as they are
        loses table staging.student: 5 rows, …kB
    --- exit code 0
    ");
    assert_eq!(schools.v2.value("SELECT count(*) FROM \"User\""), "7");
}

#[test]
fn it_goes_up_and_down_with_people() {
    let schools = Schools::new();
    let users = || {
        schools.ok(&["upgrade", "students@head"]);
        schools.v2.execute(
            "INSERT INTO \"User\" (user_type, first_name, last_name, email_base, email_number, country_code, created_at) \
             VALUES ('parent', 'Later', 'Born', 'later@example.fr', 1, 'FR', '2025-02-01')",
        );
    };
    round_trip(&schools.project, &schools.v2, users);
    // With the passwords, whose hashes are others each time.
    schools.ok(&["upgrade"]);
    let first = schools.users();
    schools.ok(&["downgrade", "base", "--yes"]);
    assert_eq!(left(&schools.v2), [""; 0]);
    schools.ok(&["upgrade"]);
    schools.v2.execute(
        "INSERT INTO \"User\" (user_type, first_name, last_name, email_base, email_number, country_code, created_at) \
         VALUES ('parent', 'Later', 'Born', 'later@example.fr', 1, 'FR', '2025-02-01')",
    );
    assert_eq!(schools.users(), first);
    // Down to where one kind begins, somebody who came later stays.
    schools.ok(&["downgrade", "parents@base", "--yes"]);
    assert_eq!(schools.v2.rows("SELECT email FROM \"User\" WHERE user_type <> 'teacher'"), ["later@example.fr"]);
}

#[test]
fn each_way_down_leads_back() {
    let schools = Schools::new();
    assert_snapshot!(said(&schools.run(&["test"])), @r#"
    exact        ref1  reference data: countries, user types and permissions, curricula, grades, classes, subjects
    exact        usr1  one table for all people
    exact        stg1  where rows of the first version wait, and the rules by which they are converted
    exact        sch1  schools of the first version, as they are
    exact        sch2  schools, and who is what at which of them
    exact        sch3  how people of the first version become users of a school
    exact        tea1  teachers of the first version, as they are
    lossy        tea2  teachers become users
        stays: the position of sequence public."User_id_seq": 4
    exact        par1  parents of the first version, as they are
    lossy        par2  parents become users
        stays: the position of sequence public."User_id_seq": 7
    exact        stu1  students of the first version, as they are
    lossy        stu2  students become users
        stays: the position of sequence public."User_id_seq": 12
    exact        pwd1  passwords are kept as hashes
    13 revisions: 10 exact, 3 lossy in …, in a private server of PostgreSQL …
    --- exit code 0
    "#);
    assert_snapshot!(said(&schools.run(&["lint"])), @"
    ok: nothing found in 13 revisions
    --- exit code 0
    ");
    // Without something that stands for the first version there is nothing to load.
    let settings = std::fs::read_to_string(schools.project.path().join("revgraph.toml")).expect("settings");
    schools.project.write("revgraph.toml", settings.split("[scratch]").next().unwrap_or_default());
    assert_snapshot!(said(&schools.run(&["test"])), @r#"
    exact        ref1  reference data: countries, user types and permissions, curricula, grades, classes, subjects
    exact        usr1  one table for all people
    exact        stg1  where rows of the first version wait, and the rules by which they are converted
    fails        sch1  schools of the first version, as they are
        up: sch1 can't load: a scratch database has nothing to load from: what is to stand for "v1" there is not configured
    not tested   sch2  schools, and who is what at which of them
        it needs sch1, which fails
    not tested   sch3  how people of the first version become users of a school
        it needs sch1, which fails
    not tested   tea1  teachers of the first version, as they are
        it needs sch1, which fails
    not tested   tea2  teachers become users
        it needs sch1, which fails
    not tested   par1  parents of the first version, as they are
        it needs sch1, which fails
    not tested   par2  parents become users
        it needs sch1, which fails
    not tested   stu1  students of the first version, as they are
        it needs sch1, which fails
    not tested   stu2  students become users
        it needs sch1, which fails
    not tested   pwd1  passwords are kept as hashes
        it needs sch1, which fails
    13 revisions: 3 exact, 1 fails, 9 not tested in …, in a private server of PostgreSQL …
    --- exit code 3
    "#);
    assert_snapshot!(said(&schools.run(&["squash", "--id", "v2"])), @r#"
    --- standard error
    error: sch1 has a [load] section: a scratch database has nothing to load from
    help: squash what is below it or above it: `--to` or `--from` a neighbour of `sch1`; or let a file of SQL stand for "v1", in revgraph.toml under [scratch]: sources = { v1 = "….sql" }
    --- exit code 1
    "#);
}

#[test]
fn all_of_it_becomes_one_baseline_that_loads() {
    let schools = Schools::new();
    schools.ok(&["upgrade"]);
    let users = schools.users();
    assert_snapshot!(said(&schools.run(&["squash", "--id", "v2", "-m", "the second version"])), @r#"
    proved: 13 revisions are one baseline, v2
      made of      their own SQL, put together: sch1 has a [load] section, and a dump would hold the rows that stand for "v1"
      objects      179 objects the same: 81 column, 58 constraint, 1 database, 2 extension, 9 function, 1 identity, 3 index, 2 schema, 22 table
      contents     117 rows, the positions of 1 sequence
      way down     exact
      volatile     public."User" (password_hash): 10 rows differ between two replays
      not compared nothing
      built in     a private server of PostgreSQL … (…)
    wrote revisions/…_v2_the_second_version.sql
    moved 13 files to archive/v2
    commit revisions and archive together; `revgraph archive restore` undoes it
    --- exit code 0
    "#);
    assert_snapshot!(said(&schools.run(&["upgrade"])), @"
      adopt v2  the second version
    adopted 1 baseline in …; now at v2
    --- exit code 0
    ");
    assert_eq!(schools.run(&["drift"]).code, 0);
    // A new one, from what the first version has by now and not from what stood for it in the proof.
    schools.v1.execute("UPDATE \"Parent\" SET \"fullName\" = 'Claire Dupont' WHERE id = 3");
    schools.ok(&["downgrade", "base", "--yes"]);
    assert_eq!(left(&schools.v2), [""; 0]);
    schools.ok(&["upgrade"]);
    let expected: Vec<_> = users.iter().map(|user| user.replace("Claire Martin", "Claire Dupont")).collect();
    assert_eq!(schools.users(), expected);
    schools.assert_whole();
    assert_eq!(schools.run(&["drift"]).code, 0);
    assert_eq!(schools.run(&["test"]).code, 0);
}
