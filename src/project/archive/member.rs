//! A revision of the files on its way into a manifest.

use std::fs;
use std::io::ErrorKind;

use super::{AGAIN, BAD_ARCHIVE, CHANGED_MEANWHILE, FileName, Member};
use crate::graph::NodeRef;
use crate::revision::{Checksum, Problem, Revision, Source};

impl Member {
    /// A revision as a manifest has it: `node` is its place in the graph, `lineage` its lineage. Its file is read
    /// again for the checksum of its bytes.
    ///
    /// Fails if the file can't be read, says something else by now than `revision`, or has a name that no manifest
    /// can have.
    pub fn of(revision: &Revision, node: NodeRef<'_>, lineage: Checksum) -> Result<Member, Problem> {
        let path = revision.source.path();
        let problem = |message: String| Problem::without_place(path, message).kind_of(BAD_ARCHIVE);
        let changed = |how: &str| problem(format!("was {how} meanwhile")).kind_of(CHANGED_MEANWHILE).help(AGAIN);
        let bytes = fs::read(path).map_err(|error| match error.kind() {
            ErrorKind::NotFound => changed("moved or removed"),
            _ => problem(format!("can't be read: {error}")),
        })?;
        let sha256 = Checksum::of_bytes(&bytes);
        if Source::from_bytes(path, bytes)? != revision.source {
            return Err(changed("changed"));
        }
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        Ok(Member {
            id: revision.id.clone(),
            file: FileName::new(&name)
                .map_err(|error| problem(error.to_string()).help("give the file another name"))?,
            sha256,
            up: revision.up_checksum,
            down: revision.down_checksum,
            lineage,
            parents: node.parents().into_iter().cloned().collect(),
            depends_on: node.depends_on().into_iter().cloned().collect(),
            labels: revision.labels.clone(),
            message: revision.message.clone(),
        })
    }
}
