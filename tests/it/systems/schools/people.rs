//! What becomes of people on their way from three tables into one, and what stops them.

use insta::assert_snapshot;

use super::{Schools, said};
use crate::systems::dump;

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
      load sch1:17  4 rows in 1 run
      load sch1:20  1 row in 1 run
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
      load tea1:11  5 rows in 1 run
      load tea1:16  1 row in 1 run
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
      load tea1:11  4 rows in 1 run
      load tea1:16  1 row in 1 run
      up   tea1  teachers of the first version, as they are
      up   tea2  teachers become users
      load par1:11  3 rows in 1 run
      load par1:16  1 row in 1 run
      up   par1  parents of the first version, as they are
      up   par2  parents become users
      load stu1:11  6 rows in 1 run
      load stu1:16  1 row in 1 run
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
