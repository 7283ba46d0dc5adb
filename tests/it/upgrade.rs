//! The way up and down on a real server.

use crate::harness::{Database, Project};

#[test]
fn a_chain_goes_up_and_down() {
    let (project, database) = (Project::new(), Database::new());
    project.chain(3);
    let url = database.url();
    project.ok(&url, &["upgrade"]);
    assert_eq!(tables(&database), ["t1", "t2", "t3"]);
    assert!(project.ok(&url, &["upgrade"]).starts_with("nothing to do"));
    project.ok(&url, &["downgrade", "-1"]);
    assert_eq!(tables(&database), ["t1", "t2"]);
    project.ok(&url, &["downgrade", "base"]);
    assert!(tables(&database).is_empty());
}

/// The tables of the schema public, by name.
fn tables(database: &Database) -> Vec<String> {
    let query = "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public' ORDER BY 1";
    database.client().query(query, &[]).unwrap().iter().map(|row| row.get(0)).collect()
}
