//! The examples, as a user runs them: the library itself says nothing.

use std::path::PathBuf;
use std::process::Command;

use crate::harness::{Database, Said};

/// The program of an example, built as these tests are.
fn example(name: &str) -> PathBuf {
    let mut build = Command::new(env!("CARGO"));
    build.current_dir(env!("CARGO_MANIFEST_DIR")).args([
        "build",
        "--quiet",
        "--locked",
        "--offline",
        "--example",
        name,
    ]);
    // The folder that this test is in: target/<profile>/deps.
    let own = std::env::current_exe().unwrap();
    let profile = own.parent().unwrap().parent().unwrap();
    build.env("CARGO_TARGET_DIR", profile.parent().unwrap());
    if !cfg!(debug_assertions) {
        build.arg("--release");
    }
    if !cfg!(feature = "embedded") {
        build.arg("--no-default-features");
    }
    let built = build.output().unwrap();
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    profile.join("examples").join(name)
}

fn run(name: &str, url: &str) -> Said {
    Said::from(Command::new(example(name)).env("DATABASE_URL", url).env_remove("RUST_LOG").output().unwrap())
}

/// Without the time that it took.
fn timeless(text: &str) -> String {
    let word = |word: &str| {
        if word.parse::<u32>().is_ok_and(|number| number > 0 && number != 8) { "…" } else { word }.to_owned()
    };
    text.lines().map(|line| line.split(' ').map(word).collect::<Vec<_>>().join(" ") + "\n").collect()
}

#[test]
fn with_postgres() {
    let database = Database::new();
    let said = run("start_up", &database.url());
    assert_eq!(said.code, 0, "{said}");
    assert_eq!(timeless(&said.out), "8 revisions in … ms; now at 0b6d7ac1582e\nready, with 0 steps\n");
    assert!(said.err.starts_with("8 steps to do\nup a136ce22edef\nup 81d2b6f40e9c\n"), "{said}");
    let said = run("start_up", &database.url());
    assert_eq!(said.out, "nothing to do; the database is at 0b6d7ac1582e\nready, with 0 steps\n");
    assert_eq!(said.err, "");
}

#[test]
fn with_tokio_postgres() {
    let database = Database::new();
    let said = run("start_up_async", &database.url());
    assert_eq!(said.code, 0, "{said}");
    assert_eq!(timeless(&said.out), "8 revisions in … ms; now at 0b6d7ac1582e\nready, with 0 steps\n");
    // It has no callback: not a word of the library's own.
    assert_eq!(said.err, "");
}
