//! A squash in the life of databases that were there before it.

use super::{dump, files, project};
use crate::harness::{Database, Project};

/// Four revisions with rows, ways down and a verification.
fn history() -> Project {
    project(&[
        "-- [up]\nCREATE TABLE users (id serial PRIMARY KEY, name text NOT NULL);\n\n-- [down]\nDROP TABLE users;\n",
        "-- [up]\nINSERT INTO users (name) VALUES ('root');\n\n-- [verify]\nSELECT count(*) = 1 AS ok FROM users;\n\n-- [down]\nDELETE FROM users;\n",
        "-- [up]\nALTER TABLE users ADD email text;\n\n-- [down]\nALTER TABLE users DROP email;\n",
        "-- [up]\nCREATE INDEX ON users (email);\n\n-- [down]\nDROP INDEX users_email_idx;\n",
    ])
}

#[test]
fn databases_at_the_head_in_the_middle_and_new() {
    let project = history();
    let (head, middle, new) = (Database::new(), Database::new(), Database::new());
    project.ok(&head.url(), &["upgrade"]);
    project.ok(&middle.url(), &["upgrade", "r2"]);
    let at_r2 = dump(&middle);
    let before: Vec<Vec<u8>> = originals(&project, "revisions");
    project.ok(&head.url(), &["squash", "--id", "b"]);
    for database in [&head, &middle, &new] {
        project.ok(&database.url(), &["upgrade"]);
        assert_eq!(database.applied(), ["b", "r1", "r2", "r3", "r4"]);
        assert_eq!(dump(database), dump(&head));
    }
    for database in [&head, &new] {
        project.ok(&database.url(), &["downgrade", "r2", "--yes"]);
        assert_eq!(database.applied(), ["r1", "r2"], "through the baseline, along the archive");
        assert_eq!(dump(database), at_r2);
        project.ok(&database.url(), &["upgrade"]);
    }
    project.ok(&new.url(), &["downgrade", "base", "--yes"]);
    assert_eq!(dump(&new), dump(&Database::new()), "by the baseline's own way down");
    project.ok(&head.url(), &["archive", "restore", "b"]);
    assert_eq!(files(&project, "revisions"), ["r1.sql", "r2.sql", "r3.sql", "r4.sql"]);
    assert_eq!(originals(&project, "revisions"), before, "byte for byte");
}

fn originals(project: &Project, folder: &str) -> Vec<Vec<u8>> {
    let names = files(project, folder);
    names.iter().map(|name| std::fs::read(project.path().join(folder).join(name)).unwrap()).collect()
}
