//! The schools: two databases, and people of three tables who become users of one.

use std::process::Stdio;
use std::time::SystemTime;

use insta::assert_snapshot;

use super::{dump, left, psql, round_trip, shown, system};
use crate::harness::{Database, Project, Proxy, Said};

/// The first version, as it grew.
const V1: &str = include_str!("../../systems/schools/v1/schools.sql");

/// As many more people as a setting says.
const MANY: &str = include_str!("../../systems/schools/v1/many.sql");

/// Where the seed of the killed loads may come from, to see once more what failed.
const SEED: &str = "REVGRAPH_TEST_SEED";

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
        Some((start, rate)) if rate.ends_with(" rows/s") => format!("{start}\n"),
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
      load sch1  3 rows in 1 run
      load sch1  1 row in 1 run
      up   sch1  schools of the first version, as they are
      up   sch2  schools, and who is what at which of them
      up   sch3  how people of the first version become users of a school
      load tea1  4 rows in 1 run
      load tea1  1 row in 1 run
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
      load par1  3 rows in 1 run
      load par1  1 row in 1 run
      up   par1  parents of the first version, as they are
      up   par2  parents become users
      load stu1  5 rows in 1 run
      load stu1  1 row in 1 run
      up   stu1  students of the first version, as they are
      up   stu2  students become users
      load pwd1  3 rows in 1 run
      load pwd1  3 rows in 1 run
      load pwd1  4 rows in 1 run
      load pwd1  1 row in 1 run
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
        loses table student: about 5 rows, 64 kB
      down stu1  students of the first version, as they are
        loses table staging.student: about 5 rows, 32 kB
    --- exit code 0
    ");
    assert_eq!(schools.v2.value("SELECT count(*) FROM \"User\""), "7");
}

