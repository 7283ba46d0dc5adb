//! What baselines stand for, as pictures of their own.

use std::collections::HashSet;

use super::{Item, Picture, Side, Standing};
use crate::error::Error;
use crate::project::History;
use crate::project::archive::{Archive, Archived, Member};
use crate::revision::{Revision, RevisionId};

/// Gives each baseline among the items its members, through all levels.
pub(super) fn add(history: &History, side: Option<&Side>, items: &mut [Item]) -> Result<(), Error> {
    let Some(archive) = history.archive() else { return Ok(()) };
    let mut opened = HashSet::new();
    for item in items.iter_mut().filter(|item| item.is_baseline()) {
        item.members = members(archive, side, &item.id, &mut opened)?;
    }
    Ok(())
}

/// The direct members of a baseline; none where the archive has no folder of it. `opened`: baselines that were opened
/// already, none of which is opened again.
fn members(
    archive: &Archive,
    side: Option<&Side>,
    baseline: &RevisionId,
    opened: &mut HashSet<RevisionId>,
) -> Result<Option<Picture>, Error> {
    if !opened.insert(baseline.clone()) {
        return Ok(None);
    }
    let Some(archived) = archive.get(baseline).map_err(Error::Archive)? else { return Ok(None) };
    let mut items = Vec::with_capacity(archived.manifest.revisions.len());
    // The manifest has them in plan order.
    for member in archived.manifest.revisions.iter().rev() {
        let mut item = item(archive, side, &archived, member);
        if item.is_baseline() {
            item.members = members(archive, side, &member.id, opened)?;
        }
        items.push(item);
    }
    // What lies below the baseline is outside of this picture, and told by the baseline itself.
    let mut picture = Picture::new(items, |_| None);
    picture.items.iter_mut().for_each(|item| item.cut = false);
    Ok(Some(picture))
}

fn item(archive: &Archive, side: Option<&Side>, archived: &Archived, member: &Member) -> Item {
    let baseline = &archived.manifest.baseline;
    let file: Option<&Revision> = archived.get(&member.id);
    let standing = |side: &Side| match side.rows().has(&member.id) {
        true => Standing::Applied,
        false => Standing::Pending,
    };
    Item {
        id: member.id.clone(),
        message: member.message.clone(),
        parents: member.parents.clone(),
        depends_on: member.depends_on.clone(),
        labels: member.labels.clone(),
        created: file.and_then(|file| file.created),
        head: false,
        merge: member.parents.len() > 1,
        replaces: file.map_or(0, |file| file.replaces.len()),
        archived: Some(baseline.clone()),
        irreversible: file.and_then(|file| file.irreversible.clone()),
        path: file.map(|_| archive.path_of(baseline, member).display().to_string()),
        state: side.map(standing),
        unfinished: side.is_some_and(|side| side.rows().has_begun(&member.id)),
        edited: side.is_some_and(|side| side.is_edited(&member.id)),
        cut: false,
        source: file.map(|file| file.source.clone()),
        members: None,
    }
}
