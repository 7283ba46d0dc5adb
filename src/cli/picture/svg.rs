//! A picture as SVG: one file that needs no other, for light and dark pages.

use std::fmt::Write;

use unicode_width::UnicodeWidthStr;

use super::ink::{COLOURS, Piece, strokes};
use super::look::{Fill, Mark, Shape, cut, has_states, marks};
use crate::cli::terminal::plain;
use crate::error::count;
use crate::graph::Relation;
use crate::graph::draw::Point;
use crate::operation::picture::{Item, Picture};

/// All of these are pixels.
const ROW: usize = 30;
const LANE: usize = 20;
const MARGIN: usize = 24;
/// Between the lanes and the text, and between the parts of the text.
const GAP: usize = 10;
/// What a character takes in an id, and in a mark: of a monospaced type these are always the same parts of its size.
const ID_CHARACTER: f64 = 7.3;
const MARK_CHARACTER: f64 = 6.7;
const MARK_PADDING: f64 = 8.0;
const DATE: usize = 76;
/// What a message's column takes at most of the usual types.
const MESSAGE_COLUMN: f64 = 7.0;

/// Longer messages are cut, and whole in the tooltip; in columns.
const LONGEST_MESSAGE: usize = 72;
/// Longer ids are cut.
const LONGEST_ID: usize = 24;

const STYLE: &str = include_str!("svg.css");

/// The picture.
pub fn draw(picture: &Picture) -> String {
    let pen = Pen::new(picture);
    let legend = pen.legend();
    let (width, height) = (pen.width(), pen.height(!legend.is_empty()));
    let mode = if has_states(picture) { "by-state" } else { "by-lane" };
    let heads: Vec<&str> = picture.items.iter().filter(|item| item.head).map(|item| item.id.as_str()).collect();
    let described = match heads.as_slice() {
        [] => "Nothing is in it.".to_owned(),
        heads => format!("Each row is a revision, the newest first. Heads: {}.", heads.join(", ")),
    };
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" aria-labelledby=\"revgraph-title revgraph-described\" class=\"{mode}\" \
         width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\">\n\
         <title id=\"revgraph-title\">{}</title>\n<desc id=\"revgraph-described\">{}</desc>\n<style>\n{STYLE}</style>\n\
         <rect class=\"sheet\" x=\"0.5\" y=\"0.5\" width=\"{}\" height=\"{}\" rx=\"8\"/>\n",
        escaped(&format!("History of {}", count(picture.items.len(), "revision"))),
        escaped(&described),
        width - 1,
        height - 1,
    );
    svg += &pen.lines();
    for (row, (item, lane)) in picture.rows().enumerate() {
        svg += &pen.revision(item, Point { row, lane }, width);
    }
    svg + &legend + "</svg>\n"
}

/// What is the same for all of a picture.
struct Pen<'p> {
    picture: &'p Picture,
    /// Where texts begin, and where they go on behind the ids.
    ids: usize,
    texts: usize,
}

