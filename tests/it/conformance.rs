//! revgraph answers as Alembic 1.20.1 did, on recorded questions about random graphs: asked through the library.

mod question;

use question::Recorded;

const ANSWERS: &str = include_str!("../data/alembic_answers.jsonl");

#[test]
fn every_recorded_answer_holds() {
    let recorded: Vec<Recorded> = ANSWERS.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(recorded.len(), 529);
    let wrong: Vec<String> = recorded.iter().filter_map(Recorded::disagreement).collect();
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), recorded.len(), wrong.join("\n"));
}
