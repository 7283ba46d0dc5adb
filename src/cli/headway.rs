//! How far a section that takes its time has come: while it is at work as what the command is at, and in the end as a
//! line that stays.

use std::io::{IsTerminal, stderr};

use super::activity::Activity;
use super::context::Context;
use super::render::{DIM, ID, line, styled};
use super::terminal::say;
use crate::database::run::Headway;
use crate::error::count;

/// Shows the headway of sections, one after another.
pub struct HeadwayLine {
    silent: bool,
    activity: Activity,
    /// How far the section has come that is at work.
    last: Option<String>,
}

impl HeadwayLine {
    /// For a command.
    pub fn new(context: &Context, activity: Activity) -> HeadwayLine {
        HeadwayLine { silent: context.is_json() || context.is_quiet(), activity, last: None }
    }

    /// Shows how far a section has come.
    pub fn show(&mut self, headway: &Headway<'_>) {
        if self.silent {
            return;
        }
        let text = text(headway);
        if headway.ended {
            self.last = None;
            return line(text);
        }
        self.activity.at(text.trim_start());
        self.last = Some(text);
    }
}

impl Drop for HeadwayLine {
    /// What somebody saw last stays on a line of its own: an error is about to be told.
    fn drop(&mut self) {
        if let Some(text) = self.last.as_ref().filter(|_| stderr().is_terminal()) {
            say!("{text}");
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
