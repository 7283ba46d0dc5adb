//! Pictures of the history: in the terminal, as SVG and as a page in a real browser, and for other programs.

mod example;
mod formats;
mod hostile;
mod page;
mod screenshots;
mod terminal;

use crate::harness::Project;

const SECTIONS: &str = "-- [up]\nSELECT 1;\n\n-- [down]\nSELECT 2;\n";

/// Revisions from lines of `id: parents | depends_on | labels`, each made a day after the one before it.
fn drawn(text: &str) -> Project {
    let project = Project::new();
    for (number, line) in text.lines().map(str::trim).filter(|line| !line.is_empty()).enumerate() {
        let (id, rest) = line.split_once(':').unwrap_or((line, ""));
        let lists: Vec<&str> = rest.split('|').map(str::trim).collect();
        let mut header = format!("message: about {id}\ncreated: 2026-01-{:02}T00:00:00Z", number + 1);
        for (key, list) in ["parents", "depends_on", "labels"].iter().zip(lists).filter(|(_, list)| !list.is_empty()) {
            header += &format!("\n{key}: {list}");
        }
        project.revision(id, &header, SECTIONS);
    }
    project
}
