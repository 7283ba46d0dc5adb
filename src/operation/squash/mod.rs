//! `squash`: many revisions become one baseline, after both were built and found to be the same.
//!
//! 1. [`members`]: which revisions, and whether one baseline can stand for them.
//! 2. [`replay`]: they run in a scratch database, and at the same time in a second one, to see what comes out otherwise.
//! 3. [`text`]: the baseline, out of `pg_dump` or of the members' own sections.
//! 4. [`proof`]: the baseline runs in a third one; what is there is compared, it goes down, what is left is compared.
//! 5. Only then are files touched, by [`Swap`](crate::project::archive::Swap).

mod failure;
mod members;
mod proof;
mod replay;
mod text;
mod volatile;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use chrono::{DateTime, Utc};

pub use failure::SquashFailure;
pub use text::Heading;

use crate::database::connect::Environment;
use crate::database::scratch::Scratch;
use crate::error::Error;
use crate::graph::{Direction, Step, Target};
use crate::operation::build::both;
use crate::operation::deploy::DeployOptions;
use crate::operation::scratch::ScratchOptions;
use crate::project::archive::{FileName, Format, Manifest, Member, Mode, NewBaseline, Proof};
use crate::project::{History, LoadError, Project};
use crate::revision::{Checksum, Revision, RevisionId, Source};
use crate::schema::Snapshot;
use crate::schema::dump::{self, DumpError};
use members::Members;
use proof::{Proved, WayDown, as_the_members_do, prove};
use replay::{Lens, Places, Replayed, counter, nobody, of_step, replay, steps, still_true};
use text::{Body, Way, draft};
use volatile::Volatile;

/// What is to be squashed, and how.
#[derive(Debug, Clone)]
pub struct SquashRequest {
    /// The first revision to go in; none: all that the last one needs.
    pub from: Option<Target>,
    /// The last one; none: the only head.
    pub to: Option<Target>,
    /// How the baseline is to be made; none: as a snapshot where that is possible.
    pub mode: Option<Mode>,
    /// Its id, message and time.
    pub heading: Heading,
}

/// What a squash is at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stage {
    /// So many of so many revisions have run in the scratch database.
    Replaying(usize, usize),
    /// The baseline is written.
    Writing,
    /// It runs, and what it has built is compared.
    Proving,
}

/// Who is told what a squash is at; also from other threads.
pub type Watcher = Arc<dyn Fn(Stage) + Send + Sync>;

/// A baseline that was proved, and is not in place yet.
#[derive(Debug)]
pub struct Squash {
    /// The files to be: the baseline's text, and the manifest with its proof.
    pub baseline: NewBaseline,
    /// The revisions that it replaces directly.
    pub members: Vec<RevisionId>,
    /// Why it is no snapshot, where that was left to revgraph.
    pub why_concat: Option<String>,
    /// How many expressions had other texts and were found to be the same.
    pub same_expressions: usize,
    /// How many rows the tables hold, and at how many sequences' positions was looked.
    pub rows: (u64, usize),
    /// Where it was proved.
    pub place: String,
}

impl Squash {
    /// Puts the baseline in its members' place. Returns its path.
    ///
    /// # Errors
    /// A file was changed meanwhile, or something is in the way: then all is as it was.
    pub fn put_in_place(&self, project: &Project) -> Result<PathBuf, Error> {
        project.swap().squash(&self.baseline).map_err(LoadError::Interrupted)?;
        Ok(project.revisions().join(self.baseline.file.as_str()))
    }
}

/// Everything that a squash works with.
pub struct Squashing<'a> {
    /// The project.
    pub project: &'a Project,
    /// Its history.
    pub history: &'a History,
    /// How revisions run.
    pub options: &'a DeployOptions,
    /// Where scratch databases may come from.
    pub scratch: &'a ScratchOptions<'a>,
    /// The process' environment.
    pub environment: &'a Environment,
    /// Who is told of the progress.
    pub watcher: Watcher,
}

