//! `.revgraph/swap.toml`: the swap that is being made.

use std::collections::HashSet;
use std::fmt;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{NewBaseline, Swap, UNFINISHED_SWAP, disk};
use crate::project::archive::{FileName, Format, Manifest};
use crate::revision::{Problem, RevisionId, Source};

/// What a swap does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A baseline takes its members' place.
    Squash,
    /// The members take the baseline's place.
    Restore,
}

/// How far a swap has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Phase {
    /// New files are being written under hidden names: it will be undone.
    Staging,
    /// Everything is there: it will be carried out.
    Decided,
}

/// A swap, as far as whoever comes after a kill must know it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Journal {
    pub format: Format,
    pub kind: Kind,
    pub phase: Phase,
    /// The baseline, whose id is the name of its folder in the archive.
    pub baseline: RevisionId,
    /// The baseline's file, among the revisions.
    pub file: FileName,
    /// Its members' files, among the revisions or in the baseline's folder.
    pub members: Vec<FileName>,
}

impl Journal {
    pub fn squash(new: &NewBaseline) -> Journal {
        Journal::begin(Kind::Squash, &new.manifest, &new.file)
    }

    pub fn restore(manifest: &Manifest, file: &FileName) -> Journal {
        Journal::begin(Kind::Restore, manifest, file)
    }

    fn begin(kind: Kind, manifest: &Manifest, file: &FileName) -> Journal {
        Journal {
            format: Format,
            kind,
            phase: Phase::Staging,
            baseline: manifest.baseline.clone(),
            file: file.clone(),
            members: manifest.revisions.iter().map(|member| member.file.clone()).collect(),
        }
    }

    /// Whether a name is there twice: then one file would take the place of another.
    fn is_ambiguous(&self) -> bool {
        let mut seen = HashSet::new();
        !self.members.iter().chain([&self.file]).all(|name| seen.insert(name.folded()))
    }

    fn parse(source: &Source) -> Result<Journal, Problem> {
        let refused = |problem: Problem| problem.kind_of(UNFINISHED_SWAP).help(HELP);
        let journal: Journal = toml::from_str(source.text())
            .map_err(|error| refused(Problem::at(source, error.span().unwrap_or(0..0), error.message().trim())))?;
        match journal.is_ambiguous() {
            true => Err(refused(Problem::at(source, 0..0, "a file is named twice"))),
            false => Ok(journal),
        }
    }
}

const HELP: &str = "it tells of a squash or restore that was interrupted: put revisions and archive back from version \
                    control, then remove this file";

impl Swap {
    /// The folder of what belongs to this checkout alone.
    pub(super) fn private(&self) -> PathBuf {
        self.root.join(".revgraph")
    }

    pub(super) fn journal_path(&self) -> PathBuf {
        self.private().join("swap.toml")
    }

    pub(super) fn read_journal(&self) -> Result<Option<Journal>, Problem> {
        let path = self.journal_path();
        match disk::exists(&path)? {
            true => Journal::parse(&Source::read(&path)?).map(Some),
            false => Ok(None),
        }
    }

    /// Writes the journal whole or not at all.
    pub(super) fn write_journal(&self, journal: &Journal) -> Result<(), Problem> {
        let aside = self.private().join("swap.toml.new");
        let refused = |message: &dyn fmt::Display| disk::refused(&aside, message.to_string());
        if journal.is_ambiguous() {
            return Err(refused(&"a file is named twice"));
        }
        let text = toml::to_string(journal).map_err(|error| refused(&error))?;
        disk::write(&aside, &text)?;
        disk::rename(&aside, &self.journal_path())?;
        disk::sync(&self.private())
    }

    pub(super) fn remove_journal(&self) -> Result<(), Problem> {
        disk::remove(&self.journal_path())?;
        disk::sync(&self.private())
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Kind::Squash => "squash",
            Kind::Restore => "restore",
        })
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    const WHOLE: &str = "format = 1\nkind = \"squash\"\nphase = \"decided\"\nbaseline = \"b1\"\nfile = \"b1.sql\"\n\
                         members = [\"r1.sql\", \"r2.sql\"]\n";

    fn parse(text: &str) -> Result<Journal, Problem> {
        Journal::parse(&Source::from_text(Path::new("swap.toml"), text.to_owned()))
    }

    #[test]
    fn what_is_written_is_read() {
        assert_eq!(toml::to_string(&parse(WHOLE).unwrap()).unwrap(), WHOLE);
    }

    #[test]
    fn a_forged_journal_names_no_other_file() {
        for (from, to) in [
            ("\"b1\"", "\"../b1\""),
            ("\"b1\"", "\"\""),
            ("b1.sql", "../b1.sql"),
            ("r1.sql", "/etc/r1.sql"),
            ("r1.sql", "..\\\\r1.sql"),
            ("r1.sql", ".revgraph-b1.sql"),
            ("r1.sql", "R2.sql"),
            ("r1.sql", "b1.sql"),
            ("format = 1", "format = 2"),
            ("phase", "root = \"/\"\nphase"),
        ] {
            let problem = parse(&WHOLE.replacen(from, to, 1)).unwrap_err();
            assert_eq!(problem.kind(), "unfinished_swap", "{to}");
        }
    }
}
