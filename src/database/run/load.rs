//! `[load]`: a query that runs on another database, streamed into a table of this one by binary COPY.
//!
//! A thread reads the source and cuts its rows into chunks (`reader.rs`); this one sends them on. Between the two are a few
//! pieces at most, so that the slower side holds back the other one, and memory stays what it is.
//!
//! Without a key all of it is one transaction: the compare-and-swap on the ledger, the rows, and the row that says that
//! the section is done. With a key each chunk is one, and the ledger's row has the chunk's last key. So whatever stops it,
//! nothing is lost and nothing comes twice: the next run of revgraph asks the source for what is behind that key.
//!
//! A server tells what is wrong with a COPY into it only when that ends. So one ends with each chunk, and earlier where
//! nothing has come for a while: a mistake in the first rows isn't told hours later because the source takes its time.

mod columns;
mod key;
mod query;
mod reader;

use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::thread;
use std::time::Duration;

pub use query::{Load, Refused};

use super::headway::Meter;
use super::{Cause, Failure, LoadFailure, Runner};
use crate::database::copy::{HEADER, TRAILER};
use crate::database::ledger::{Outcome, Progress};
use crate::database::message::{BEGIN, DEALLOCATE_ALL, DEFERRED, Frame, IMPATIENT, RESETS};
use crate::database::sources::OpenSource;
use crate::database::task::Run;
use crate::database::{ClientError, DatabaseError, ServerError, interrupt};
use query::{Query, refused};
use reader::{Piece, read};

/// So many pieces may wait between the two threads.
const WAITING: usize = 16;

/// So long a COPY into the target waits for the source to send on.
const PATIENCE: Duration = Duration::from_secs(1);

/// Between two COPYs a session waits idly in its transaction, for as long as the source takes.
const MAY_BE_IDLE: &str = "SET LOCAL idle_in_transaction_session_timeout = 0;\n";

/// What ends a load before its time.
enum Trouble {
    /// Something about the load itself, on either side.
    Refused(Box<Refused>),
    /// Something else, which has been recorded where it has to be.
    Cause(Cause),
}

impl From<Refused> for Trouble {
    fn from(refused: Refused) -> Trouble {
        Trouble::Refused(Box::new(refused))
    }
}

impl From<Failure> for Trouble {
    fn from(failure: Failure) -> Trouble {
        Trouble::Cause(failure.into())
    }
}

/// A load that is under way.
struct UnderWay<'l, 'r> {
    task: &'l Run<'r>,
    load: &'l Load<'r>,
    /// The section, counted from 0.
    index: usize,
    /// What is done of it, the open transaction included.
    progress: Progress,
    meter: Meter<'l>,
    /// Whether a transaction is open on the target.
    is_open: bool,
    /// The rows that the target says it has taken, in this run of revgraph.
    taken: u64,
}

impl Runner<'_, '_> {
    /// Runs a `[load]`, from where an earlier run of revgraph has stopped.
    pub(super) fn run_load(
        &mut self,
        task: &Run<'_>,
        load: &Load<'_>,
        index: usize,
        progress: Progress,
    ) -> Result<(), Cause> {
        let meter = Meter::begin(load.revision(), load.section(), &progress);
        let mut way = UnderWay { task, load, index, progress, meter, is_open: false, taken: 0 };
        let trouble = match self.load(&mut way) {
            Ok(()) => return Ok(()),
            Err(trouble) => trouble,
        };
        let (offset, error) = match trouble {
            Trouble::Refused(refused) => {
                // Where in which COPY that was is chance.
                let is_stopped = refused.error.is_cancelled() && interrupt::is_raised();
                let error = if is_stopped { ServerError::stopped() } else { refused.error };
                self.record(task, &error);
                (refused.offset, error)
            }
            // What stands around its rows: the ledger's part of it, and constraints.
            Trouble::Cause(Cause::Statement(failure)) => (failure.offset.unwrap_or(load.heading()), failure.error),
            Trouble::Cause(cause) => return Err(cause),
        };
        // Before it nothing was done, and nothing says that the revision has begun.
        let has_begun = index > 0 || way.progress.position.is_some();
        let stopped_at = has_begun.then_some((index, 0));
        Err(Cause::Load(Box::new(LoadFailure { task: self.done, offset, error, stopped_at })))
    }

    fn load(&mut self, way: &mut UnderWay<'_, '_>) -> Result<(), Trouble> {
        let Frame { sources, actor, timeouts, .. } = self.frame;
        let mut source = sources.open(way.load.source(), &actor.run).map_err(|error| way.load.unreadable(error))?;
        let query = Query::prepare(source.client(), way.load, &way.progress, *timeouts);
        let outcome = query.map_err(Trouble::from).and_then(|query| {
            columns::check(self.client, way.load, query.columns())?;
            self.transfer(way, &query, &mut source)
        });
        if outcome.is_err() {
            source.give_up();
        }
        outcome
    }

