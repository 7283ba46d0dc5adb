//! A picture for Mermaid, as a flowchart: its `gitGraph` knows only merges of two and no history with several bases.
//! <https://mermaid.js.org/syntax/flowchart.html>

use std::fmt::Write;

use super::look::{Fill, MarkKind, Shape, marks};
use crate::cli::terminal::plain;
use crate::graph::Relation;
use crate::operation::picture::{Item, Picture};

/// The picture.
pub fn draw(picture: &Picture) -> String {
    let mut chart = String::from("flowchart TD\n");
    for (number, item) in picture.items.iter().enumerate() {
        let (open, close) = match Shape::of(item) {
            Shape::Plain => ("(", ")"),
            Shape::Merge => ("{{", "}}"),
            Shape::Baseline => ("[[", "]]"),
            Shape::Archived => ("[", "]"),
        };
        let class = match Fill::of(item) {
            Fill::Unknown => String::new(),
            fill => format!(":::{}", fill.name()),
        };
        // Ids could be words of the language; their numbers can't.
        let _ = writeln!(chart, "    r{number}{open}\"{}\"{close}{class}", said(item));
    }
    for line in &picture.drawing.lines {
        let arrow = match line.link.relation {
            Relation::Parent => "-->",
            Relation::Dependency => "-.->",
        };
        let _ = writeln!(chart, "    r{} {arrow} r{}", line.link.above, line.link.below);
    }
    let mut fills: Vec<Fill> = picture.items.iter().map(Fill::of).filter(|fill| *fill != Fill::Unknown).collect();
    fills.sort_unstable();
    fills.dedup();
    for fill in fills {
        let colours = match fill {
            Fill::Unknown | Fill::Applied => "fill:#dafbe1,stroke:#1a7f37,color:#1f2328",
            Fill::Partly | Fill::Pending => "fill:#fff8c5,stroke:#9a6700,color:#1f2328",
            Fill::Missing | Fill::Unfinished => "fill:#ffebe9,stroke:#cf222e,color:#1f2328",
        };
        let _ = writeln!(chart, "    classDef {} {colours}", fill.name());
    }
    chart
}

/// The id with the labels, the message, and what else is to be said.
fn said(item: &Item) -> String {
    let (labels, others): (Vec<_>, Vec<_>) = marks(item).into_iter().partition(|mark| mark.kind == MarkKind::Label);
    let mut lines = vec![escaped(item.id.as_str())];
    for label in labels {
        lines[0] += &format!(" #40;{}#41;", escaped(&label.text));
    }
    if !item.message.is_empty() {
        lines.push(escaped(&plain(&item.message)));
    }
    if !others.is_empty() {
        lines.push(others.iter().map(|mark| escaped(&mark.text)).collect::<Vec<_>>().join(", "));
    }
    lines.join("<br/>")
}

/// Mermaid's own form of entities, for whatever of ASCII could mean something to it or to HTML.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            'a'..='z' | 'A'..='Z' | '0'..='9' | ' ' | '_' | '-' | '.' | ',' | ':' => out.push(c),
            c if c.is_ascii() => {
                let _ = write!(out, "#{};", u32::from(c));
            }
            // Its parser takes these for ends of lines.
            '\u{2028}' | '\u{2029}' => out.push(' '),
            c => out.push(c),
        }
    }
    out
}
