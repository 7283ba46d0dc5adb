//! How far a section that takes its time has come: on a terminal a line that is drawn again and again, elsewhere a line
//! now and then, and in the end one that stays.

use std::io::{IsTerminal, stderr};
use std::time::{Duration, Instant};

use super::context::Context;
use super::render::{DIM, ID, line, styled};
use super::terminal::{draw, say};
use crate::database::run::Headway;
use crate::error::count;

/// Where nobody looks at a terminal, so much time passes between two lines.
const SELDOM: Duration = Duration::from_secs(10);

/// Shows the headway of sections, one after another.
pub struct HeadwayLine {
    silent: bool,
    terminal: bool,
    /// Whether the last line of the terminal is ours, and is to be drawn again.
    open: bool,
    last: Instant,
}

impl HeadwayLine {
    /// For a command.
    pub fn new(context: &Context) -> HeadwayLine {
        HeadwayLine {
            silent: context.is_json() || context.is_quiet(),
            terminal: stderr().is_terminal(),
            open: false,
            last: Instant::now(),
        }
    }

    /// Shows how far a section has come, if it is time.
    pub fn show(&mut self, headway: &Headway<'_>) {
        if self.silent {
            return;
        }
        if headway.ended {
            self.clear();
            return line(text(headway));
        }
        if self.terminal {
            self.open = true;
            draw(&text(headway));
        } else if self.last.elapsed() >= SELDOM {
            self.last = Instant::now();
            say!("{}", text(headway));
        }
    }

    fn clear(&mut self) {
        if std::mem::take(&mut self.open) {
            draw("");
        }
    }
}

impl Drop for HeadwayLine {
    /// What was shown last stays on a line of its own: an error is about to be told.
    fn drop(&mut self) {
        if self.open {
            say!();
        }
    }
}

fn text(headway: &Headway<'_>) -> String {
    let number = |number: u64, noun| count(usize::try_from(number).unwrap_or(usize::MAX), noun);
    let progress = headway.progress;
    let done = match progress.rows {
        0 if headway.section == "load" => "no row to load".to_owned(),
        0 => "no row to touch".to_owned(),
        rows => {
            format!("{} in {}, {}/s", number(rows, "row"), number(progress.runs, "run"), number(headway.rate, "row"))
        }
    };
    let line = headway.line.map_or(String::new(), |line| format!(":{line}"));
    format!("{} {}{line}  {done}", styled(DIM, format_args!("  {:<4}", headway.section)), styled(ID, headway.revision))
}
