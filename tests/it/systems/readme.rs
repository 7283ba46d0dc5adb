//! What the README of a system tells, held against what the program says.

use super::{folder, lines_of, shown};
use crate::harness::Said;

/// What was said, as `shown` has it. The system's README must tell the same of this command: in the order of a terminal,
/// on which what is lost comes before the steps. A line `…` there stands for any number of lines.
pub fn told(system: &str, command: &str, said: &Said) -> String {
    let readme = std::fs::read_to_string(folder(system).join("README.md")).expect("a README");
    let complaint = said.complaint();
    let orders =
        [[complaint.as_str(), &said.out], [said.out.as_str(), &complaint]].map(|parts| lines_of(&parts.concat()));
    let of_command: Vec<_> = commands(&readme).into_iter().filter(|(told, _)| told == command).collect();
    let is_told = of_command.iter().any(|(_, output)| orders.iter().any(|said| agree(output, said)));
    assert!(is_told, "the README of {system} tells of `{command}`:\n{of_command:#?}\nit says:\n{:#?}", orders[0]);
    shown(said)
}

/// The commands of all `console` blocks with what comes out of each, without what differs from time to time.
fn commands(readme: &str) -> Vec<(String, Vec<String>)> {
    let mut found: Vec<(String, String)> = Vec::new();
    for block in readme.split("```console\n").skip(1) {
        for line in block.split("```").next().unwrap_or_default().lines() {
            match (line.strip_prefix("$ "), found.last_mut()) {
                (Some(command), _) => {
                    let command = command.split("  #").next().unwrap_or_default().trim_end();
                    found.push((command.to_owned(), String::new()));
                }
                (None, Some((_, output))) => *output += &format!("{line}\n"),
                (None, None) => {}
            }
        }
    }
    found.into_iter().map(|(command, output)| (command, lines_of(&output))).collect()
}

/// Whether what is told is what was said.
fn agree(told: &[String], said: &[String]) -> bool {
    match told.split_first() {
        None => said.is_empty(),
        Some((cut, rest)) if cut == "…" => (0..=said.len()).any(|from| agree(rest, &said[from..])),
        Some((line, rest)) => said.split_first().is_some_and(|(first, said)| first == line && agree(rest, said)),
    }
}
