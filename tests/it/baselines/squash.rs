//! Baselines as `squash` leaves them, without its proof.

use std::collections::BTreeMap;
use std::path::PathBuf;

use chrono::DateTime;
use revgraph::project::History;
use revgraph::project::archive::{Archive, Format, Manifest, Member, Mode, Proof};
use revgraph::revision::{Checksum, Revision, RevisionId};

use crate::harness::Project;

pub fn id(text: &str) -> RevisionId {
    RevisionId::new(text).unwrap()
}

/// Puts a baseline in the place of live revisions: their sections one after the other, and back.
pub fn squash(project: &Project, baseline: &str, members: &[&str]) {
    let history = load(project);
    let lineages = history.lineages();
    let is_member = |revision: &&Revision| members.contains(&revision.id.as_str());
    let revisions: Vec<&Revision> = history.revisions().filter(is_member).collect();
    assert_eq!(revisions.len(), members.len(), "each of them is live");
    let listed: Vec<Member> = revisions
        .iter()
        .map(|revision| {
            let node = history.graph.get(&revision.id).unwrap();
            Member::of(revision, node, lineages.of(&revision.id).unwrap()).unwrap()
        })
        .collect();
    let path = project.write(&format!("revisions/{baseline}.sql"), text(baseline, &revisions, &listed));
    let written = Revision::read(&path).unwrap();
    let manifest = Manifest {
        format: Format,
        baseline: id(baseline),
        message: String::new(),
        created: DateTime::UNIX_EPOCH,
        mode: Mode::Concat,
        lineage: listed.last().unwrap().lineage,
        up: written.up_checksum,
        down: written.down_checksum,
        revisions: listed,
        pruned: None,
        proof: proof(),
    };
    std::fs::create_dir_all(folder(project, baseline)).unwrap();
    project.write(&format!("archive/{baseline}/manifest.toml"), manifest.to_text().unwrap());
    for revision in revisions {
        let file = revision.source.path();
        std::fs::rename(file, folder(project, baseline).join(file.file_name().unwrap())).unwrap();
    }
}

/// The live files with their archive.
pub fn load(project: &Project) -> History {
    let archive = Archive::open(project.path().join("archive"));
    History::load_with(&project.path().join("revisions"), archive).unwrap()
}

/// The folder of a baseline's originals.
pub fn folder(project: &Project, baseline: &str) -> PathBuf {
    project.path().join("archive").join(baseline)
}

fn text(baseline: &str, revisions: &[&Revision], listed: &[Member]) -> String {
    let outside = |needed: fn(&Member) -> &Vec<RevisionId>| {
        let inside = |id: &&RevisionId| listed.iter().any(|member| member.id == **id);
        let all = listed.iter().flat_map(needed).filter(|id| !inside(id));
        all.map(RevisionId::to_string).collect::<Vec<_>>().join(" ")
    };
    let replaces = revisions.iter().flat_map(|revision| revision.replaces.iter().chain([&revision.id]));
    let labels = revisions.iter().flat_map(|revision| revision.labels.clone());
    let mut text = format!(
        "-- revision: {baseline}\n-- message: stands for {}\n-- parents: {}\n-- depends_on: {}\n-- labels: {}\n\
         -- replaces: {}\n-- lineage: {}\n\n",
        revisions.iter().map(|revision| revision.id.to_string()).collect::<Vec<_>>().join(", "),
        outside(|member| &member.parents),
        outside(|member| &member.depends_on),
        labels.collect::<Vec<_>>().join(" "),
        replaces.map(RevisionId::to_string).collect::<Vec<_>>().join(" "),
        listed.last().unwrap().lineage
    );
    let up = revisions.iter().flat_map(|revision| revision.up().map(|section| (*revision, section)));
    let down = revisions.iter().rev().flat_map(|revision| revision.down().map(|section| (*revision, section)));
    for (revision, section) in up.chain(down) {
        text += revision.source.slice(section.heading.start..section.body.end).trim_end();
        text += "\n\n";
    }
    text
}

fn proof() -> Proof {
    Proof {
        at: DateTime::UNIX_EPOCH,
        server: "PostgreSQL".to_owned(),
        seconds: 0.0,
        schema: Checksum([0; 32]),
        rows: Checksum([0; 32]),
        down: "exact".to_owned(),
        volatile: Vec::new(),
        not_compared: Vec::new(),
        left_out: Vec::new(),
        objects: BTreeMap::new(),
    }
}
