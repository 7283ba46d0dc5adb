//! `squash`: many revisions become one baseline, after both were built and found to be the same.
//!
//! 1. `members`: which revisions, and whether one baseline can stand for them.
//! 2. `replay`: they run in a scratch database, and at the same time in a second one, to see what comes out otherwise.
//! 3. `text`: the baseline, out of `pg_dump` or of the members' own sections.
//! 4. `proof`: the baseline runs in a third one; what is there is compared, it goes down, what is left is compared.
//!    `made`: what comes of it.
//! 5. Only then are files touched, by [`Swap`](crate::project::archive::Swap).

mod failure;
mod made;
mod members;
mod proof;
mod replay;
mod text;
mod volatile;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

pub use failure::SquashFailure;
pub use text::Heading;

use crate::database::connect::Environment;
use crate::database::scratch::Scratch;
use crate::database::{DatabaseError, Observer};
use crate::error::Error;
use crate::graph::{Direction, Region, Target};
use crate::operation::build::both;
use crate::operation::create::check_id;
use crate::operation::deploy::DeployOptions;
use crate::operation::region::region;
use crate::operation::scratch::{ScratchOptions, stand_ins};
use crate::project::archive::{AGAIN, CHANGED_MEANWHILE, Format, Manifest, Member, Mode, NewBaseline, Proof};
use crate::project::{History, LoadError, Project};
use crate::revision::Problem;
use crate::schema::dump::{self, DumpError};
use made::{Made, NewText, proof_of};
use members::Members;
use proof::{WayDown, WrongWay, as_the_members_do, prove};
use replay::{Places, Replayed, nobody, of_step, replay, steps, still_true};
use text::{Body, Way};
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

/// A baseline that was proved, and is not in place yet.
#[derive(Debug)]
pub struct Squash {
    /// The files to be: the baseline's text, and the manifest with its proof.
    pub baseline: NewBaseline,
    /// The revisions that it replaces directly, and what they hang on.
    pub region: Region,
    /// The first of them that was asked for; none: all that the last one needs.
    from: Option<Target>,
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
    /// A revision was changed or has come meanwhile, so that the proof is of something else, or something is in the way:
    /// then all is as it was.
    pub fn put_in_place(&self, project: &Project) -> Result<PathBuf, Error> {
        project.swap().squash(&self.baseline, || self.is_still_right(project))?;
        Ok(project.revisions().join(self.baseline.file.as_str()))
    }

    /// Fails unless the files as they are now lead to the very same baseline: somebody may have edited them while the
    /// revisions ran, or have put a new one on a member.
    fn is_still_right(&self, project: &Project) -> Result<(), Error> {
        let now = History::load_with(&project.revisions(), project.archive())?;
        let sink: Option<Target> = self.region.sink().map(|sink| sink.as_str().parse()).transpose()?;
        let region = region(&now, &project.config.scratch, self.from.as_ref(), sink.as_ref())?;
        let lineage = region.sink().and_then(|sink| now.lineages().of(sink));
        check_id(&now, &self.baseline.manifest.baseline)?;
        if region == self.region && lineage == Some(self.baseline.manifest.lineage) {
            return Ok(());
        }
        let changed = Problem::without_place(&project.revisions(), "was changed since the baseline was proved");
        Err(changed.kind_of(CHANGED_MEANWHILE).help(AGAIN).into())
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
    /// Who is told how many steps are going to run in scratch databases that are waited for.
    pub planned: &'a dyn Fn(usize),
    /// Who is told of those steps.
    pub observer: Observer,
}

impl Squashing<'_> {
    /// Makes a baseline and proves it. No file is touched.
    ///
    /// # Errors
    /// [`SquashFailure`] in an [`Error`], or what else can go wrong with files and databases.
    pub fn squash(&self, request: &SquashRequest) -> Result<Squash, Error> {
        let begun = Instant::now();
        let settings = self.scratch.settings;
        let members = Members::choose(self.history, settings, request.from.as_ref(), request.to.as_ref())?;
        check_id(self.history, &request.heading.id)?;
        let against = heeded(members.against_snapshot(), request.mode)?;
        let mut places = Places::new(
            self.scratch,
            self.environment,
            members.all().collect(),
            members.reach_beyond(),
            deployer(&members),
        );
        let sources = stand_ins(settings, members.all(), &mut || places.make(nobody()))?;
        let options = DeployOptions { sources, ..self.options.clone() };
        let with_sources = Squashing { options: &options, observer: Arc::clone(&self.observer), ..*self };
        with_sources.squash_in(request, members, against, places, begun)
    }

