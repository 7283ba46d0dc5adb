//! The commands that need no database, on 10,000 files, against a program that does no more than read the files.
//!
//! `cargo bench --no-default-features --bench files`

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod measure;

use std::path::Path;
use std::process::Command;

use measure::{Contender, compare, folder, memory, project, revgraph, revision, run, wrap};

const FILES: usize = 10_000;

/// The argument with which this program starts itself anew only to read a folder's files.
const READ: &str = "--read";

fn main() {
    wrap();
    if let Some(folder) = std::env::args_os().skip_while(|argument| argument != READ).nth(1) {
        return read(Path::new(&folder));
    }
    let folder = folder();
    let project = project(folder.path(), branched());
    let reader = || {
        let mut command = Command::new(std::env::current_exe().expect("this program has a path"));
        command.arg(READ).arg(project.join("revisions"));
        command
    };
    let contender = |name, arguments: &'static [&'static str]| {
        let project = &project;
        Contender::new(name, || {}, move || run(&mut revgraph(project, arguments)))
    };
    compare(
        &format!("{FILES} files, a graph of branches and merges"),
        &[
            Contender::new("reading the files, one thread", || {}, || run(&mut reader())),
            contender("revgraph heads", &["heads"]),
            contender("revgraph history", &["history"]),
            contender("revgraph history --format json", &["history", "--format", "json"]),
            contender("revgraph plan upgrade --from base", &["plan", "upgrade", "heads", "--from", "base"]),
        ],
    );
    for arguments in [&["heads"][..], &["history"], &["plan", "upgrade", "heads", "--from", "base"]] {
        println!("revgraph {}: {} MB", arguments.join(" "), memory(&revgraph(&project, arguments)));
    }
}

/// Reads every file of a folder, as plainly as that can be done.
fn read(folder: &Path) {
    let mut length = 0;
    for entry in std::fs::read_dir(folder).expect("a folder") {
        length += std::fs::read(entry.expect("an entry").path()).expect("a file").len();
    }
    println!("{length}");
}

/// Groups of ten: two branches of four revisions side by side, then a merge of both, which the next group follows.
fn branched() -> impl Iterator<Item = (String, String)> {
    (0..FILES).map(|number| {
        let id = |number: usize| format!("r{number:05}");
        let parents = match number % 10 {
            _ if number == 0 => String::new(),
            // The second branch begins where the first one does.
            5 => id(number - 5),
            9 => format!("{} {}", id(number - 1), id(number - 5)),
            _ => id(number - 1),
        };
        let (up, down) = (format!("CREATE TABLE t{number} (id int);"), format!("DROP TABLE t{number};"));
        (id(number), revision(&id(number), &parents, &up, &down))
    })
}
