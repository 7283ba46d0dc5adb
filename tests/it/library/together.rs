//! Several programs that start at once.

use std::thread;

use revgraph::Deploy;

use super::{Lines, chain, connect, executor, open};
use crate::harness::{Database, Gate, WAIT};

/// Each once, and nothing failed.
fn assert_once(database: &Database) {
    assert_eq!(database.tables(), ["t1", "t2", "t3"]);
    assert_eq!(database.events(), ["upgrade r0001 done", "upgrade r0002 done", "upgrade r0003 done"]);
}

#[test]
fn of_several_one_does_it_all() {
    for _ in 0..5 {
        let (project, database) = chain();
        let project = open(&project);
        let done: usize = thread::scope(|scope| {
            let blocking = || {
                let mut client = database.client();
                project.upgrade(&mut client, "heads").unwrap().plan.steps.len()
            };
            let with_futures = || {
                executor().block_on(async {
                    let mut client = connect(&database.url()).await;
                    project.upgrade_async(&mut client, "heads").await.unwrap().plan.steps.len()
                })
            };
            let own = || project.connect(&database.url()).unwrap().upgrade("heads").unwrap().plan.steps.len();
            let programs = [
                scope.spawn(blocking),
                scope.spawn(with_futures),
                scope.spawn(own),
                scope.spawn(blocking),
                scope.spawn(with_futures),
            ];
            programs.into_iter().map(|program| program.join().unwrap()).sum()
        });
        assert_eq!(done, 3);
        assert_once(&database);
    }
}

/// The second one is told for whom it waits, and gives up when it has waited long enough.
#[test]
fn the_second_waits_for_the_first() {
    let (project, database) = chain();
    project.write("revgraph.toml", "lock_timeout = \"0\"\n");
    project.revision("r0002", "parents: r0001", &format!("-- [up]\n{WAIT}\nCREATE TABLE t2 ();\n-- [down]\n"));
    let project = open(&project);
    let mut gate = Gate::shut(&database);
    thread::scope(|scope| {
        let first = scope.spawn(|| project.upgrade(&mut database.client(), "heads").unwrap());
        gate.until_waiting(1);
        let lines = Lines::default();
        let at_once = Deploy::to("heads").lock_wait(std::time::Duration::ZERO).on_event(lines.tell());
        let gave_up = project.upgrade(&mut database.client(), at_once).unwrap_err();
        assert_eq!(gave_up.kind(), "locked");
        let [waits] = &lines.all()[..] else { panic!("{:?}", lines.all()) };
        assert!(waits.starts_with("waiting for another deployer: pid "), "{waits}");
        gate.open();
        assert_eq!(first.join().unwrap().plan.steps.len(), 3);
    });
    assert_once(&database);
}