    /// Moves the rows, and says in the ledger that the section is done.
    fn transfer(
        &mut self,
        way: &mut UnderWay<'_, '_>,
        query: &Query<'_>,
        source: &mut OpenSource<'_>,
    ) -> Result<(), Trouble> {
        let (sender, receiver) = sync_channel(WAITING);
        let client = source.client();
        let cancel = client.canceller();
        let (read, taken) = thread::scope(|scope| {
            let reader = scope.spawn(move || read(client, query, &sender));
            // It lets the receiver go, and so the reader when the source sends on, whatever comes of it.
            let taken = self.take(way, query, receiver);
            if let Some(cancel) = cancel.filter(|_| taken.is_err() && !reader.is_finished()) {
                cancel();
            }
            (reader.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)), taken)
        });
        taken?;
        let sent = read?;
        if sent != way.taken {
            return Err(way.load.miscounted(sent, way.taken).into());
        }
        self.open(way)?;
        self.commit(way, (way.index + 1, 0), &Progress::default())?;
        way.progress.runs = way.progress.runs.saturating_add(1);
        way.meter.tell(self.watch, &way.progress, true);
        Ok(())
    }

    /// Takes chunk after chunk as they come. The last one is not committed yet: whether it is whole, the reader knows.
    fn take(
        &mut self,
        way: &mut UnderWay<'_, '_>,
        query: &Query<'_>,
        receiver: Receiver<Piece>,
    ) -> Result<(), Trouble> {
        while let Ok(first) = receiver.recv() {
            self.open(way)?;
            if let Some(position) = self.copy(way, query, first, &receiver)?.flatten() {
                let runs = way.progress.runs.saturating_add(1);
                let progress = Progress { runs, position: Some(position), ..way.progress.clone() };
                self.commit(way, (way.index, 0), &progress)?;
                way.progress = progress;
            }
        }
        Ok(())
    }

    /// One COPY. Gives the position that its chunk ends at, if it is the end of a chunk, and neither of everything nor of
    /// our patience.
    fn copy(
        &mut self,
        way: &mut UnderWay<'_, '_>,
        query: &Query<'_>,
        first: Piece,
        receiver: &Receiver<Piece>,
    ) -> Result<Option<Option<String>>, Trouble> {
        let refused = |error| target_refused(error, way.load);
        let mut copy = self.client.copy_in(&query.copy_in()).map_err(refused)?;
        copy.send(HEADER.to_vec()).map_err(refused)?;
        let (mut rows, mut next) = (0, Ok(first));
        let cut = loop {
            match next {
                Ok(Piece::Rows { data, rows: more }) => {
                    interrupt::check().map_err(|_| way.load.stopped())?;
                    copy.send(data).map_err(refused)?;
                    rows += more;
                    way.progress.rows += more;
                    way.meter.tell(self.watch, &way.progress, false);
                }
                Ok(Piece::Cut(position)) => break Some(position),
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => break None,
            }
            next = receiver.recv_timeout(PATIENCE);
        };
        copy.send(TRAILER.to_vec()).map_err(refused)?;
        let taken = copy.finish().map_err(refused)?;
        way.taken += taken;
        match taken == rows {
            true => Ok(cut),
            false => Err(way.load.miscounted(rows, taken).into()),
        }
    }

    /// Begins a transaction with the compare-and-swap, unless one is open.
    fn open(&mut self, way: &mut UnderWay<'_, '_>) -> Result<(), Failure> {
        if way.is_open {
            return Ok(());
        }
        let Frame { ledger, timeouts, .. } = self.frame;
        let swap = ledger.compare_and_swap(self.generation);
        let text = format!("{BEGIN}{}{MAY_BE_IDLE}{swap}", timeouts.set("LOCAL", None));
        self.execute(&text, way.task, None)?;
        way.is_open = true;
        Ok(())
    }

    /// Ends it with how far the revision has come by then.
    fn commit(
        &mut self,
        way: &mut UnderWay<'_, '_>,
        place: (usize, usize),
        progress: &Progress,
    ) -> Result<(), Failure> {
        let reached = way.task.reached(self.frame, place, Outcome::Next);
        let progress = self.frame.ledger.keep_progress(&way.task.entry.id, progress);
        let patience = self.frame.ledger.patience();
        let text = format!("{DEFERRED}{RESETS}{patience}{DEALLOCATE_ALL}{reached}{progress}{IMPATIENT}COMMIT");
        self.execute(&text, way.task, None)?;
        way.is_open = false;
        self.generation += 1;
        Ok(())
    }
}

/// What the database that is loaded into says against it.
fn target_refused(error: ClientError, load: &Load<'_>) -> Trouble {
    match DatabaseError::of(error, "rows were loaded") {
        DatabaseError::Server { error, .. } => refused(*error, load.heading()).into(),
        DatabaseError::Stopped => load.stopped().into(),
        other => Trouble::Cause(Cause::Database(other)),
    }
}
