//! A load that is killed at any instant, and begun again.

use std::process::Stdio;
use std::time::{Duration, SystemTime};

use super::Schools;
use crate::harness::{Proxy, Seeded, Speaker};

/// Where the seed may come from, to see once more what failed.
const SEED: &str = "REVGRAPH_TEST_SEED";

/// Killed when a random number of the bytes that it sends have arrived, and no more than these: so a seed says it all.
#[test]
fn a_load_that_is_killed_20_times_loses_and_doubles_nothing() {
    let schools = Schools::with_many(110_000);
    let (v2, staged) = (&schools.v2, "SELECT count(*), sum(hashtextextended(t::text, 0)) FROM staging.student AS t");
    schools.ok(&["upgrade", "parents@head"]);
    let proxy = Proxy::start(v2.server().address());
    let through = proxy.url(v2);
    schools.project.ok(&through, &["upgrade", "stu1"]);
    let (bytes, wanted) = (proxy.passed().client, v2.rows(staged));
    assert_eq!(wanted[0].split(' ').next(), Some("110005"));

    let given = std::env::var(SEED).ok().map(|seed| seed.parse().expect("a number"));
    let seed = given.unwrap_or_else(|| SystemTime::UNIX_EPOCH.elapsed().expect("it is past 1970").as_secs());
    println!("{SEED}={seed}");
    let (mut seeded, mut half_way) = (Seeded(seed), 0);
    for round in 1..=20 {
        schools.ok(&["downgrade", "students@base", "--yes"]);
        let at = seeded.index(bytes);
        let hold = proxy.hold(Speaker::Client, at);
        let mut command = schools.project.command(&["--database", &through, "upgrade", "stu1"]);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it starts");
        assert!(hold.is_reached(Duration::from_secs(60)), "it sends as much as before");
        child.kill().expect("it waits for an answer that doesn't come");
        child.wait().expect("our own child");
        drop(hold);
        let reached = v2.rows("SELECT section, rows, position FROM revgraph.unfinished");
        half_way += reached.iter().filter(|reached| !reached.ends_with(" -")).count();
        schools.ok(&["upgrade", "stu1"]);
        assert_eq!(v2.rows(staged), wanted, "round {round}, killed after {at} bytes of {bytes}, at {reached:?}");
        assert_eq!(v2.rows("SELECT rows FROM staging.source_count WHERE entity = 'student'"), ["110005"]);
    }
    println!("{half_way} of 20 were killed between two ranges of students");
}