impl<'p> Pen<'p> {
    fn new(picture: &'p Picture) -> Pen<'p> {
        let longest = picture.items.iter().map(|item| item.id.as_str().len().min(LONGEST_ID)).max().unwrap_or(0);
        let ids = MARGIN + picture.drawing.width * LANE + GAP;
        Pen { picture, ids, texts: ids + pixels(longest as f64 * ID_CHARACTER) + GAP }
    }

    /// As wide as the longest row.
    fn width(&self) -> usize {
        let row = |item: &Item| {
            let marks: f64 = marks(item).iter().map(|mark| mark_width(mark) + GAP as f64 / 2.0).sum();
            let message = message(item).width() as f64 * MESSAGE_COLUMN;
            pixels(marks + message) + GAP
        };
        let longest = self.picture.items.iter().map(row).max().unwrap_or(0);
        self.texts + longest.max(200) + DATE + MARGIN
    }

    fn height(&self, has_legend: bool) -> usize {
        2 * GAP + (self.picture.items.len() + usize::from(has_legend)) * ROW
    }

    fn lines(&self) -> String {
        let mut text = String::from("<g class=\"lines\">\n");
        for (stroke, pieces) in strokes(&self.picture.drawing) {
            let class = match stroke.relation {
                Relation::Parent => "line",
                Relation::Dependency => "line depends_on",
            };
            let way: String = pieces.iter().map(path).collect();
            let _ = writeln!(text, "<path class=\"{class} c{}\" d=\"{way}\"/>", stroke.colour);
        }
        for (row, (_, lane)) in self.picture.rows().enumerate().filter(|(_, (item, _))| item.cut) {
            let (x, y) = place(Point { row, lane });
            let _ = writeln!(text, "<path class=\"line stub\" d=\"M{x} {y}v{}\"/>", ROW / 2);
        }
        text + "</g>\n"
    }

    fn revision(&self, item: &Item, at: Point, width: usize) -> String {
        let (x, y) = place(at);
        let base = y + 4;
        let id = cut(item.id.as_str(), LONGEST_ID);
        let whole = format!("{} {}", item.id, plain(&item.message));
        let mut text = format!(
            "<g><title>{}</title>{}<text class=\"id\" x=\"{}\" y=\"{base}\">{}</text>",
            escaped(whole.trim_end()),
            dot(Shape::of(item), Fill::of(item), at.lane % COLOURS, x, y),
            self.ids,
            escaped(&id),
        );
        let mut next = self.texts as f64;
        for mark in marks(item) {
            let (width, drawn) = drawn_mark(&mark, next, y);
            text += &drawn;
            next += width + GAP as f64 / 2.0;
        }
        let _ = write!(text, "<text x=\"{}\" y=\"{base}\">{}</text>", pixels(next), escaped(&message(item)));
        if let Some(created) = item.created {
            let day = created.format("%Y-%m-%d");
            let at = width - MARGIN;
            let _ = write!(text, "<text class=\"date\" x=\"{at}\" y=\"{base}\" text-anchor=\"end\">{day}</text>");
        }
        text + "</g>\n"
    }

    /// What the dots mean, as far as they occur; nothing where all of them are plain.
    fn legend(&self) -> String {
        let mut kinds: Vec<(Fill, Shape)> =
            self.picture.items.iter().map(|item| (Fill::of(item), Shape::of(item))).collect();
        kinds.sort_unstable();
        kinds.dedup_by_key(|(fill, shape)| (*fill, if *fill == Fill::Unknown { *shape } else { Shape::Plain }));
        let has_dependency = self.picture.drawing.lines.iter().any(|line| line.link.relation == Relation::Dependency);
        if matches!(kinds[..], [] | [(Fill::Unknown, Shape::Plain)]) && !has_dependency {
            return String::new();
        }
        let y = GAP + self.picture.items.len() * ROW + ROW / 2;
        let (mut text, mut x) = (String::from("<g>"), MARGIN);
        let mut key = |drawn: String, words: &str, x: &mut usize| {
            let _ = write!(text, "{drawn}<text class=\"key\" x=\"{}\" y=\"{}\">{words}</text>", *x + 14, y + 4);
            *x += 14 + pixels(words.len() as f64 * MARK_CHARACTER) + 3 * GAP;
        };
        for (fill, shape) in kinds {
            let (shape, words) = match fill {
                Fill::Unknown => (shape, shape.words()),
                _ => (Shape::Plain, fill.words()),
            };
            key(dot(shape, fill, 0, x, y), words, &mut x);
        }
        if has_dependency {
            let drawn = format!("<path class=\"line depends_on c0\" d=\"M{x} {}v14\"/>", y - 7);
            key(drawn, "depends on", &mut x);
        }
        text + "</g>\n"
    }
}

/// The middle of a place.
fn place(point: Point) -> (usize, usize) {
    (MARGIN + point.lane * LANE, GAP + point.row * ROW + ROW / 2)
}

/// A piece as commands of a path.
fn path(piece: &Piece) -> String {
    let ((x, y), (to_x, to_y)) = (place(piece.from), place(piece.to));
    if x == to_x {
        return format!("M{x} {y}V{to_y}");
    }
    let middle = usize::midpoint(y, to_y);
    format!("M{x} {y}C{x} {middle} {to_x} {middle} {to_x} {to_y}")
}

/// The dot of a revision.
fn dot(shape: Shape, fill: Fill, colour: usize, x: usize, y: usize) -> String {
    let filled = if matches!(fill, Fill::Applied | Fill::Unknown) { " class=\"full\"" } else { "" };
    let outline = match shape {
        Shape::Plain => format!("<circle{filled} cx=\"{x}\" cy=\"{y}\" r=\"5\"/>"),
        Shape::Merge => {
            let inner = if filled.is_empty() { "" } else { " class=\"full\"" };
            format!("<circle cx=\"{x}\" cy=\"{y}\" r=\"6.5\"/><circle{inner} cx=\"{x}\" cy=\"{y}\" r=\"2.5\"/>")
        }
        Shape::Baseline => {
            format!("<path{filled} d=\"M{x} {}l7.5 7.5-7.5 7.5-7.5-7.5z\"/>", y as f64 - 7.5)
        }
        Shape::Archived => format!(
            "<rect{filled} x=\"{}\" y=\"{}\" width=\"9\" height=\"9\" rx=\"2\"/>",
            x as f64 - 4.5,
            y as f64 - 4.5
        ),
    };
    let over = match fill {
        Fill::Missing => format!("<path d=\"M{} {}l5 5m0-5l-5 5\"/>", x as f64 - 2.5, y as f64 - 2.5),
        Fill::Partly | Fill::Unfinished => format!("<path class=\"full\" d=\"M{x} {}a5 5 0 0 1 0 10z\"/>", y - 5),
        _ => String::new(),
    };
    format!("<g class=\"dot {} {} c{colour}\">{outline}{over}</g>", shape.name(), fill.name())
}

fn mark_width(mark: &Mark<'_>) -> f64 {
    mark.text.width() as f64 * MARK_CHARACTER + 2.0 * MARK_PADDING
}

/// A mark and how wide it is.
fn drawn_mark(mark: &Mark<'_>, x: f64, y: usize) -> (f64, String) {
    let width = mark_width(mark);
    let drawn = format!(
        "<g class=\"mark {}\"><rect x=\"{x:.1}\" y=\"{}\" width=\"{width:.1}\" height=\"18\" rx=\"9\"/>\
         <text x=\"{:.1}\" y=\"{}\" textLength=\"{:.1}\">{}</text></g>",
        mark.kind.name(),
        y - 9,
        x + MARK_PADDING,
        y + 4,
        width - 2.0 * MARK_PADDING,
        escaped(&mark.text),
    );
    (width, drawn)
}

fn message(item: &Item) -> String {
    cut(&plain(&item.message), LONGEST_MESSAGE).into_owned()
}

/// Whole pixels.
fn pixels(length: f64) -> usize {
    // Lengths here are sums of a few hundred characters' widths.
    length.ceil().clamp(0.0, 1e9) as usize
}

/// A text that is nothing but text in XML.
fn escaped(text: &str) -> String {
    let text = plain(text);
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '&' => out += "&amp;",
            '<' => out += "&lt;",
            '>' => out += "&gt;",
            '"' => out += "&quot;",
            '\'' => out += "&#39;",
            // XML has no place for these two: <https://www.w3.org/TR/xml/#charsets>.
            '\u{fffe}' | '\u{ffff}' => out.push(char::REPLACEMENT_CHARACTER),
            c => out.push(c),
        }
    }
    out
}