    /// The same once there is all that the members need.
    fn squash_in(
        &self,
        request: &SquashRequest,
        members: Members<'_>,
        against: Option<String>,
        mut places: Places<'_>,
        begun: Instant,
    ) -> Result<Squash, Error> {
        let (chain, volatile) = self.replays(&mut places, &members)?;
        let against = heeded(against.or_else(|| volatile.against_snapshot()), request.mode)?;
        let mut bench = Bench { members: &members, chain, volatile, places };
        let (made, why_concat) = self.made(request, against, &mut bench)?;
        let proof = proof_of(&made, &bench, begun);
        let Bench { places, .. } = bench;
        let Made { new: text, proved, .. } = made;
        let rows = proved.snapshot.rows.as_ref();
        let baseline = self.new_baseline(&request.heading, &members, text, proof)?;
        Ok(Squash {
            baseline,
            region: members.region,
            from: request.from.clone(),
            why_concat,
            same_expressions: proved.same_expressions,
            rows: rows
                .map_or((0, 0), |rows| (rows.tables.values().map(|table| table.count).sum(), rows.sequences.len())),
            place: places.describe(),
        })
    }

    /// Replays the members twice at the same time, and finds what isn't the same both times.
    fn replays(&self, places: &mut Places<'_>, members: &Members<'_>) -> Result<(Replayed, Volatile), Error> {
        let below = steps(Direction::Up, members.below.iter().map(|revision| &revision.id));
        let own = steps(Direction::Up, &members.region.revisions);
        // What is below runs once more with the baseline.
        (self.planned)(2 * below.len() + own.len() + 1);
        let first = places.make(Arc::clone(&self.observer))?;
        let second = places.make(nobody())?;
        let (history, options) = (self.history, self.options);
        let run = |scratch: Scratch| replay(scratch, history, options, [&below, &own]);
        let replays = both(|| run(first), || run(second));
        let (mut first, mut second) = replays.map_err(|error| of_step(error, SquashFailure::Replay))?;
        let clients = [first.scratch.client(), second.scratch.client()];
        let volatile = Volatile::find(&first.snapshot, &second.snapshot, clients)?;
        // Where both share a server, the first to change something of it is the only one to see that.
        first.cluster_changes.append(&mut second.cluster_changes);
        first.cluster_changes.sort_unstable();
        first.cluster_changes.dedup();
        Ok((first, volatile))
    }

    /// Makes the baseline, as a snapshot if that can be: with the reason why it is none, where that was left to revgraph.
    fn made(
        &self,
        request: &SquashRequest,
        mut against: Option<String>,
        bench: &mut Bench<'_, '_>,
    ) -> Result<(Made, Option<String>), Error> {
        if bench.places.is_private()
            && let Some(name) = bench.chain.cluster_changes.first()
        {
            bench.places.set_apart();
            against.get_or_insert_with(|| {
                format!("the revisions change the {name}, which pg_dump leaves out: it belongs to the whole server")
            });
        }
        let (verify, failing) = still_true(&mut bench.chain.scratch, self.options, &bench.members.revisions);
        let not_verified = failing.iter().map(|query| format!("[verify], which no longer holds: {}", one_line(query)));
        let not_verified: Vec<String> = not_verified.collect();
        if request.mode != Some(Mode::Concat) {
            let tried = match against.take() {
                None => self.snapshot(&request.heading, &verify, bench)?,
                Some(reason) => Err(SquashFailure::NoSnapshot { reason }),
            };
            match (tried, request.mode) {
                (Ok(made), _) => return Ok((made.without(not_verified), None)),
                (Err(SquashFailure::NoSnapshot { reason }), None) => against = Some(reason),
                (Err(failure), None) => against = Some(format!("no snapshot will do, as {failure}")),
                (Err(failure @ SquashFailure::NoSnapshot { .. }), Some(_)) => return Err(failure.into()),
                (Err(failure), Some(_)) => return Err(SquashFailure::Snapshot(Box::new(failure)).into()),
            }
        }
        let first = Body::of_members(&bench.members.revisions, verify)?;
        let made = self.proved(&request.heading, Candidates { first, fallback: None }, bench)?;
        // One that was asked for has no other reason.
        Ok((made.without(not_verified), against.filter(|_| request.mode.is_none())))
    }

    /// The baseline by pg_dump, or why it isn't one.
    fn snapshot(
        &self,
        heading: &Heading,
        verify: &[String],
        bench: &mut Bench<'_, '_>,
    ) -> Result<Result<Made, SquashFailure>, Error> {
        let sections = match self.dump(bench.members, &bench.chain)? {
            Ok(sections) => sections,
            Err(reason) => return Ok(Err(SquashFailure::NoSnapshot { reason })),
        };
        let body = |full| Body::of_dump(&sections, full, &bench.members.revisions, verify.to_vec());
        let (first, fallback) = (body(false), Some(body(true)));
        let fallback = fallback.filter(|fallback| *fallback != first);
        match self.proved(heading, Candidates { first, fallback }, bench) {
            Ok(made) => Ok(Ok(made)),
            Err(Error::Squash(failure)) => Ok(Err(*failure)),
            Err(other) => Err(other),
        }
    }

