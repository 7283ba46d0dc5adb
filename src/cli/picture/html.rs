//! A picture as one page: look around, search, read each revision's SQL, open baselines.
//!
//! The page asks for nothing: its policy forbids every request, and every script and style but its own two, which the
//! policy knows by their digests. What revisions say comes to it as data and is shown as text.

use std::fmt::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::Found;
use super::look::{Fill, Shape, marks};
use crate::operation::picture::{Item, LineView, Picture, PictureView, PlacedView};

const PAGE: &str = include_str!("page/page.html");
const STYLE: &str = include_str!("page/page.css");
const SCRIPT: &str = concat!(include_str!("page/sql.js"), include_str!("page/page.js"));

/// Of a longer text the page has only the beginning: a revision of seeds may have 50 MB.
const LONGEST_TEXT: usize = 64 * 1024;

/// What the page knows.
#[derive(Serialize)]
struct Data<'p> {
    /// What the project is called.
    title: &'p str,
    /// The database that was asked, and when.
    database: Option<&'p str>,
    asked: Option<String>,
    picture: Sheet<'p>,
}

/// A picture, of all or of what a baseline stands for.
#[derive(Serialize)]
struct Sheet<'p> {
    revisions: Vec<Card<'p>>,
    lines: Vec<LineView<'p>>,
    lanes: usize,
}

/// A revision.
#[derive(Serialize)]
struct Card<'p> {
    #[serde(flatten)]
    placed: PlacedView<'p>,
    shape: &'static str,
    fill: &'static str,
    /// What its fill means.
    standing: &'static str,
    marks: Vec<(&'static str, String)>,
    text: Option<&'p str>,
    /// How many bytes of the text are left out.
    left_out: usize,
    members: Option<Sheet<'p>>,
}

impl<'p> Sheet<'p> {
    fn of(picture: &'p Picture) -> Sheet<'p> {
        let PictureView { revisions, lines, lanes } = picture.view();
        Sheet { revisions: revisions.into_iter().map(Card::of).collect(), lines, lanes }
    }
}

impl<'p> Card<'p> {
    fn of(placed: PlacedView<'p>) -> Card<'p> {
        let item: &'p Item = placed.item;
        let whole = item.source.as_ref().map(crate::revision::Source::text);
        let text = whole.map(|whole| &whole[..whole.floor_char_boundary(LONGEST_TEXT)]);
        let fill = Fill::of(item);
        Card {
            placed,
            shape: Shape::of(item).name(),
            fill: fill.name(),
            standing: fill.words(),
            marks: marks(item).into_iter().map(|mark| (mark.kind.name(), mark.text.into_owned())).collect(),
            left_out: whole.unwrap_or_default().len() - text.unwrap_or_default().len(),
            text,
            members: item.members.as_ref().map(Sheet::of),
        }
    }
}

/// The page.
pub fn draw(found: &Found) -> String {
    let data = Data {
        title: &found.title,
        database: found.database.as_deref(),
        asked: found.database.as_ref().map(|_| chrono::Utc::now().format("%Y-%m-%d %H:%M UTC").to_string()),
        picture: Sheet::of(&found.picture),
    };
    // It has nothing that could not be written.
    let data = serde_json::to_string(&data).unwrap_or_default();
    let policy = format!(
        "default-src 'none'; script-src 'sha256-{}'; style-src 'sha256-{}'; base-uri 'none'; form-action 'none'",
        digest(SCRIPT),
        digest(STYLE)
    );
    let parts = [("{{policy}}", policy.as_str()), ("{{style}}", STYLE), ("{{script}}", SCRIPT)];
    let mut page = PAGE.to_owned();
    for (place, part) in parts {
        page = page.replace(place, part);
    }
    // Last, so that nothing is looked for in it.
    page.replacen("{{data}}", &inert(&data), 1)
}

fn digest(text: &str) -> String {
    STANDARD.encode(Sha256::digest(text))
}

/// JSON in which no character means anything to HTML, or ends a line of a script.
fn inert(json: &str) -> String {
    let mut out = String::with_capacity(json.len() + json.len() / 16);
    for c in json.chars() {
        match c {
            '<' | '>' | '&' | '\'' | '\u{7f}'..='\u{9f}' | '\u{2028}' | '\u{2029}' => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_can_not_end_its_element() {
        let hostile = "</script><script>alert(1)</script><!-- ]]> & ' \u{2028}\u{2029}\u{85}";
        let shown = inert(&serde_json::to_string(hostile).unwrap());
        assert!(!shown.contains(['<', '>', '&', '\'', '\u{2028}', '\u{2029}', '\u{85}']), "{shown}");
        assert_eq!(serde_json::from_str::<String>(&shown).unwrap(), hostile);
    }

    #[test]
    fn parts_of_the_page_do_not_speak_of_its_places() {
        for part in [STYLE, SCRIPT] {
            assert!(!part.contains("{{") && !part.contains("</"), "{part}");
        }
        assert!(!SCRIPT.contains("innerHTML") && !SCRIPT.contains("http"), "text is text, and nothing is asked for");
    }
}
