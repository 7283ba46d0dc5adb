//! The manual pages.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::harness::Project;

/// The project's folder with all pages in `man`.
fn written() -> (Project, Vec<PathBuf>) {
    let project = Project::new();
    let said = project.run(&["man", "man"]);
    assert_eq!(said.code, 0, "{said}");
    let files = |section: &str| {
        let entries = fs::read_dir(project.path().join("man").join(section)).unwrap();
        entries.map(|entry| entry.unwrap().path()).collect::<Vec<_>>()
    };
    let pages = [files("man1"), files("man7")].concat();
    assert_eq!(said.out, format!("wrote {} pages to man\n", pages.len()));
    (project, pages)
}

fn name(path: &Path) -> &str {
    path.file_name().unwrap().to_str().unwrap()
}

#[test]
fn each_command_and_topic_has_a_page() {
    let (_project, pages) = written();
    let names: Vec<&str> = pages.iter().map(|page| name(page)).collect();
    for page in
        ["revgraph.1", "revgraph-upgrade.1", "revgraph-archive-restore.1", "revgraph-help.1", "revgraph-targets.7"]
    {
        assert!(names.contains(&page), "{page} is not among {names:?}");
    }
    assert!(!names.iter().any(|name| name.starts_with("revgraph-archive-help")), "{names:?}");
    for page in &pages {
        let text = fs::read_to_string(page).unwrap();
        let is_command = page.extension().is_some_and(|section| section == "1") && name(page) != "revgraph.1";
        assert_eq!(text.contains(".SH EXAMPLES"), is_command, "{}", page.display());
        assert!(text.contains(".SH \"SEE ALSO\""), "{}", page.display());
    }
}

/// Where `man` is at hand.
#[test]
fn no_page_makes_man_complain() {
    let has_man = Command::new("man").arg("--version").output().is_ok_and(|output| output.status.success());
    if !has_man {
        eprintln!("passed over: there is no man");
        return;
    }
    let (_project, pages) = written();
    for page in &pages {
        let mut man = Command::new("man");
        man.args(["--warnings", "-E", "UTF-8", "-Tutf8", "-Z", "-l"]).arg(page).env("LC_ALL", "C.UTF-8");
        let output = man.output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && said.is_empty(), "{}: {said}", page.display());
    }
}

#[test]
fn a_page_reads_like_the_help() {
    let (_project, pages) = written();
    let page = |wanted: &str| fs::read_to_string(pages.iter().find(|page| name(page) == wanted).unwrap()).unwrap();
    let help = page("revgraph-stamp.1");
    assert!(help.contains("revgraph stamp base \\-\\-purge    forget everything"), "{help}");
    let topic = page("revgraph-targets.7");
    assert!(topic.contains(".SH \"THE WHOLE GRAPH\""), "{topic}");
    assert!(topic.contains(".nf\n  accounts@head     the only head of that branch\n"), "{topic}");
}
