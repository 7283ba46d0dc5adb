//! What is told of a section that takes its time while it runs.

use std::time::{Duration, Instant};

use crate::database::ledger::Progress;
use crate::revision::RevisionId;

/// How far a section has come that is many transactions.
#[derive(Debug, Clone)]
pub struct Headway<'a> {
    /// The revision that it is a part of.
    pub revision: &'a RevisionId,
    /// The section's name, such as `batch`.
    pub section: &'static str,
    /// All that is done of it and recorded, by earlier runs of revgraph too.
    pub progress: &'a Progress,
    /// The rows of a second, of this run of revgraph.
    pub rate: u64,
    /// Whether this was the last of it.
    pub ended: bool,
}

/// Who is told how far a section has come. Called between transactions, at most ten times a second.
pub type Watch<'a> = dyn FnMut(&Headway<'_>) + 'a;

/// So much time passes at least between two tellings.
const INTERVAL: Duration = Duration::from_millis(100);

/// Measures one section, and decides when it is time to tell of it.
pub(super) struct Meter {
    begun: Instant,
    /// The rows that were there when this run of revgraph came to the section.
    rows: u64,
    told: Option<Instant>,
}

impl Meter {
    /// Begins where the section has this much behind it.
    pub(super) fn begin(progress: &Progress) -> Meter {
        Meter { begun: Instant::now(), rows: progress.rows, told: None }
    }

    /// Tells of a section if that is due. Its end is always told.
    pub(super) fn tell(
        &mut self,
        watch: &mut Watch<'_>,
        revision: &RevisionId,
        section: &'static str,
        progress: &Progress,
        ended: bool,
    ) {
        let now = Instant::now();
        if !ended && self.told.is_some_and(|told| now.duration_since(told) < INTERVAL) {
            return;
        }
        self.told = Some(now);
        let rate = per_second(progress.rows.saturating_sub(self.rows), now.duration_since(self.begun));
        watch(&Headway { revision, section, progress, rate, ended });
    }
}

/// So many rows in so much time, by the second.
fn per_second(rows: u64, time: Duration) -> u64 {
    let microseconds = time.as_micros().max(1);
    u64::try_from(u128::from(rows) * 1_000_000 / microseconds).unwrap_or(u64::MAX)
}
