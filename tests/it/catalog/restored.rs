//! What pg_dump writes and psql reads again is the same to a snapshot, apart from what pg_dump is known to leave out.

use std::process::{Command, Stdio};

use revgraph::schema::Unclaimed;

use super::{database_of_all_kinds, differences, read, session};
use crate::harness::{Database, program};

fn restore(from: &Database, to: &Database) {
    let dump = Command::new(program("pg_dump")).args(["-d", &from.url()]).output().unwrap();
    assert!(dump.status.success(), "{}", String::from_utf8_lossy(&dump.stderr));
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), &dump.stdout).unwrap();
    let mut psql = Command::new(program("psql"));
    psql.args(["-q", "-X", "-v", "ON_ERROR_STOP=1", "-d", &to.url(), "-f"]).arg(file.path()).stdout(Stdio::null());
    let restored = psql.output().unwrap();
    assert!(restored.status.success(), "{}", String::from_utf8_lossy(&restored.stderr));
}

#[test]
fn a_restored_dump_is_the_same() {
    let (one, other) = (database_of_all_kinds(), Database::new());
    restore(&one, &other);
    let (before, after) = (read(&mut session(&one)), read(&mut session(&other)));
    assert!(before.objects.len() > 240, "{}", before.objects.len());
    assert_eq!(differences(&before, &after), [""; 0]);
    let secret = Unclaimed {
        catalog: "pg_user_mapping".to_owned(),
        objects: vec!["password of user mapping shop_server.kinds_reader".to_owned()],
    };
    assert_eq!(before.not_compared, std::slice::from_ref(&secret));
    assert_eq!(after.not_compared, [secret]);
}

#[test]
fn what_pg_dump_leaves_out_is_found() {
    let (one, other) = (database_of_all_kinds(), Database::new());
    let name = one.name();
    one.execute(&format!(
        "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'shop.customer_hash'::regclass;
         ALTER TABLE shop.purchase DISABLE TRIGGER ALL; ALTER TABLE shop.purchase ENABLE TRIGGER USER;
         CREATE FUNCTION pg_catalog.stray() RETURNS void LANGUAGE sql AS '';
         ALTER DATABASE {name} SET work_mem = '9MB';
         ALTER ROLE kinds_reader IN DATABASE {name} SET work_mem = '8MB';
         ALTER DATABASE {name} CONNECTION LIMIT 80;
         COMMENT ON DATABASE {name} IS 'All kinds';
         GRANT CREATE ON DATABASE {name} TO kinds_reader;"
    ));
    restore(&one, &other);
    let found = differences(&read(&mut session(&one)), &read(&mut session(&other)));
    insta::assert_snapshot!(found.join("\n"), @"
    ~ database itself: comment, connection limit, grants
    - database setting work_mem
    - database setting work_mem.kinds_reader
    - function pg_catalog.stray()
    - index shop.customer.customer_hash
    ~ constraint shop.purchase.purchase_customer: triggers
    ~ constraint shop.purchase.purchase_full: triggers
    ~ constraint shop.purchase.purchase_later: triggers
    ");
}
