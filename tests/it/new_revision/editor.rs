//! Opening files in an editor.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use insta::assert_snapshot;

use super::line;
use crate::harness::{Project, Said};

/// A program that writes down what it was called with.
fn editor(project: &Project) -> String {
    let script = project.write("editor.sh", "#!/bin/sh\necho \"$@\" >> edited\n");
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
    script.display().to_string()
}

fn edit(project: &Project, arguments: &[&str], visual: Option<&str>, editor: Option<&str>) -> Said {
    let mut command = project.command(arguments);
    for (name, value) in [("VISUAL", visual), ("EDITOR", editor)] {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    Said::from(command.output().unwrap())
}

#[test]
fn files_are_opened_in_the_editor() {
    let project = line();
    let editor = editor(&project);
    let edited = || fs::read_to_string(project.path().join("edited")).unwrap_or_default();
    assert_eq!(edit(&project, &["edit"], None, Some(&editor)).code, 0);
    assert_eq!(edit(&project, &["edit", "aaaa"], Some(&format!("{editor} --wait")), Some("false")).code, 0);
    assert_eq!(edit(&project, &["edit", "fox"], Some(""), Some(&editor)).code, 0);
    assert_eq!(edited(), "revisions/bbbb.sql\n--wait revisions/aaaa.sql\nrevisions/bbbb.sql\n");
    let new = edit(&project, &["revision", "-m", "x", "--id", "cccc", "--edit"], None, Some(&editor));
    let path = new.out.trim().strip_prefix("wrote ").expect("a path");
    assert!(edited().ends_with(&format!("{path}\n")), "{new}");
}

#[test]
fn an_editor_that_is_missing_or_fails_is_told() {
    let project = line();
    assert_snapshot!(edit(&project, &["edit"], None, None), @"
    --- standard error
    error: no editor is set
    help: set VISUAL or EDITOR to your editor
    --- exit code 1
    ");
    assert_snapshot!(edit(&project, &["edit"], None, Some("false")), @"
    --- standard error
    error: false ended with exit status: 1
    help: set VISUAL or EDITOR to your editor
    --- exit code 1
    ");
    assert_snapshot!(edit(&project, &["edit"], None, Some("no-such-editor")), @"
    --- standard error
    error: no-such-editor does not run: No such file or directory (os error 2)
    help: set VISUAL or EDITOR to your editor
    --- exit code 1
    ");
    assert_snapshot!(edit(&project, &["edit", "nowhere"], None, Some("true")), @"
    --- standard error
    error: no revision or label is called `nowhere`
    help: `revgraph history` shows every revision and label
    --- exit code 1
    ");
}
