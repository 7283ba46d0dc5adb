//! Projects whose revisions were replaced by baselines, made by the library: no scratch database, no real proof.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use chrono::{DateTime, Utc};
use revgraph::project::archive::{FileName, Format, Manifest, Member, Mode, NewBaseline, Proof};
use revgraph::revision::{Checksum, Problem, Revision, Source};

use crate::harness::Project;

/// `r0001` to `r0003`, replaced by `b1`.
pub fn squashed() -> Project {
    let project = Project::new();
    project.chain(3);
    squash(&project, "b1", &["r0001", "r0002", "r0003"]);
    project
}

/// The same, then `r0004` above it, and both replaced by `b2`.
pub fn nested() -> Project {
    let project = squashed();
    project.revision("r0004", "parents: b1\nmessage: the fourth", "-- [up]\nSELECT 4;\n\n-- [down]\nSELECT -4;\n");
    squash(&project, "b2", &["b1", "r0004"]);
    project
}

/// Nobody has edited anything meanwhile.
pub fn all_right() -> Result<(), Problem> {
    Ok(())
}

/// Puts a baseline in the place of revisions.
pub fn squash(project: &Project, baseline: &str, members: &[&str]) {
    let found = revgraph::project::Project::find(project.path()).unwrap();
    found.swap().squash(&prepare(project, baseline, members), all_right).unwrap();
}

/// A baseline that is ready to take the place of revisions.
pub fn prepare(project: &Project, baseline: &str, members: &[&str]) -> NewBaseline {
    let history = revgraph::project::Project::find(project.path()).unwrap().history().unwrap();
    let lineages = history.lineages();
    let member = |revision: &Revision| {
        let node = history.graph.get(&revision.id).unwrap();
        Member::of(revision, node, lineages.of(&revision.id).unwrap()).unwrap()
    };
    let inside = || history.revisions().filter(|revision| members.contains(&revision.id.as_str()));
    let revisions: Vec<Member> = inside().map(member).collect();
    let replaced = inside().flat_map(|revision| revision.replaces.iter().chain([&revision.id]));
    let replaced: Vec<String> = replaced.map(ToString::to_string).collect();
    let outside: BTreeSet<_> = revisions.iter().flat_map(|member| &member.parents).collect();
    let outside = outside.iter().filter(|id| !members.contains(&id.as_str())).map(|id| format!("-- parents: {id}\n"));
    let (created, lineage) = ("2026-11-21T02:24:35Z", revisions.last().unwrap().lineage);
    let text = format!(
        "-- revision: {baseline}\n-- message: all of it\n{}-- created: {created}\n-- replaces: {}\n-- lineage: {lineage}\n\n\
         -- [up]\nCREATE TABLE {baseline} ();\n\n-- [down]\nDROP TABLE {baseline};\n",
        outside.collect::<String>(),
        replaced.join(" "),
    );
    let revision = Revision::parse(Source::from_text(Path::new("baseline.sql"), text.clone())).unwrap();
    let manifest = Manifest {
        format: Format,
        baseline: revision.id.clone(),
        message: revision.message.clone(),
        created: revision.created.unwrap(),
        mode: Mode::Concat,
        lineage,
        up: revision.up_checksum,
        down: revision.down_checksum,
        pruned: None,
        revisions,
        proof: proof(revision.created.unwrap()),
    };
    NewBaseline { manifest, file: FileName::new(&format!("{baseline}.sql")).unwrap(), text }
}

fn proof(at: DateTime<Utc>) -> Proof {
    Proof {
        at,
        server: "PostgreSQL 15.18".to_owned(),
        seconds: 1.25,
        schema: Checksum([5; 32]),
        rows: Checksum([6; 32]),
        down: "exact".to_owned(),
        volatile: vec!["public.users: 3 rows differ between two replays".to_owned()],
        not_compared: vec!["2 large objects".to_owned()],
        left_out: Vec::new(),
        objects: BTreeMap::from([("index".to_owned(), 4), ("table".to_owned(), 9)]),
    }
}

/// Files by their paths within a project.
pub type Files = BTreeMap<String, Vec<u8>>;

/// Every file of revisions/ and archive/, hidden ones too.
pub fn files(project: &Project) -> Files {
    let (mut files, mut folders) = (BTreeMap::new(), vec!["revisions".to_owned(), "archive".to_owned()]);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(project.path().join(&folder)).into_iter().flatten() {
            let path = entry.unwrap().path();
            let name = format!("{folder}/{}", path.file_name().unwrap().to_str().unwrap());
            match path.is_dir() {
                true => folders.push(name),
                false => drop(files.insert(name, std::fs::read(path).unwrap())),
            }
        }
    }
    files
}
