//! A picture in a terminal, in the manner of `jj log`.

use std::env;
use std::io::{self, IsTerminal};

use anstyle::{AnsiColor, Style};
use chrono::SecondsFormat;
use renderdag::{Ancestor, GraphRowRenderer, Renderer};
use unicode_width::UnicodeWidthChar;

use super::look::{Fill, MarkKind, Shape, has_states, marks};
use crate::cli::render::{BAD, DIM, GOOD, ID, WARN, lines, styled};
use crate::cli::terminal::visible;
use crate::graph::Relation;
use crate::operation::picture::{Item, Picture};
use crate::revision::RevisionId;

/// Merges and baselines: neither good nor bad.
const KIND: Style = AnsiColor::Magenta.on_default();

/// How a picture is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Manner {
    /// More lines for each revision.
    pub verbose: bool,
    /// With nothing but ASCII.
    pub ascii: bool,
    /// How many columns there are; what is longer is cut.
    pub columns: Option<usize>,
    /// With a line that tells what is what.
    pub legend: bool,
}

impl Manner {
    /// What standard output can show: on a terminal as wide as it is, and with a legend unless `quiet`.
    pub fn of_output(verbose: bool, quiet: bool) -> Manner {
        let is_terminal = io::stdout().is_terminal();
        let size = terminal_size::terminal_size_of(io::stdout()).filter(|_| is_terminal);
        let columns = size.map(|(width, _)| usize::from(width.0)).filter(|columns| *columns > 0);
        Manner { verbose, ascii: is_ascii_locale(), columns, legend: is_terminal && !quiet }
    }
}

/// Whether the locale's characters are not UTF-8's. Where nothing is said of a locale they are: so are nearly all terminals,
/// and containers say nothing.
/// <https://pubs.opengroup.org/onlinepubs/9799919799/basedefs/V1_chap08.html>
fn is_ascii_locale() -> bool {
    let set =
        ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(|name| env::var(name).ok().filter(|text| !text.is_empty()));
    set.is_some_and(|locale| !locale.to_ascii_lowercase().replace('-', "").contains("utf8"))
}

/// Draws it on standard output.
pub fn print(picture: &Picture, manner: Manner) {
    let drawn = draw(picture, manner);
    lines(drawn.iter().map(|line| match manner.columns {
        Some(columns) => fit(line, columns, manner.ascii),
        None => line.clone(),
    }));
}

/// It as a text for a file, without colours.
pub fn plain(picture: &Picture, manner: Manner) -> String {
    let drawn = draw(picture, manner).join("\n");
    anstream::adapter::strip_str(&visible(&drawn)).to_string() + "\n"
}

/// The lines of a picture.
fn draw(picture: &Picture, manner: Manner) -> Vec<String> {
    let needs = needs(picture);
    let graph = GraphRowRenderer::new().output().with_min_row_height(0);
    let mut renderer: Box<dyn Renderer<usize, Output = String>> = match manner.ascii {
        true => Box::new(graph.build_ascii()),
        false => Box::new(graph.build_box_drawing()),
    };
    let mut text = String::new();
    for number in &picture.drawing.items {
        let Some(item) = picture.items.get(*number) else { continue };
        let mut below: Vec<Ancestor<usize>> = needs[*number].iter().map(ancestor).collect();
        if item.cut {
            below.push(Ancestor::Anonymous);
        }
        let (shape, fill) = (Shape::of(item), Fill::of(item));
        let glyph = styled(style(shape, fill), glyph(shape, fill, manner.ascii));
        text += &renderer.next_row(*number, below, glyph, said(item, manner));
    }
    let mut drawn: Vec<String> = text.lines().map(str::to_owned).collect();
    if manner.legend && !picture.items.is_empty() {
        drawn.push(String::new());
        drawn.push(legend(picture, manner.ascii));
    }
    drawn
}

/// What each item needs, the straight way down first.
fn needs(picture: &Picture) -> Vec<Vec<(usize, Relation)>> {
    let mut needs = vec![Vec::new(); picture.items.len()];
    for line in &picture.drawing.lines {
        needs[line.link.above].push((line.link.below, line.link.relation));
    }
    needs
}

/// A dependency is drawn as jj draws what lies further down: dashed.
fn ancestor((below, relation): &(usize, Relation)) -> Ancestor<usize> {
    match relation {
        Relation::Parent => Ancestor::Parent(*below),
        Relation::Dependency => Ancestor::Ancestor(*below),
    }
}

/// A revision's place in the drawing.
fn glyph(shape: Shape, fill: Fill, ascii: bool) -> &'static str {
    let (unicode, plain) = match (fill, shape) {
        (Fill::Unfinished, _) => ("◐", "%"),
        (Fill::Missing, _) => ("✗", "x"),
        (Fill::Partly, _) => ("◈", "b"),
        (Fill::Applied, Shape::Baseline) => ("◆", "B"),
        (Fill::Applied, Shape::Archived) => ("▪", "A"),
        (Fill::Applied, Shape::Merge) => ("◉", "M"),
        (Fill::Applied, Shape::Plain) => ("●", "*"),
        (_, Shape::Baseline) => ("◇", "b"),
        (_, Shape::Archived) => ("▫", "a"),
        (_, Shape::Merge) => ("◎", "m"),
        (_, Shape::Plain) => ("○", "o"),
    };
    if ascii { plain } else { unicode }
}

