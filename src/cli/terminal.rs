//! What reaches a terminal. Much of what is shown comes from others: messages of revisions and of servers, names of files,
//! objects and sessions. A terminal would act on control characters in them: hide lines, forge others, answer as if
//! somebody had typed. So all that is printed comes through here.

use std::borrow::Cow;
use std::io::{IsTerminal, Write, stderr, stdin};
use std::sync::{Mutex, PoisonError};

use anstream::adapter::strip_str;
use indicatif::ProgressBar;

use crate::database::acts_on_terminal;

/// Prints a line on standard error.
macro_rules! say {
    () => { $crate::cli::terminal::print("\n") };
    ($($argument:tt)+) => { $crate::cli::terminal::print(&format!("{}\n", format_args!($($argument)+))) };
}
pub(super) use say;

/// The line at the bottom of the terminal that says what a command is at, while there is one.
static MOVING: Mutex<Option<ProgressBar>> = Mutex::new(None);

/// From here on what is printed stands above this line; with none, where the cursor is.
pub fn keep_apart(line: Option<&ProgressBar>) {
    *MOVING.lock().unwrap_or_else(PoisonError::into_inner) = line.cloned();
}

/// Says a line from a signal's thread, or only takes the moving line away. Waits for nobody: whoever has that line's lock
/// may be blocked, and a signal must be answered all the same.
pub fn interject(text: &str) {
    let moves = MOVING.try_lock().is_ok_and(|line| line.is_some());
    let away = if moves { "\r\x1b[2K" } else { "" };
    let _ = write!(stderr(), "{away}{text}");
}

/// A text of which nothing is obeyed by anybody, colours neither.
pub fn plain(text: &str) -> String {
    strip_str(&visible(text)).to_string()
}

/// Prints something by a function, which must not print by this module: the moving line is away meanwhile.
pub fn apart<T>(print: impl FnOnce() -> T) -> T {
    let line = MOVING.lock().unwrap_or_else(PoisonError::into_inner).clone();
    match line {
        Some(line) => line.suspend(print),
        None => print(),
    }
}

/// Prints a text on standard error as it is to be seen.
pub fn print(text: &str) {
    // Where it can't be said, there is nobody to be told that either.
    let _ = apart(|| write!(anstream::stderr(), "{}", visible(text)));
}

/// Whether somebody reads a question and can answer it.
pub fn has_reader() -> bool {
    stdin().is_terminal() && stderr().is_terminal()
}

/// Asks on a terminal; where there is none, there is no answer.
pub fn ask(question: &str) -> Option<String> {
    if !has_reader() {
        return None;
    }
    print(question);
    let mut answer = String::new();
    stdin().read_line(&mut answer).ok()?;
    Some(answer.trim_end_matches(['\r', '\n']).to_owned())
}

/// Asks for yes or no; where there is no terminal, the answer is no.
pub fn ask_yes(question: &str) -> bool {
    let answer = ask(&format!("{question} [y/N] ")).unwrap_or_default();
    matches!(answer.to_ascii_lowercase().as_str(), "y" | "yes")
}

/// A text of which a terminal shows everything and obeys nothing but colours: in the place of a character that it would
/// act on stands one that only looks like it. Lines end where they end.
pub fn visible(text: &str) -> Cow<'_, str> {
    let is_acted_on = |c: char| acts_on_terminal(c) && !matches!(c, '\n' | '\t');
    if !text.contains(is_acted_on) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(is_acted_on) {
        shown.push_str(&rest[..at]);
        rest = &rest[at..];
        let length = match colour(rest) {
            Some(length) => {
                shown.push_str(&rest[..length]);
                length
            }
            None => {
                let c = rest.chars().next().unwrap_or_default();
                shown.push(picture(c));
                c.len_utf8()
            }
        };
        rest = &rest[length..];
    }
    Cow::Owned(shown + rest)
}

/// The length of what a text begins with, if that is one of the colours or weights that revgraph prints in. Nothing can
/// be hidden by them: backgrounds, blinking and what conceals are not among them.
fn colour(text: &str) -> Option<usize> {
    let (codes, _) = text.strip_prefix("\x1b[")?.split_once('m')?;
    let is_known = |code: &str| {
        let number: Option<u8> = code.parse().ok();
        code.is_empty() || number.is_some_and(|number| matches!(number, 0..=2 | 22 | 31..=37 | 39 | 91..=97))
    };
    codes.split(';').all(is_known).then_some("\x1b[".len() + codes.len() + "m".len())
}

/// What stands for a character: the picture of a control code, where there is one.
/// <https://www.unicode.org/charts/PDF/U2400.pdf>
fn picture(c: char) -> char {
    match u32::from(c) {
        code @ 0..=0x1f => char::from_u32(0x2400 + code).unwrap_or(char::REPLACEMENT_CHARACTER),
        0x7f => '\u{2421}',
        _ => char::REPLACEMENT_CHARACTER,
    }
}

#[cfg(test)]
mod tests {
    use super::visible;

    #[test]
    fn what_a_terminal_would_act_on_is_shown_instead() {
        for (text, shown) in [
            ("plain\n\tä 👍", "plain\n\tä 👍"),
            ("\x1b[2J\x1b[1;1H", "␛[2J␛[1;1H"),
            ("\x1b]0;title\x07", "␛]0;title␇"),
            ("good\rbad\x08\x7f", "good␍bad␈␡"),
            ("\u{9b}2J \u{202e}rtl", "\u{fffd}2J \u{fffd}rtl"),
            ("\x1b[31mred\x1b[0m \x1b[1;96mb\x1b[m", "\x1b[31mred\x1b[0m \x1b[1;96mb\x1b[m"),
            ("\x1b[8mhidden\x1b[38;5;0m\x1b[30mm", "␛[8mhidden␛[38;5;0m␛[30mm"),
            ("\x1b[31", "␛[31"),
            ("\x1b", "␛"),
        ] {
            assert_eq!(visible(text), shown, "{text:?}");
        }
    }
}
