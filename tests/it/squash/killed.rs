//! `squash`, killed at any moment of its work: the next command finds the old state or the new one, and scratch databases
//! don't pile up.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::{Instant, SystemTime};

use super::chain;
use crate::harness::{Database, Project};

const ROUNDS: u32 = 24;

const MEMBERS: usize = 60;

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

/// Waits until the journal is there, or is gone, or nobody will change that any more; says when that was.
fn wait_for_journal(project: &Project, squash: &mut Child, is_there: bool) -> Instant {
    let journal = project.path().join(".revgraph/swap.toml");
    while journal.exists() != is_there && squash.try_wait().unwrap().is_none() {
        std::thread::yield_now();
    }
    Instant::now()
}

#[test]
fn a_squash_that_is_killed_is_made_or_not() {
    let database = Database::new();
    // Each of them is a file to be moved, so that the swap takes its time.
    let mut ups = vec!["CREATE TABLE t (id int);", "INSERT INTO t VALUES (1);", "CREATE INDEX i ON t (id);"];
    ups.resize(MEMBERS, "");
    let make = || chain(&ups);
    let squash = |project: &Project| {
        let mut command = project.command(&["--database", &database.url(), "squash", "--id", "b"]);
        command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    };
    let project = make();
    let originals = read(&project.path().join("revisions"));
    let begun = Instant::now();
    let mut child = squash(&project);
    let (begins, ends) = (wait_for_journal(&project, &mut child, true), wait_for_journal(&project, &mut child, false));
    assert!(child.wait().unwrap().success());
    let (whole, swap) = (begun.elapsed(), ends - begins);
    assert!(is_squashed(&project, &originals));

    let seed = SystemTime::UNIX_EPOCH.elapsed().unwrap().subsec_nanos();
    println!("seed {seed}, {whole:?} for all of it, {swap:?} for the swap");
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
            // At the swap, which is the shortest part. To sleep takes too long.
            let begins = wait_for_journal(&project, &mut child, true);
            while begins.elapsed() < swap.mul_f64(share) {
                std::hint::spin_loop();
            }
        }
        child.kill().unwrap();
        child.wait().unwrap();
        ended[usize::from(is_squashed(&project, &originals))] += 1;
    }
    println!("{ended:?} rounds ended in the old state and in the new one");
}
