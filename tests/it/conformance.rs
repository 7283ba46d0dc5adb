//! revgraph answers as Alembic 1.20.1 did, on recorded questions about random graphs.

mod command_line;
mod library;
mod question;

use question::{Answer, Failure, Operation, Recorded};

const ANSWERS: &str = include_str!("../data/alembic_answers.jsonl");

/// Of so many questions the program, which must be started for each, is asked one. No divisor of the number of
/// questions about one graph, so that every operation has its turn.
const SAMPLE: usize = 5;

fn recorded() -> Vec<Recorded> {
    let recorded: Vec<Recorded> = ANSWERS.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(recorded.len(), 529);
    recorded
}

fn assert_agreement<'a>(answers: impl Iterator<Item = (&'a Recorded, Result<Answer, Failure>)>) {
    let wrong: Vec<String> = answers.filter_map(|(recorded, answer)| recorded.disagreement(answer)).collect();
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn every_recorded_answer_holds() {
    assert_agreement(recorded().iter().map(|recorded| (recorded, library::ask(recorded))));
}

#[test]
fn the_program_answers_as_the_library_does() {
    let recorded = recorded();
    let sample = || recorded.iter().step_by(SAMPLE);
    use Operation::{Downgrade, Heads, History, Resolve, Stamp, Upgrade};
    for operation in [Upgrade, Downgrade, Stamp, Resolve, Heads, History] {
        assert!(sample().any(|one| one.op == operation), "{operation:?}");
    }
    assert_agreement(sample().filter_map(|one| Some((one, command_line::ask(one)?))));
}