#[test]
fn people_come_over_as_one_would_write_them() {
    let schools = Schools::new();
    schools.ok(&["upgrade"]);
    let rows = |query: &str| schools.v2.rows(query).join("\n");
    assert_snapshot!(rows("SELECT user_type, legacy_id, first_name, last_name FROM \"User\" ORDER BY id"), @"
    teacher 1 Awa Ndiaye
    teacher 2 Jean-Pierre de La Tour
    teacher 3 Moussa Ndiaye
    teacher 4 Fatima-Zahra 
    parent 1 Mamadou Sow
    parent 2 Awa Ndiaye
    parent 3 Claire Martin
    student 1 Ibrahima Sow
    student 2 Aminata Sow
    student 3 Khady Ndiaye
    student 4 Léa Martin
    student 5 Hugo Martin
    ");
    assert_snapshot!(rows("SELECT email, phone, phone_number FROM \"User\" ORDER BY id"), @"
    awa.ndiaye@example.sn +221771234567 1
    jp.delatour@example.fr +33612345678 1
    awa.ndiaye+2@example.sn +221771234567 2
    teacher-4@no-mail.invalid +212661223344 1
    sow@example.sn +221761112233 1
    awa.ndiaye+3@example.sn +221771234567 3
    claire@example.fr - -
    student-1@no-mail.invalid - -
    student-2@no-mail.invalid - -
    awa.ndiaye+4@example.sn +221771234567 4
    claire+2@example.fr - -
    claire+3@example.fr - -
    ");
    assert_snapshot!(rows("SELECT street, postal_code, city, country_code FROM \"User\" ORDER BY id"), @"
    12 Rue Carnot 11000 Dakar SN
    3 Place des Vosges 75004 Paris FR
    - - Dakar SN
    - - Rabat MA
    5 Avenue Bourguiba 11500 Dakar SN
    12 Rue Carnot 11000 Dakar SN
    8 Rue Oberkampf 75011 Paris FR
    - - Dakar SN
    - - Dakar SN
    12 Rue Carnot 11000 Dakar SN
    8 Rue Oberkampf 75011 Paris FR
    8 Rue Oberkampf 75011 Paris FR
    ");
    assert_snapshot!(rows("TABLE conversion_note ORDER BY user_type, legacy_id, field"), @"
    parent 2 email awa.ndiaye@example.sn awa.ndiaye+3@example.sn
    parent 2 phone 771234567 +221771234567#3
    parent 3 phone n/a -
    student 1 email - student-1@no-mail.invalid
    student 2 email - student-2@no-mail.invalid
    student 3 email awa.ndiaye@example.sn awa.ndiaye+4@example.sn
    student 3 phone 77 123 45 67 +221771234567#4
    student 5 email claire@example.fr claire+3@example.fr
    teacher 3 email Awa.Ndiaye@example.sn awa.ndiaye+2@example.sn
    teacher 3 phone +221 77 123 45 67 +221771234567#2
    teacher 4 email - teacher-4@no-mail.invalid
    ");
    assert_snapshot!(rows("TABLE school ORDER BY id"), @"
    1 Lycée Blaise Diagne Dakar SN +221338641234 sn
    2 Collège Victor Hugo Paris FR +33142723456 fr
    3 École Al Massira Rabat MA +212537701234 ma
    ");
    let children = "SELECT u.first_name, p.first_name, s.name, c.name, t.birth_date FROM student t \
                    JOIN \"User\" u ON u.id = t.user_id JOIN \"User\" p ON p.id = t.parent_id \
                    JOIN school s ON s.id = t.school_id \
                    JOIN class c ON (c.curriculum, c.grade) = (t.curriculum, t.grade) ORDER BY u.id";
    assert_snapshot!(rows(children), @"
    Ibrahima Mamadou Lycée Blaise Diagne Sixième 2010-04-12
    Aminata Mamadou Lycée Blaise Diagne Cours moyen 1 2012-11-30
    Khady Awa Lycée Blaise Diagne Cinquième 2009-01-05
    Léa Claire Collège Victor Hugo Sixième 2011-07-14
    Hugo Claire Collège Victor Hugo Cours moyen 2 2013-02-28
    ");
    let subjects = "SELECT first_name, subject FROM teacher_subject JOIN \"User\" ON id = teacher_id ORDER BY id";
    assert_snapshot!(rows(subjects), @"
    Awa mathematics
    Jean-Pierre french
    Moussa mathematics
    Fatima-Zahra physics
    ");
    // Who comes later and gives an address that is taken can't have it.
    let taken = "INSERT INTO \"User\" (user_type, first_name, last_name, email_base, email_number, country_code) \
                 VALUES ('parent', 'A', 'B', 'claire@example.fr', 2, 'FR')";
    assert!(schools.v2.client().batch_execute(taken).is_err());
    schools.v2.execute(&taken.replace(", 2,", ", 4,"));
}

#[test]
fn telephones_have_one_form() {
    let schools = Schools::new();
    schools.ok(&["upgrade", "stg1"]);
    for (raw, country, expected) in [
        ("06 12 34 56 78", "FR", "+33612345678"),
        ("+33 (0)6.12.34.56.78", "FR", "+33612345678"),
        ("0033612345678", "FR", "+33612345678"),
        ("77 123 45 67", "SN", "+221771234567"),
        ("00221 77 123 45 67", "SN", "+221771234567"),
        ("0661-22-33-44", "MA", "+212661223344"),
        // Abroad.
        ("+33 6 12 34 56 78", "SN", "+33612345678"),
        ("n/a", "FR", "-"),
        ("", "FR", "-"),
        ("12", "FR", "-"),
        ("06 12 34 56 78 / 01 42 72 34 56", "FR", "-"),
    ] {
        let call = format!(
            "SELECT staging.phone_e164('{raw}', calling_code, trunk_prefix) FROM country WHERE code = '{country}'"
        );
        assert_eq!(schools.v2.value(&call), expected, "{raw} in {country}");
    }
    assert_eq!(schools.v2.value("SELECT staging.phone_e164(NULL, '33', '0')"), "-");
}

/// A password opens what it opened, and stands nowhere.
#[test]
fn passwords_are_hashed_and_nowhere_to_be_read() {
    let schools = Schools::new();
    schools.ok(&["upgrade"]);
    for (kind, table) in [("teacher", "Teacher"), ("parent", "Parent"), ("student", "Student")] {
        for known in schools.v1.rows(&format!("SELECT id, password FROM \"{table}\" WHERE password <> ''")) {
            let (id, password) = known.split_once(' ').expect("two columns");
            let opens = format!(
                "SELECT password_hash = crypt('{password}', password_hash) FROM \"User\" \
                 WHERE user_type = '{kind}' AND legacy_id = {id}"
            );
            assert_eq!(schools.v2.value(&opens), "t", "{kind} {id}");
        }
    }
    assert_eq!(schools.v2.value("SELECT count(*) FROM \"User\" WHERE password_hash IS NULL"), "2", "who had none");
    // The same password twice gives two hashes.
    assert_eq!(schools.v2.value("SELECT count(password_hash) - count(DISTINCT password_hash) FROM \"User\""), "0");
    let dump = dump(&schools.v2);
    for password in ["soleil", "azerty", "famille", "danse"] {
        assert!(!dump.contains(password), "{password}");
    }
    // They are made anew from the first version.
    schools.ok(&["downgrade", "passwords@base", "--yes"]);
    assert_eq!(schools.v2.value("SELECT count(password_hash) FROM \"User\""), "0");
    schools.ok(&["upgrade"]);
    assert_eq!(schools.v2.value("SELECT count(password_hash) FROM \"User\""), "10");
}

/// Whatever the first version holds that nobody has thought of: nothing of its kind comes over, and it is said what it is.
#[test]
fn what_would_hang_in_the_air_stops_its_kind() {
    let schools = Schools::new();
    let (v1, v2) = (&schools.v1, &schools.v2);
    v1.execute("INSERT INTO \"School\" VALUES (9, 'Somewhere', 'X', 'Atlantis', NULL)");
    assert_snapshot!(said(&schools.run(&["upgrade"])), @r#"
      up   ref1  reference data: countries, user types and permissions, curricula, grades, classes, subjects
      up   usr1  one table for all people
      up   stg1  where rows of the first version wait, and the rules by which they are converted
      load sch1  4 rows in 1 run
      load sch1  1 row in 1 run
      up   sch1  schools of the first version, as they are
    --- standard error
    not looked into: what is done by the function add_users (tea2, line 8), the function add_users (par2, line 8), the function add_users (stu2, line 8)
    error: 1 row where there should be none
      --> revisions/…_sch2_schools.sql:35:1
       |
    35 | SELECT s.id, s.country FROM staging.school s WHERE NOT EXISTS (SELECT FROM school t WHERE t.id = s.id);
       | ^^^^^^
    detail: first row: {"id": 9, "country": "Atlantis"}
    error: upgrade of sch2 failed: 1 row where there should be none
    done and recorded before it: ref1, usr1, stg1, sch1; sch2 was rolled back; not begun: 8 revisions of this upgrade
    help: mend the data or the [verify] section; the revision was rolled back
    --- exit code 1
    "#);
    assert_eq!(v2.applied(), ["ref1", "sch1", "stg1", "usr1"]);
    v1.execute("DELETE FROM \"School\" WHERE id = 9");
    // What was staged of it is read once more.
    schools.ok(&["downgrade", "schools@base", "--yes"]);
    schools.ok(&["upgrade", "schools@head"]);

    v1.execute("INSERT INTO \"Teacher\" (\"fullName\", \"schoolId\") VALUES ('Nobody There', 7)");
    v1.execute(
        "INSERT INTO \"Student\" (\"fullName\", grade, \"parentId\", \"schoolId\") VALUES ('An Orphan', '6e', 77, 1)",
    );
    let told = said(&schools.run(&["upgrade"]));
    assert_snapshot!(told, @r#"
      load tea1  5 rows in 1 run
      load tea1  1 row in 1 run
      up   tea1  teachers of the first version, as they are
    --- standard error
    not looked into: what is done by the function add_users (tea2, line 8), the function add_users (par2, line 8), the function add_users (stu2, line 8)
    error: 1 row where there should be none
      --> revisions/…_tea2_teachers.sql:24:1
       |
    24 | SELECT p.id, p.school_id FROM staging.teacher p
       | ^^^^^^
    detail: first row: {"id": 5, "school_id": 7}
    error: upgrade of tea2 failed: 1 row where there should be none
    done and recorded before it: tea1; tea2 was rolled back; not begun: 5 revisions of this upgrade
    help: mend the data or the [verify] section; the revision was rolled back
    --- exit code 1
    "#);
    v1.execute("DELETE FROM \"Teacher\" WHERE \"schoolId\" = 7");
    schools.ok(&["downgrade", "teachers@base", "--yes"]);
    let told = said(&schools.run(&["upgrade"]));
    assert_snapshot!(told, @r#"
      load tea1  4 rows in 1 run
      load tea1  1 row in 1 run
      up   tea1  teachers of the first version, as they are
      up   tea2  teachers become users
      load par1  3 rows in 1 run
      load par1  1 row in 1 run
      up   par1  parents of the first version, as they are
      up   par2  parents become users
      load stu1  6 rows in 1 run
      load stu1  1 row in 1 run
      up   stu1  students of the first version, as they are
    --- standard error
    not looked into: what is done by the function add_users (tea2, line 8), the function add_users (par2, line 8), the function add_users (stu2, line 8)
    error: 1 row where there should be none
      --> revisions/…_stu2_students.sql:41:1
       |
    41 | SELECT p.id, p.parent_id, p.grade FROM staging.student p
       | ^^^^^^
    detail: first row: {"id": 6, "grade": "6e", "parent_id": 77}
    error: upgrade of stu2 failed: 1 row where there should be none
    done and recorded before it: tea1, tea2, par1, par2, stu1; stu2 was rolled back; not begun: 1 revision of this upgrade
    help: mend the data or the [verify] section; the revision was rolled back
    --- exit code 1
    "#);
    assert_eq!(v2.value("SELECT count(*) FROM \"User\" WHERE user_type = 'student'"), "0");
    v1.execute("UPDATE \"Student\" SET \"parentId\" = 1 WHERE \"parentId\" = 77");
    schools.ok(&["downgrade", "students@base", "--yes"]);
    schools.ok(&["upgrade"]);
    schools.assert_whole();
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

/// Numbers that look random and are the same for a seed: SplitMix64.
struct Seeded(u64);

impl Seeded {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from(mixed ^ (mixed >> 31)).expect("64 bits") % limit
    }
}

/// Killed when a random number of the bytes that it sends have arrived, and no more than these: so a seed says it all.
#[test]
fn a_load_that_is_killed_20_times_loses_and_doubles_nothing() {
    let schools = Schools::with_many(110_000);
    let (v2, staged) = (&schools.v2, "SELECT count(*), sum(hashtextextended(t::text, 0)) FROM staging.student AS t");
    schools.ok(&["upgrade", "parents@head"]);
    let proxy = Proxy::start(v2.server().address());
    let through = proxy.url(v2);
    schools.project.ok(&through, &["upgrade", "stu1"]);
    let (bytes, wanted) = (proxy.sent(), v2.rows(staged));
    assert_eq!(wanted[0].split(' ').next(), Some("110005"));

    let given = std::env::var(SEED).ok().map(|seed| seed.parse().expect("a number"));
    let seed = given.unwrap_or_else(|| SystemTime::UNIX_EPOCH.elapsed().expect("it is past 1970").as_secs());
    println!("{SEED}={seed}");
    let (mut seeded, mut half_way) = (Seeded(seed), 0);
    for round in 1..=20 {
        schools.ok(&["downgrade", "students@base", "--yes"]);
        let at = seeded.below(bytes);
        let arrived = proxy.hold_after_sent(at);
        let mut command = schools.project.command(&["--database", &through, "upgrade", "stu1"]);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it starts");
        arrived.recv().expect("it sends as much as before");
        child.kill().expect("it waits for an answer that doesn't come");
        child.wait().expect("our own child");
        let reached = v2.rows("SELECT section, rows, position FROM revgraph.unfinished");
        half_way += reached.iter().filter(|reached| !reached.ends_with(" -")).count();
        schools.ok(&["upgrade", "stu1"]);
        assert_eq!(v2.rows(staged), wanted, "round {round}, killed after {at} bytes of {bytes}, at {reached:?}");
        assert_eq!(v2.rows("SELECT rows FROM staging.source_count WHERE entity = 'student'"), ["110005"]);
    }
    println!("{half_way} of 20 were killed between two ranges of students");
}