    /// The sections that a dump of the replay comes to, or why there is no dump.
    fn dump(&self, members: &Members<'_>, chain: &Replayed) -> Result<Result<dump::Sections, String>, Error> {
        if let [index, ..] = &chain.after.invalid_indexes[..] {
            return Ok(Err(format!("the revisions leave the index {index} INVALID: pg_dump leaves it out")));
        }
        if let [table, ..] = &chain.after.switched_triggers[..] {
            return Ok(Err(format!(
                "the revisions switch triggers of {table} that PostgreSQL has made for a constraint: pg_dump calls them by \
                 numbers"
            )));
        }
        let Some(mut command) = chain.scratch.command("pg_dump", self.environment) else {
            return Ok(Err("there is no pg_dump for the scratch database".to_owned()));
        };
        match dump::run(&mut command, &self.options.ledger_schema) {
            Ok(text) => {
                let sections = dump::sections(&text, &chain.before, &chain.after, &members.manner());
                // A deployer's name of our own is nowhere but where they have written down who they are.
                let names_us = sections.up.contains(&deployer(members));
                Ok(if names_us {
                    Err("the revisions keep the name of the role that runs them".to_owned())
                } else {
                    Ok(sections)
                })
            }
            Err(error @ DumpError::TooOld) => Ok(Err(error.to_string())),
            Err(DumpError::Stopped) => Err(DatabaseError::Stopped.into()),
            Err(error) => Err(SquashFailure::Dump(error).into()),
        }
    }

    /// Proves the first candidate, or the other one.
    fn proved(&self, heading: &Heading, candidates: Candidates, bench: &mut Bench<'_, '_>) -> Result<Made, Error> {
        let Bench { members, chain, volatile, places } = bench;
        let mut tried = |body: &Body| {
            let new = NewText::of(self.project, heading, members, body)?;
            let scratch = places.make(Arc::clone(&self.observer))?;
            let proved = prove(scratch, &new.revision, members, body, chain, volatile, self.options)?;
            Ok::<_, Error>((new, proved))
        };
        let Candidates { first: mut body, fallback } = candidates;
        let (mut new, mut proved) = tried(&body)?;
        if let (WayDown::Wrong(_), Some(fallback)) = (&proved.down, fallback) {
            (new, proved) = tried(&fallback)?;
            body = fallback;
        }
        let down = match std::mem::replace(&mut proved.down, WayDown::None) {
            WayDown::Exact(rest) => rest.to_string(),
            WayDown::None => "irreversible".to_owned(),
            WayDown::Wrong(way) if body.mode == Mode::Snapshot => return Err(SquashFailure::from(way).into()),
            WayDown::Wrong(way) => match as_the_members_do(&way, chain, self.history, members, self.options)? {
                None => return Err(SquashFailure::from(way).into()),
                Some(reason) if matches!(way, WrongWay::Fails(_)) => {
                    body.down = Way::Irreversible(reason);
                    new = NewText::of(self.project, heading, members, &body)?;
                    "irreversible".to_owned()
                }
                Some(what) => what,
            },
        };
        Ok(Made { new, proved, down, left_out: body.left_out })
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
            pruned: None,
            revisions,
            proof,
        };
        Ok(NewBaseline { manifest, file: new.file, text: new.text })
    }
}

/// What speaks against a snapshot, as far as the mode that was asked for leaves a choice. Fails where it leaves none.
fn heeded(against: Option<String>, mode: Option<Mode>) -> Result<Option<String>, SquashFailure> {
    match (against, mode) {
        (Some(reason), Some(Mode::Snapshot)) => Err(SquashFailure::NoSnapshot { reason }),
        (_, Some(Mode::Concat)) => Ok(None),
        (against, _) => Ok(against),
    }
}

/// What the baseline may be.
struct Candidates {
    /// The better one.
    first: Body,
    /// With a way down that is longer, and more sure to lead there.
    fallback: Option<Body>,
}

/// What a squash works on.
struct Bench<'m, 'p> {
    members: &'m Members<'m>,
    chain: Replayed,
    volatile: Volatile,
    places: Places<'p>,
}

/// The role that runs the revisions on a server of our own. They can't name it: they would have to hold what is computed
/// of them. It is the same each time, and so is the digest of what they build.
fn deployer(members: &Members<'_>) -> String {
    let lineage = members.lineage.to_string();
    format!("deployer_{}", lineage.get(..12).unwrap_or_default())
}

/// A query on one line.
fn one_line(query: &str) -> String {
    query.split_whitespace().collect::<Vec<_>>().join(" ")
}
