//! What `[retire]` sections make of names: another one on the way up, the old one again on the way down.

use super::script::{Event, Happening};
use crate::database::ledger::Retired;
use crate::operation::retired::Retiring;
use crate::revision::statement::{Destruction, Made, ObjectName};
use crate::revision::{Retiree, RetireeKind, RevisionId};

/// What a section renames away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PutAway {
    /// The object.
    pub object: Named,
    /// What it may be called by then: it is the server that decides, so these are the names of which the plan speaks later
    /// and which look like it.
    pub candidates: Vec<String>,
}

/// What comes back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Back {
    /// The object.
    pub object: Named,
    /// What gets its name again: the object and what was renamed along with it, nothing where somebody has brought it back
    /// by hand. None where no database was asked.
    pub rows: Option<Vec<Retired>>,
}

/// An object that a section names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Named {
    /// A relation or a type.
    Whole(ObjectName),
    /// A column of a table.
    Column(ObjectName, String),
    /// A function or procedure, which holds nothing.
    Routine,
}

/// What the ledger's function `backup_name` puts behind a name, and the day behind that.
const SUFFIX: &str = "_backup_";

impl Named {
    fn of(retiree: &Retiree) -> Named {
        let name = |names: &[String]| {
            let (name, schema) = names.split_last()?;
            Some(ObjectName { schema: schema.last().cloned(), name: name.clone() })
        };
        let named = match retiree.kind {
            RetireeKind::Function | RetireeKind::Procedure => None,
            RetireeKind::Column => {
                retiree.names.split_last().and_then(|(column, table)| Some(Named::Column(name(table)?, column.clone())))
            }
            _ => name(&retiree.names).map(Named::Whole),
        };
        named.unwrap_or(Named::Routine)
    }

    /// The relation that it is, or is a column of; maybe a type.
    pub fn relation(&self) -> Option<&ObjectName> {
        match self {
            Named::Whole(name) | Named::Column(name, _) => Some(name),
            Named::Routine => None,
        }
    }

    /// Its own name.
    fn name(&self) -> Option<&str> {
        match self {
            Named::Whole(name) => Some(&name.name),
            Named::Column(_, column) => Some(column),
            Named::Routine => None,
        }
    }
}

impl PutAway {
    /// For a line of a section.
    pub fn of(retiree: &Retiree) -> PutAway {
        PutAway { object: Named::of(retiree), candidates: Vec::new() }
    }

    /// Looks through what happens later for the names that things may be put away under.
    pub fn find_candidates(happenings: &mut [Happening]) {
        let mut later: Vec<String> = Vec::new();
        for (_, event) in happenings.iter_mut().rev() {
            if let Event::PutAway(away) = event {
                let Some(name) = away.object.name() else { continue };
                away.candidates = later.iter().filter(|later| is_backup(later, name)).cloned().collect();
                away.candidates.sort();
                away.candidates.dedup();
            } else {
                later.extend(mentioned(event).filter(|name| name.contains(SUFFIX)).map(str::to_owned));
            }
        }
    }
}

impl Back {
    /// For a line of a revision's section: by the first of what comes back that is the same.
    pub fn of<'r>(retiree: &Retiree, revision: &RevisionId, backs: &mut Vec<&'r Retiring>) -> Back {
        let object = retiree.to_string();
        let is_it = |back: &&'r Retiring| back.revision == *revision && back.object == object;
        let back = backs.iter().position(is_it).map(|at| backs.remove(at));
        Back { object: Named::of(retiree), rows: back.map(|back| back.returns.clone()) }
    }
}

/// Whether something that has this name may be called so once it is put away on some day.
fn is_backup(backup: &str, name: &str) -> bool {
    /// The names of a server are no longer, and a name that is cut ends here or at most three bytes sooner.
    const LONGEST: usize = 63;
    let Some((before, day)) = backup.rsplit_once(SUFFIX) else { return false };
    let (day, number) = day.split_once('_').unwrap_or((day, "2"));
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let is_cut = backup.len() + 3 >= LONGEST && name.starts_with(before);
    day.len() == 8 && is_number(day) && is_number(number) && (before == name || is_cut)
}

/// The names of which an event speaks.
fn mentioned(event: &Event) -> impl Iterator<Item = &str> {
    let (first, second) = match event {
        Event::Made(Made::Renamed(from, _)) => (Some(&from.name), None),
        Event::Made(Made::RenamedColumn(table, from, _)) => (Some(&table.name), Some(from)),
        Event::Destroyed(Destruction { object, .. }) => (Some(&object.name.name), object.part.as_ref()),
        _ => (None, None),
    };
    first.into_iter().chain(second).map(String::as_str)
}

#[cfg(test)]
mod tests {
    use super::is_backup;

    #[test]
    fn names_of_what_is_put_away() {
        let (long, cut) = ("x".repeat(60), format!("{}_backup_20261121", "x".repeat(46)));
        for (backup, name) in
            [("t_backup_20261121", "t"), ("t_backup_20261121_3", "t"), ("a_b_backup_20261121", "a_b"), (&cut, &long)]
        {
            assert!(is_backup(backup, name), "{backup} of {name}");
        }
        for (backup, name) in [
            ("t_backup_20261121", "u"),
            ("t_backup_20261121", "to"),
            ("t_backup_2026112", "t"),
            ("t_backup_20261121_", "t"),
            ("t_backup_20261121_b", "t"),
            ("t_backup_of_mine", "t"),
            ("t", "t"),
        ] {
            assert!(!is_backup(backup, name), "{backup} of {name}");
        }
    }
}