fn style(shape: Shape, fill: Fill) -> Style {
    match (fill, shape) {
        (Fill::Applied, _) => GOOD,
        (Fill::Pending | Fill::Partly, _) => WARN,
        (Fill::Missing | Fill::Unfinished, _) => BAD,
        (Fill::Unknown, Shape::Baseline | Shape::Merge) => KIND,
        (Fill::Unknown, Shape::Archived) => DIM,
        (Fill::Unknown, Shape::Plain) => Style::new(),
    }
}

/// What stands beside a revision's place: id, labels, marks and message, and below that what else there is.
fn said(item: &Item, manner: Manner) -> String {
    let mut text = styled(ID, &item.id);
    let marks = marks(item);
    let labels: Vec<&str> =
        marks.iter().filter(|mark| mark.kind == MarkKind::Label).map(|mark| mark.text.as_ref()).collect();
    if !labels.is_empty() {
        text += &format!(" ({})", styled(GOOD, labels.join(", ")));
    }
    for mark in &marks {
        let style = match mark.kind {
            MarkKind::Label => continue,
            MarkKind::Head => GOOD.bold(),
            MarkKind::Merge | MarkKind::Baseline => KIND,
            MarkKind::Archived => DIM,
            MarkKind::Bad => BAD,
            MarkKind::Warn => WARN,
        };
        text += &format!(" {}", styled(style, format_args!("[{}]", mark.text)));
    }
    if !item.message.is_empty() {
        text += &format!("  {}", visible(&item.message));
    }
    if manner.verbose {
        text += &more(item);
    }
    text
}

fn more(item: &Item) -> String {
    let ids = |ids: &[RevisionId]| ids.iter().map(RevisionId::as_str).collect::<Vec<_>>().join(", ");
    let mut text = String::new();
    if !item.depends_on.is_empty() {
        text += &format!("\ndepends_on: {}", ids(&item.depends_on));
    }
    if let Some(created) = &item.created {
        text += &format!("\ncreated: {}", created.to_rfc3339_opts(SecondsFormat::AutoSi, true));
    }
    if let Some(path) = &item.path {
        text += &format!("\n{}", styled(DIM, visible(path)));
    }
    text
}

/// What is what, as far as it occurs.
fn legend(picture: &Picture, ascii: bool) -> String {
    let mut kinds: Vec<(Fill, Shape)> = picture.items.iter().map(|item| (Fill::of(item), Shape::of(item))).collect();
    kinds.sort_unstable();
    kinds.dedup();
    let with_states = has_states(picture);
    let mut parts: Vec<String> = Vec::new();
    for (fill, shape) in kinds {
        let words = match (fill, shape) {
            (Fill::Unknown, Shape::Plain) => continue,
            (Fill::Unknown, shape) => shape.words().to_owned(),
            (Fill::Applied | Fill::Pending, Shape::Plain) if with_states => fill.words().to_owned(),
            (Fill::Applied | Fill::Pending, shape) => format!("{} {}", shape.words(), fill.words()),
            (fill, _) => fill.words().to_owned(),
        };
        let part = format!("{} {words}", styled(style(shape, fill), glyph(shape, fill, ascii)));
        if !parts.contains(&part) {
            parts.push(part);
        }
    }
    if picture.drawing.lines.iter().any(|line| line.link.relation == Relation::Dependency) {
        parts.push(format!("{} depends_on", if ascii { "." } else { "╷" }));
    }
    if picture.items.iter().any(|item| item.cut) {
        parts.push("~ more below".to_owned());
    }
    parts.join("   ")
}

/// A line of at most so many columns, colours and all.
fn fit(line: &str, columns: usize, ascii: bool) -> String {
    let (more, more_width) = if ascii { ("...", 3) } else { ("…", 1) };
    let (mut width, mut colours, mut fits) = (0, false, 0);
    for (at, c) in line.char_indices() {
        if c == '\x1b' {
            colours = true;
        } else if colours {
            colours = c != 'm';
        } else {
            width += c.width().unwrap_or(0);
            if width + more_width <= columns {
                fits = at + c.len_utf8();
            }
        }
    }
    if width <= columns {
        return line.to_owned();
    }
    let reset = if line.contains('\x1b') { "\x1b[0m" } else { "" };
    let kept = line[..fits].trim_end();
    match columns < more_width {
        true => String::new(),
        false => format!("{kept}{reset}{more}"),
    }
}

#[cfg(test)]
mod tests {
    use super::fit;

    #[test]
    fn a_line_is_cut_by_what_is_seen_of_it() {
        for (line, columns, ascii, shown) in [
            ("○  one", 6, false, "○  one"),
            ("○  one", 5, false, "○  o…"),
            ("\x1b[32m●\x1b[0m  \x1b[36mone\x1b[0m", 6, false, "\x1b[32m●\x1b[0m  \x1b[36mone\x1b[0m"),
            ("\x1b[32m●\x1b[0m  \x1b[36mone\x1b[0m", 5, false, "\x1b[32m●\x1b[0m  \x1b[36mo\x1b[0m…"),
            ("o  three", 7, true, "o  t..."),
            ("○  漢字", 6, false, "○  漢…"),
            ("○  x", 1, false, "…"),
            ("abcd", 2, true, ""),
        ] {
            assert_eq!(fit(line, columns, ascii), shown, "{line} in {columns}");
        }
    }
}
