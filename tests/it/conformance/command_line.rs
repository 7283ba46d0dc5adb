//! Asking the program, as anybody would who has only its manual: the graph is written as files.

use serde_json::Value;

use super::question::{Answer, Failure, Operation, Recorded};
use crate::harness::{Project, Said};

/// Asks the program a recorded question; none for what only a database can answer.
pub fn ask(recorded: &Recorded) -> Option<Result<Answer, Failure>> {
    let project = files(recorded);
    let answer = match recorded.op {
        Operation::Upgrade | Operation::Downgrade | Operation::Stamp => plan(recorded, &project),
        Operation::Resolve => {
            let arguments = [&["show", "--format", "json"], &recorded.targets()[..]].concat();
            read(&project.run(&arguments)).map(|said| Answer::Revisions(texts_of(&said["revisions"], "id")))
        }
        Operation::Heads => read(&project.run(&["heads", "--format", "json"]))
            .map(|said| Answer::Ends(["heads", "bases", "real_heads", "real_bases"].map(|ends| texts(&said[ends])))),
        Operation::History => {
            let said = project.run(&["history", "-r", &recorded.range(), "--format", "json"]);
            read(&said).map(|said| Answer::Revisions(texts_of(&said["revisions"], "id")))
        }
        Operation::Current => return None,
    };
    Some(answer)
}

fn files(recorded: &Recorded) -> Project {
    let project = Project::new();
    for revision in &recorded.revisions {
        let mut header = String::new();
        for (key, list) in
            [("parents", &revision.down), ("depends_on", &revision.depends_on), ("labels", &revision.labels)]
        {
            if !list.is_empty() {
                header += &format!("{key}: {}\n", list.join(", "));
            }
        }
        project.revision(&revision.id, &header, "-- [up]\n-- [down]\n");
    }
    project
}

fn plan(recorded: &Recorded, project: &Project) -> Result<Answer, Failure> {
    let command = match recorded.op {
        Operation::Upgrade => "upgrade",
        Operation::Downgrade => "downgrade",
        _ => "stamp",
    };
    let mut arguments = [&["plan", command], &recorded.targets()[..]].concat();
    let from = recorded.from();
    for from in if from.is_empty() { vec!["base"] } else { from } {
        arguments.extend(["--from", from]);
    }
    arguments.extend(["--format", "json"]);
    let said = read(&project.run(&arguments))?;
    let directions = texts_of(&said["steps"], "direction");
    let steps = directions.into_iter().zip(texts_of(&said["steps"], "revision"));
    Ok(Answer::Plan { steps: steps.collect(), heads_after: texts(&said["heads_after"]) })
}

fn read(said: &Said) -> Result<Value, Failure> {
    if said.code == 0 {
        return Ok(said.json());
    }
    assert_eq!((said.code, said.out.as_str()), (1, ""), "{said}");
    let error = said.error();
    let text = |key: &str| error[key].as_str().unwrap_or_else(|| panic!("{key} of {said}")).to_owned();
    Err(Failure { kind: text("kind"), message: text("message") })
}

fn texts(list: &Value) -> Vec<String> {
    list.as_array().expect("a list").iter().map(|text| text.as_str().expect("a text").to_owned()).collect()
}

fn texts_of(list: &Value, key: &str) -> Vec<String> {
    list.as_array().expect("a list").iter().map(|item| item[key].as_str().expect("a text").to_owned()).collect()
}
