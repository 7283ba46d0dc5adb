//! What others have left or taken away.

use revgraph::project::archive::CHANGED_MEANWHILE;

use super::squashed::{all_right, files, prepare, squash, squashed};
use crate::harness::Project;

#[test]
fn what_a_killed_one_wrote_aside_is_swept() {
    let project = squashed();
    for path in ["archive/b1/.revgraph-copy", "archive/.revgraph-b1.toml", "revisions/.revgraph-copy"] {
        project.write(path, "half");
    }
    let said = project.run(&["archive", "restore", "b1", "--no-database"]);
    assert_eq!(said.code, 0, "{said}");
    let left: Vec<String> = files(&project).into_keys().collect();
    assert_eq!(left, ["revisions/r0001.sql", "revisions/r0002.sql", "revisions/r0003.sql"]);
}

#[test]
fn the_second_of_two_squashes_is_told_to_begin_again() {
    let project = Project::new();
    project.chain(3);
    let members = ["r0001", "r0002", "r0003"];
    let second = prepare(&project, "b2", &members);
    squash(&project, "b1", &members);
    let swap = revgraph::project::Project::find(project.path()).unwrap().swap();
    let before = files(&project);
    assert_eq!(swap.squash(&second, all_right).unwrap_err().kind(), CHANGED_MEANWHILE);
    assert_eq!(files(&project), before);
}
