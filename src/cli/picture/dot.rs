//! A picture for Graphviz: <https://graphviz.org/doc/info/lang.html>. Graphviz finds the places itself.

use std::fmt::Write;

use super::look::{Fill, MarkKind, Shape, marks};
use crate::cli::terminal::plain;
use crate::graph::Relation;
use crate::operation::picture::{Item, Picture};

/// The picture.
pub fn draw(picture: &Picture) -> String {
    let mut dot = String::from(
        "digraph revisions {\n    rankdir=TB;\n    node [fontname=\"Helvetica\", fontsize=11, style=\"rounded,filled\", \
         shape=box, fillcolor=\"#ffffff\"];\n    edge [color=\"#57606a\", arrowsize=0.7];\n",
    );
    for (item, _) in picture.rows() {
        let _ =
            writeln!(dot, "    {} [label={}{}];", quoted(item.id.as_str()), quoted_lines(&lines(item)), style(item));
    }
    for line in &picture.drawing.lines {
        let end = |number: usize| picture.items.get(number).map(|item| quoted(item.id.as_str()));
        let (Some(above), Some(below)) = (end(line.link.above), end(line.link.below)) else { continue };
        let style = match line.link.relation {
            Relation::Parent => "",
            Relation::Dependency => " [style=dashed, constraint=false]",
        };
        let _ = writeln!(dot, "    {above} -> {below}{style};");
    }
    dot + "}\n"
}

/// The id with the labels, the message, and what else is to be said.
fn lines(item: &Item) -> Vec<String> {
    let (labels, others): (Vec<_>, Vec<_>) = marks(item).into_iter().partition(|mark| mark.kind == MarkKind::Label);
    let texts =
        |marks: &[super::look::Mark<'_>]| marks.iter().map(|mark| mark.text.as_ref()).collect::<Vec<_>>().join(", ");
    let labels = if labels.is_empty() { String::new() } else { format!(" ({})", texts(&labels)) };
    let lines = [format!("{}{labels}", item.id), plain(&item.message), texts(&others)];
    lines.into_iter().filter(|line| !line.is_empty()).collect()
}

fn style(item: &Item) -> String {
    let shape = match Shape::of(item) {
        Shape::Plain | Shape::Merge => "",
        Shape::Baseline => ", shape=box3d, style=filled",
        Shape::Archived => ", style=\"rounded,filled,dashed\"",
    };
    let colours = match Fill::of(item) {
        Fill::Unknown => "",
        Fill::Applied => ", color=\"#1a7f37\", fillcolor=\"#dafbe1\"",
        Fill::Partly | Fill::Pending => ", color=\"#9a6700\", fillcolor=\"#fff8c5\"",
        Fill::Missing | Fill::Unfinished => ", color=\"#cf222e\", fillcolor=\"#ffebe9\"",
    };
    format!("{shape}{colours}")
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", escaped(text))
}

fn quoted_lines(lines: &[String]) -> String {
    format!("\"{}\"", lines.iter().map(|line| escaped(line)).collect::<Vec<_>>().join("\\n"))
}

/// A backslash begins an escape, an ampersand an entity of HTML, and a quote is the end.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('&', "&amp;").replace('"', "\\\"")
}
