//! Whatever goes wrong, and whenever: the next command goes on, and nothing was lost or done twice.
//!
//! Each fault meets each operation at instants that are chosen by chance. `REVGRAPH_FAULT_ROUNDS` says how many for each
//! pair, and `REVGRAPH_FAULT_SEED` with which number it begins; a round that fails tells its own.

mod fault;
mod instant;
mod operation;
mod round;
mod state;

use std::time::SystemTime;

use fault::Fault;
use operation::Operation;
use round::{Field, Tally};

/// What an ordinary run of the tests has time for.
const ROUNDS: u64 = 1;

/// The number that stands in a variable of the environment.
fn variable(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().expect("a number"))
}

/// Has a fault meet each operation, and prints what became of that.
fn meet(fault: Fault) {
    let Some(server) = fault.server() else {
        println!("{fault:?}: passed over, for it takes root on Linux");
        return;
    };
    let seed = variable("REVGRAPH_FAULT_SEED")
        .unwrap_or_else(|| u64::from(SystemTime::UNIX_EPOCH.elapsed().unwrap().subsec_nanos()));
    let rounds = variable("REVGRAPH_FAULT_ROUNDS").unwrap_or(ROUNDS);
    for operation in Operation::ALL {
        let field = Field::new(operation, server);
        let mut tally = Tally::default();
        for round in 0..rounds {
            field.disturb(fault, seed + round, &mut tally);
        }
        println!("{fault:?} in {operation:?}: {tally}");
    }
}

#[test]
fn killed() {
    meet(Fault::Killed);
}

#[test]
fn cut() {
    meet(Fault::Cut);
}

#[test]
fn restarted() {
    meet(Fault::Restarted);
}

#[test]
fn disk_full() {
    meet(Fault::DiskFull);
}

#[test]
fn crowded() {
    meet(Fault::Crowded);
}

#[test]
fn cancelled() {
    meet(Fault::Cancelled);
}

#[test]
fn locked() {
    meet(Fault::Locked);
}
