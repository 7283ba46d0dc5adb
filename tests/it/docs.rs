//! The documentation: each command that it shows is run, each setting read, each link followed.
//!
//! A page becomes one script for `sh`, in a folder of its own, on a server of the documentation's own; what comes out is
//! held against what the page shows. `REVGRAPH_DOCS=update` writes into the pages what came out instead.

mod links;
mod page;
mod play;
mod steady;

use std::fs;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::thread;

use self::page::{Page, Piece};
use crate::harness::Project;

/// Why a block is shown and not run, by its page and the beginning of its text.
const NOT_RUN: &[(&str, &str, &str)] = &[
    ("getting-started.md", "$ cargo install", "it builds the program that the tests have built"),
    ("README.md", "$ tests/run", "it runs these tests"),
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The pages of the book.
fn chapters() -> Vec<PathBuf> {
    let entries = fs::read_dir(root().join("docs/src")).expect("the book");
    let mut chapters: Vec<PathBuf> = entries
        .map(|entry| entry.expect("an entry of it").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
        .collect();
    chapters.sort_unstable();
    chapters
}

/// All that shows commands.
fn pages() -> Vec<PathBuf> {
    chapters().into_iter().chain([root().join("README.md")]).collect()
}

fn name(path: &Path) -> &str {
    path.file_name().and_then(|name| name.to_str()).expect("a name in UTF-8")
}

/// Each page by itself, as many at a time as there are cores.
#[test]
fn pages_show_what_comes_out() {
    let left = Mutex::new(pages().into_iter());
    let next = || left.lock().expect("nobody panics with it").next();
    let play_some = || std::iter::from_fn(next).filter_map(|page| play::play(&page).err()).collect::<Vec<_>>();
    let wrong: Vec<String> = thread::scope(|scope| {
        let cores = thread::available_parallelism().map_or(1, NonZero::get);
        let players: Vec<_> = (0..cores).map(|_| scope.spawn(play_some)).collect();
        players.into_iter().flat_map(|player| player.join().expect("a page with sound blocks")).collect()
    });
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

/// A block that is not run has its reason here, and no reason is left over.
#[test]
fn what_is_not_run_has_a_reason() {
    let mut shown = Vec::new();
    for path in pages() {
        for text in Page::read(&path).not_run() {
            let reason = NOT_RUN.iter().position(|(page, start, _)| *page == name(&path) && text.starts_with(start));
            shown.push(reason.unwrap_or_else(|| panic!("{}: run it, or say why not:\n{text}", path.display())));
        }
    }
    for (number, (page, start, why)) in NOT_RUN.iter().enumerate() {
        assert!(shown.contains(&number) && !why.is_empty(), "{page} has no block {start:?} that is not run");
    }
}

/// Settings that are shown are settings, with values that can be.
#[test]
fn settings_are_read() {
    for path in pages() {
        for piece in Page::read(&path).pieces {
            let Piece::Settings { text, line } = piece else { continue };
            let project = Project::new();
            project.write("revgraph.toml", &text);
            let said = project.run(&["check", "--files"]);
            assert_eq!(said.code, 0, "{}:{line}: {said}", path.display());
        }
    }
}

/// A whole revision has a name, and so takes part in what its page does.
#[test]
fn revisions_that_are_shown_are_files() {
    for path in pages() {
        let nameless = "```sql\n-- revision:";
        assert!(!Page::read(&path).text.contains(nameless), "{}: file=revisions/….sql", path.display());
    }
}

/// What the table of contents names is there, and it names all that is.
#[test]
fn the_table_of_contents_is_complete() {
    let summary = fs::read_to_string(root().join("docs/src/SUMMARY.md")).expect("a table of contents");
    let named: Vec<String> = links::of(&summary).into_iter().map(|link| link.target).collect();
    for path in chapters() {
        let name = name(&path);
        assert!(name == "SUMMARY.md" || named.iter().any(|named| named == name), "SUMMARY.md lacks {name}");
    }
}

#[test]
fn links_lead_somewhere() {
    let top = ["README.md", "ARCHITECTURE.md", "CHANGELOG.md", "benches/README.md"];
    let pages = chapters().into_iter().chain(top.map(|page| root().join(page)));
    let broken: Vec<String> = pages.flat_map(|page| links::broken(&page)).collect();
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

/// Where mdbook is at hand: in PATH, or named by `MDBOOK`.
#[test]
fn the_book_is_built() {
    let mdbook = std::env::var_os("MDBOOK").unwrap_or_else(|| "mdbook".into());
    let folder = tempfile::TempDir::new().expect("a temporary folder");
    let mut command = Command::new(mdbook);
    command.arg("build").arg(root().join("docs")).arg("--dest-dir").arg(folder.path());
    let Ok(output) = command.output() else { return eprintln!("no mdbook here: the book was not built") };
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    assert!(!said.contains("[WARN]") && !said.contains("[ERROR]"), "{said}");
    assert!(folder.path().join("index.html").is_file());
}