impl Squashing<'_> {
    /// Makes a baseline and proves it. No file is touched.
    ///
    /// # Errors
    /// [`SquashFailure`] in an [`Error`], or what else can go wrong with files and databases.
    pub fn squash(&self, request: &SquashRequest) -> Result<Squash, Error> {
        let begun = Instant::now();
        let members = Members::choose(self.history, request.from.as_ref(), request.to.as_ref())?;
        let against = members.against_snapshot().filter(|_| request.mode != Some(Mode::Concat));
        if let (Some(reason), Some(Mode::Snapshot)) = (&against, request.mode) {
            return Err(SquashFailure::NoSnapshot { reason: reason.clone() }.into());
        }
        let mut places =
            Places::new(self.scratch, self.environment, members.all().collect(), members.reach_beyond());
        let (mut chain, volatile) = self.replays(&mut places, &members)?;
        (self.watcher)(Stage::Writing);
        let (candidates, why_concat) = self.bodies(request.mode, against, &members, &mut chain)?;
        (self.watcher)(Stage::Proving);
        let (text, proved, down) = self.proved(&request.heading, candidates, &members, &mut chain, &volatile, &mut places)?;
        let proof = proof_of(&proved, down, &volatile, &mut chain, begun)?;
        let rows = proved.snapshot.rows.as_ref();
        let baseline = self.new_baseline(&request.heading, &members, text, proof)?;
        Ok(Squash {
            baseline,
            members: members.region.revisions,
            why_concat,
            same_expressions: proved.same_expressions,
            rows: rows.map_or((0, 0), |rows| (rows.tables.values().map(|table| table.count).sum(), rows.sequences.len())),
            place: places.describe(),
        })
    }

    /// Replays the members twice at the same time, and finds what isn't the same both times.
    fn replays(&self, places: &mut Places<'_>, members: &Members<'_>) -> Result<(Replayed, Volatile), Error> {
        let below = steps(Direction::Up, members.below.iter().map(|revision| &revision.id));
        let own = steps(Direction::Up, &members.region.revisions);
        let (watcher, total) = (Arc::clone(&self.watcher), below.len() + own.len());
        let first = places.make(counter(move |done| watcher(Stage::Replaying(done, total))))?;
        let second = places.make(nobody())?;
        let (history, options) = (self.history, self.options);
        let run = |scratch: Scratch| replay(scratch, history, options, [&below, &own]);
        let replays = both(|| run(first), || run(second));
        let (mut first, mut second) = replays.map_err(|error| of_step(error, SquashFailure::Replay))?;
        let (Some(one), Some(other)) = (&first.snapshot.rows, &second.snapshot.rows) else {
            return Ok((first, Volatile::default()));
        };
        let clients = [first.scratch.client(), second.scratch.client()];
        let volatile = Volatile::find(one, other, clients)?;
        Ok((first, volatile))
    }

    /// What the baseline may be, the first that is proved counts; and why it is no snapshot.
    fn bodies(
        &self,
        mode: Option<Mode>,
        mut against: Option<String>,
        members: &Members<'_>,
        chain: &mut Replayed,
    ) -> Result<(Vec<Body>, Option<String>), Error> {
        let verify = still_true(&mut chain.scratch, self.options, &members.revisions);
        if mode != Some(Mode::Concat) && against.is_none() {
            match self.dump(chain)? {
                Ok(sections) => {
                    let down = &sections.down;
                    let body = |down| Body::of_dump(&sections.up, down, verify.clone());
                    return Ok((vec![body(&down.brief), body(&down.full)], None));
                }
                Err(reason) => against = Some(reason),
            }
            if let (Some(reason), Some(Mode::Snapshot)) = (&against, mode) {
                return Err(SquashFailure::NoSnapshot { reason: reason.clone() }.into());
            }
        }
        Ok((vec![Body::of_members(&members.revisions, verify)], against))
    }

    /// The sections that a dump of the replay comes to, or why there is no dump.
    fn dump(&self, chain: &Replayed) -> Result<Result<dump::Sections, String>, Error> {
        if let [index, ..] = &chain.after.invalid_indexes[..] {
            return Ok(Err(format!("the revisions leave the index {index} INVALID: pg_dump leaves it out")));
        }
        let Some(mut command) = chain.scratch.command("pg_dump", self.environment) else {
            return Ok(Err("there is no pg_dump for the scratch database".to_owned()));
        };
        match dump::run(&mut command, &self.options.ledger_schema) {
            Ok(text) => Ok(Ok(dump::sections(&text, &chain.before, &chain.after))),
            Err(DumpError::OtherVersion(said)) => Ok(Err(said)),
            Err(error) => Err(SquashFailure::Dump(error).into()),
        }
    }

    /// Proves the first candidate that can be: its text, the proof, and what its way down is.
    fn proved(
        &self,
        heading: &Heading,
        candidates: Vec<Body>,
        members: &Members<'_>,
        chain: &mut Replayed,
        volatile: &Volatile,
        places: &mut Places<'_>,
    ) -> Result<(NewText, Proved, String), Error> {
        let mut candidates = candidates.into_iter().peekable();
        loop {
            // There is one at least, and the last one returns.
            let Some(mut body) = candidates.next() else { return Err(Error::NoDatabase) };
            let new = NewText::of(self.project, heading, members, &body)?;
            let scratch = places.make(nobody())?;
            let proved = prove(scratch, &new.revision, members, body.mode, chain, volatile, self.options)?;
            let down = match &proved.down {
                WayDown::Exact => "exact".to_owned(),
                WayDown::None => "irreversible".to_owned(),
                _ if candidates.peek().is_some() => continue,
                _ if body.mode == Mode::Snapshot => return Err(no_way_back(proved.down)),
                down => match as_the_members_do(down, chain, self.history, members, self.options)? {
                    None => return Err(no_way_back(proved.down)),
                    Some(reason) if matches!(down, WayDown::Fails(_)) => {
                        body.down = Way::Irreversible(reason.clone());
                        let new = NewText::of(self.project, heading, members, &body)?;
                        return Ok((new, proved, format!("irreversible: {reason}")));
                    }
                    Some(what) => what,
                },
            };
            return Ok((new, proved, down));
        }
    }

    fn new_baseline(
        &self,
        heading: &Heading,
        members: &Members<'_>,
        new: NewText,
        proof: Proof,
    ) -> Result<NewBaseline, Error> {
        let lineages = self.history.lineages();
        let mut revisions = Vec::new();
        for revision in &members.revisions {
            let node = self.history.graph.get(&revision.id);
            if let (Some(node), Some(lineage)) = (node, lineages.of(&revision.id)) {
                revisions.push(Member::of(revision, node, lineage).map_err(LoadError::Interrupted)?);
            }
        }
        let manifest = Manifest {
            format: Format,
            baseline: heading.id.clone(),
            message: new.revision.message.clone(),
            created: heading.created,
            mode: new.mode,
            lineage: members.lineage,
            up: new.revision.up_checksum,
            down: new.revision.down_checksum,
            revisions,
            proof,
        };
        Ok(NewBaseline { manifest, file: new.file, text: new.text })
    }
}

/// A baseline's file.
struct NewText {
    mode: Mode,
    file: FileName,
    text: String,
    revision: Revision,
}

impl NewText {
    fn of(project: &Project, heading: &Heading, members: &Members<'_>, body: &Body) -> Result<NewText, Error> {
        let draft = draft(heading, members, body);
        let (text, name) = (draft.to_text(), draft.file_name());
        let path: &Path = &project.revisions().join(&name);
        let revision = Revision::parse(Source::from_text(path, text.clone())).map_err(LoadError::Problems)?;
        let file = FileName::new(&name)
            .map_err(|error| Error::File { path: name.clone(), reason: error.to_string() })?;
        Ok(NewText { mode: body.mode, file, text, revision })
    }
}

fn no_way_back(down: WayDown) -> Error {
    match down {
        WayDown::Elsewhere(diff) => SquashFailure::Down(diff).into(),
        WayDown::Fails(failure) => SquashFailure::DownFails(failure).into(),
        // These are ways back.
        WayDown::Exact | WayDown::None => Error::LedgerKeepsMoving,
    }
}
