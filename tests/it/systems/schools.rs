//! The story of `tests/systems/schools`: two databases, people of three tables who become users of one.

use std::path::Path;
use std::process::Stdio;
use std::time::{Instant, SystemTime};

use crate::harness::{Database, Project, Said};

/// The project in a folder of its own, with databases of this test in the places of those that it names.
struct Schools {
    project: Project,
    v1: Database,
    v2: Database,
}

impl Schools {
    fn new() -> Schools {
        let schools = Schools { project: Project::new(), v1: Database::new(), v2: Database::new() };
        copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/systems/schools"), &schools.project, "");
        let settings = schools.read("revgraph.toml");
        let settings = settings.replace("dbname=schools_v1", &schools.v1.url());
        schools.project.write("revgraph.toml", settings.replace("dbname=schools_v2", &schools.v2.url()));
        schools.v1.execute(&schools.read("v1/schools.sql"));
        schools
    }

    /// With as many students more.
    fn with_many(students: u32) -> Schools {
        let schools = Schools::new();
        schools.v1.execute(&format!("SET schools.students = {students}; {}", schools.read("v1/many.sql")));
        schools
    }

    fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.project.path().join(path)).unwrap()
    }

    fn run(&self, arguments: &[&str]) -> Said {
        self.project.run(arguments)
    }

    #[track_caller]
    fn ok(&self, arguments: &[&str]) -> String {
        let said = self.run(arguments);
        assert_eq!(said.code, 0, "{arguments:?}\n{said}");
        said.out
    }

    /// The lines of a command that say how many rows come from where.
    fn counts(&self, arguments: &[&str]) -> Vec<String> {
        let out = self.ok(arguments);
        let counts =
            out.lines().filter_map(|line| line.split_once("  ")?.1.split_once("  ")).map(|(_, rows)| rows.trim());
        counts.filter(|rows| rows.contains(" from v1 ")).map(str::to_owned).collect()
    }

    fn digest(&self, table: &str) -> Vec<String> {
        self.v2.rows(&format!("SELECT count(*), sum(hashtextextended(t::text, 0)) FROM {table} AS t"))
    }
}

/// Copies what a folder holds into a project.
fn copy(from: &Path, to: &Project, below: &str) {
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let name = format!("{below}{}", path.file_name().unwrap().to_str().unwrap());
        match path.is_dir() {
            true => copy(&path, to, &format!("{name}/")),
            false => drop(to.write(&name, std::fs::read(&path).unwrap())),
        }
    }
}

const USERS: &str =
    "SELECT user_type, legacy_id, first_name, last_name, email, phone, phone_number FROM \"User\" ORDER BY id";

