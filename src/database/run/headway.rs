//! What is told of a section that takes its time while it runs.

use std::time::{Duration, Instant};

use crate::database::ledger::Progress;
use crate::revision::{Revision, RevisionId, Section};

/// How far a section has come that is many transactions.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Headway<'a> {
    /// The revision that it is a part of.
    pub revision: &'a RevisionId,
    /// The section's name, such as `batch`.
    pub section: &'static str,
    /// Where its revision has several of that name: the line of the file at which its statement begins.
    pub line: Option<usize>,
    /// All that is done of it and recorded, by earlier runs of revgraph too.
    pub progress: &'a Progress,
    /// The rows of a second, of this run of revgraph.
    pub rate: u64,
    /// Whether this was the last of it.
    pub ended: bool,
}

/// Who is told how far a section has come. Called between transactions, at most ten times a second.
pub type OnHeadway<'a> = dyn FnMut(&Headway<'_>) + 'a;

/// So much time passes at least between two tellings.
const INTERVAL: Duration = Duration::from_millis(100);

/// Measures one section, and decides when it is time to tell of it.
pub(super) struct Meter<'r> {
    revision: &'r RevisionId,
    section: &'static str,
    line: Option<usize>,
    begun: Instant,
    /// The rows that were there when this run of revgraph came to the section.
    rows: u64,
    told: Option<Instant>,
}

impl<'r> Meter<'r> {
    /// Begins where a section of that revision has this much behind it.
    pub(super) fn begin(revision: &'r Revision, section: &'r Section, progress: &Progress) -> Meter<'r> {
        let name = section.kind.name();
        let several = revision.sections.iter().filter(|other| other.kind.name() == name).nth(1).is_some();
        let begin = section.statements.first().map_or(section.heading.start, |statement| statement.span.start);
        Meter {
            revision: &revision.id,
            section: name,
            line: several.then(|| revision.source.position(begin).line),
            begun: Instant::now(),
            rows: progress.rows,
            told: None,
        }
    }

    /// Tells of the section if that is due. Its end is always told.
    pub(super) fn tell(&mut self, watch: &mut OnHeadway<'_>, progress: &Progress, ended: bool) {
        let now = Instant::now();
        if !ended && self.told.is_some_and(|told| now.duration_since(told) < INTERVAL) {
            return;
        }
        self.told = Some(now);
        let rate = per_second(progress.rows.saturating_sub(self.rows), now.duration_since(self.begun));
        let Meter { revision, section, line, .. } = *self;
        watch(&Headway { revision, section, line, progress, rate, ended });
    }
}

/// So many rows in so much time, by the second.
fn per_second(rows: u64, time: Duration) -> u64 {
    let microseconds = time.as_micros().max(1);
    u64::try_from(u128::from(rows) * 1_000_000 / microseconds).unwrap_or(u64::MAX)
}
