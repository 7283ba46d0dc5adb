//! `squash`, killed at any moment of its work: the next command finds the old state or the new one, and scratch databases
//! don't pile up.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant, SystemTime};

use super::chain;
use crate::harness::{Database, Project};

const ROUNDS: u32 = 24;

/// The files of a folder and of those within it, by their names alone.
fn read(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        match path.is_dir() {
            true => found.extend(read(&path)),
            false => drop(found.insert(entry.file_name().into_string().unwrap(), std::fs::read(&path).unwrap())),
        }
    }
    found
}

/// Insists on the old state or the new one, and says whether it is the new one.
fn is_squashed(project: &Project, originals: &BTreeMap<String, Vec<u8>>) -> bool {
    let said = project.run(&["archive", "verify"]);
    assert_eq!(said.code, 0, "{said}");
    let (live, mut archived) = (read(&project.path().join("revisions")), read(&project.path().join("archive")));
    if live == *originals {
        assert!(archived.is_empty(), "{:?}", archived.keys());
        return false;
    }
    assert!(live.len() == 1 && live.keys().all(|name| name.contains("_b_")), "{:?}", live.keys());
    assert!(archived.remove("manifest.toml").is_some());
    assert_eq!(archived, *originals);
    true
}

#[test]
fn a_squash_that_is_killed_is_made_or_not() {
    let database = Database::new();
    let make = || chain(&["CREATE TABLE t (id int);", "INSERT INTO t VALUES (1);", "CREATE INDEX i ON t (id);"]);
    let squash = |project: &Project| {
        let mut command = project.command(&["--database", &database.url(), "squash", "--id", "b"]);
        command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    };
    let project = make();
    let originals = read(&project.path().join("revisions"));
    let begun = Instant::now();
    assert!(squash(&project).wait().unwrap().success());
    let whole = begun.elapsed();
    assert!(is_squashed(&project, &originals));

    let seed = SystemTime::UNIX_EPOCH.elapsed().unwrap().subsec_nanos();
    println!("seed {seed}, {whole:?} for all of it");
    let mut random = u64::from(seed);
    let mut ended = [0, 0];
    for round in 0..ROUNDS {
        let project = make();
        let mut child = squash(&project);
        // Of a linear congruential generator, whose low bits are bad, only the high ones.
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let share = (random >> 33) as f64 / (1_u64 << 31) as f64;
        if round % 2 == 0 {
            std::thread::sleep(whole.mul_f64(share));
        } else {
            // At the swap, which is the shortest part.
            let journal = project.path().join(".revgraph/swap.toml");
            while child.try_wait().unwrap().is_none() && !journal.exists() {
                std::thread::yield_now();
            }
            std::thread::sleep(Duration::from_millis(8).mul_f64(share));
        }
        child.kill().unwrap();
        child.wait().unwrap();
        ended[usize::from(is_squashed(&project, &originals))] += 1;
    }
    println!("{ended:?} rounds ended in the old state and in the new one");
}