#[test]
fn the_story() {
    let schools = Schools::new();
    // What it would move, and nothing of it is done.
    assert_eq!(
        schools.counts(&["upgrade", "--dry-run"]),
        [
            "3 rows from v1 into staging.school",
            "1 row from v1 into staging.source_count",
            "4 rows from v1 into staging.teacher",
            "1 row from v1 into staging.source_count",
            "3 rows from v1 into staging.parent",
            "1 row from v1 into staging.source_count",
            "5 rows from v1 into staging.student",
            "1 row from v1 into staging.source_count",
        ]
    );
    assert!(schools.v2.tables().is_empty());

    // Schools and teachers first: what they need comes along, parents and students don't.
    schools.ok(&["upgrade", "teachers@head"]);
    assert_eq!(schools.v2.applied(), ["ref1", "sch1", "sch2", "tea1", "tea2", "usr1"]);
    let status = schools.run(&["check"]);
    assert_eq!((status.code, status.out.as_str()), (3, "pending: par1, par2, stu1, stu2, pwd1\n"));
    insta::assert_snapshot!(schools.v2.rows(USERS).join("\n"), @r#"
        teacher 1 Awa Ndiaye awa.ndiaye@example.sn +221771234567 1
        teacher 2 Jean-Pierre de La Tour jp.delatour@example.fr +33612345678 1
        teacher 3 Moussa Ndiaye awa.ndiaye+2@example.sn +221771234567 2
        teacher 4 Fatima-Zahra  teacher-4@no-mail.invalid +212661223344 1
        "#);

    // Then all the rest.
    schools.ok(&["upgrade"]);
    assert_eq!(schools.run(&["check"]).code, 0);
    insta::assert_snapshot!(schools.v2.rows(&USERS.replace("\"User\"", "\"User\" WHERE user_type <> 'teacher'")).join("\n"), @r#"
        parent 1 Mamadou Sow sow@example.sn +221761112233 1
        parent 2 Awa Ndiaye awa.ndiaye+3@example.sn +221771234567 3
        parent 3 Claire Martin claire@example.fr - -
        student 1 Ibrahima Sow student-1@no-mail.invalid - -
        student 2 Aminata Sow student-2@no-mail.invalid - -
        student 3 Khady Ndiaye awa.ndiaye+4@example.sn +221771234567 4
        student 4 Léa Martin claire+2@example.fr - -
        student 5 Hugo Martin claire+3@example.fr - -
        "#);
    insta::assert_snapshot!(
        schools.v2.rows("SELECT user_type, legacy_id, street, postal_code, city, country_code FROM \"User\" ORDER BY id").join("\n"),
        @r#"
        teacher 1 12 Rue Carnot 11000 Dakar SN
        teacher 2 3 Place des Vosges 75004 Paris FR
        teacher 3 - - Dakar SN
        teacher 4 - - Rabat MA
        parent 1 5 Avenue Bourguiba 11500 Dakar SN
        parent 2 12 Rue Carnot 11000 Dakar SN
        parent 3 8 Rue Oberkampf 75011 Paris FR
        student 1 - - Dakar SN
        student 2 - - Dakar SN
        student 3 12 Rue Carnot 11000 Dakar SN
        student 4 8 Rue Oberkampf 75011 Paris FR
        student 5 8 Rue Oberkampf 75011 Paris FR
        "#
    );
    insta::assert_snapshot!(schools.v2.rows("TABLE conversion_note ORDER BY 1, 2, 3").join("\n"), @r#"
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
        "#);
    let children = "SELECT u.first_name, p.first_name, s.name, c.grade FROM student t JOIN \"User\" u ON u.id = t.user_id \
                    JOIN \"User\" p ON p.id = t.parent_id JOIN class c ON c.id = t.class_id JOIN school s ON s.id = c.school_id \
                    ORDER BY u.legacy_id";
    insta::assert_snapshot!(schools.v2.rows(children).join("\n"), @r#"
        Ibrahima Mamadou Lycée Blaise Diagne 6e
        Aminata Mamadou Lycée Blaise Diagne CM1
        Khady Awa Lycée Blaise Diagne 5e
        Léa Claire Collège Victor Hugo 6e
        Hugo Claire Collège Victor Hugo CM2
        "#);
    counted(&schools);
    // A password opens what it opened, and is to be read nowhere but in what was staged.
    let hashed = "SELECT count(*) FROM \"User\" u JOIN staging.teacher p ON p.id = u.legacy_id \
                  WHERE user_type = 'teacher' AND password_hash = crypt(p.password, password_hash)";
    assert_eq!(schools.v2.value(hashed), "3");
    let drift = schools.run(&["drift", "--scratch", "programs"]);
    assert_eq!(drift.code, 0, "{drift}");

    // Back to nothing, and up again to the same.
    let first = schools.v2.rows(USERS);
    schools.ok(&["downgrade", "base"]);
    assert!(schools.v2.tables().is_empty());
    assert_eq!(schools.v2.rows("SELECT nspname FROM pg_namespace WHERE nspname = 'staging'"), Vec::<String>::new());
    schools.ok(&["upgrade"]);
    assert_eq!(schools.v2.rows(USERS), first);
}

/// As many of each kind in both databases, and no one who hangs in the air.
fn counted(schools: &Schools) {
    for (table, users) in [("Teacher", "teacher"), ("Parent", "parent"), ("Student", "student")] {
        let (v1, v2) = (format!("SELECT count(*) FROM \"{table}\""), "SELECT count(*) FROM \"User\" WHERE user_type =");
        assert_eq!(schools.v2.value(&format!("{v2} '{users}'")), schools.v1.value(&v1), "{table}");
    }
    let orphans = "SELECT count(*) FROM \"User\" u WHERE NOT EXISTS (SELECT FROM \"UserRole\" r WHERE r.user_id = u.id) \
                   OR user_type = 'student' AND NOT EXISTS (SELECT FROM student s WHERE s.user_id = u.id)";
    assert_eq!(schools.v2.value(orphans), "0");
}

#[test]
fn a_school_of_an_unknown_country_stops_it_before_anything_hangs_in_the_air() {
    let schools = Schools::new();
    schools.v1.execute("INSERT INTO \"School\" VALUES (9, 'Somewhere', 'X', 'Atlantis', NULL)");
    let said = schools.run(&["upgrade"]);
    assert_eq!(said.code, 1, "{said}");
    assert!(said.err.contains("first row: {\"id\": 9, \"country\": \"Atlantis\"}"), "{said}");
    assert_eq!(schools.v2.applied(), ["ref1", "sch1", "usr1"]);
    schools.v1.execute("DELETE FROM \"School\" WHERE id = 9");
    schools.ok(&["downgrade", "ref1"]);
    schools.ok(&["upgrade"]);
    counted(&schools);
}

#[test]
fn revisions_can_be_undone_squashed_and_linted() {
    let schools = Schools::new();
    let said = schools.run(&["test", "--scratch", "programs"]);
    assert_eq!(said.code, 0, "{said}");
    assert!(said.out.contains("8 exact, 3 lossy"), "{said}");
    let said = schools.run(&["lint"]);
    assert_eq!(said.code, 0, "{said}");

    // An existing database adopts the baseline; a new one is built by it, with what the first version has.
    schools.ok(&["upgrade"]);
    let users = schools.v2.rows(USERS);
    let said = schools.run(&["squash", "--id", "v2", "--to", "pwd1", "--scratch", "programs"]);
    assert_eq!(said.code, 0, "{said}");
    schools.ok(&["upgrade"]);
    assert!(schools.v2.applied().contains(&"v2".to_owned()));
    schools.ok(&["downgrade", "base"]);
    assert!(schools.v2.tables().is_empty());
    schools.ok(&["upgrade"]);
    assert_eq!(schools.v2.rows(USERS), users);
    let drift = schools.run(&["drift", "--scratch", "programs"]);
    assert_eq!(drift.code, 0, "{drift}");
}

#[test]
fn a_load_that_is_killed_20_times_loses_and_doubles_nothing() {
    let schools = Schools::with_many(120_000);
    schools.ok(&["upgrade", "par2"]);
    let begun = Instant::now();
    schools.ok(&["upgrade", "stu1"]);
    let whole = begun.elapsed();
    let wanted = schools.digest("staging.student");
    let seed = SystemTime::UNIX_EPOCH.elapsed().unwrap().subsec_nanos();
    println!("seed {seed}, {whole:?} for all of it");
    let (mut random, mut half_way) = (u64::from(seed), 0);
    for round in 0..20 {
        schools.ok(&["downgrade", "stu1-1"]);
        let mut command = schools.project.command(&["upgrade", "stu1"]);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        // Of a linear congruential generator, whose low bits are bad, only the high ones.
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let share = (random >> 33) as f64 / (1_u64 << 31) as f64;
        std::thread::sleep(whole.mul_f64(share));
        child.kill().unwrap();
        child.wait().unwrap();
        half_way += schools.v2.rows("TABLE revgraph.unfinished").len();
        schools.ok(&["upgrade", "stu1"]);
        assert_eq!(schools.digest("staging.student"), wanted, "round {round}, killed after {share} of {whole:?}");
    }
    println!("{half_way} of 20 were killed between two transactions");
    schools.ok(&["upgrade", "stu2"]);
    counted(&schools);
}
