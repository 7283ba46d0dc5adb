//! A swap that stops after each of its steps, and what the next command makes of it.

mod locks;

use std::collections::BTreeMap;
use std::fs;

use tempfile::TempDir;

use super::*;
use crate::project::archive::tests::{id, manifest_of, write_chain};

/// Every file of a project by its path, but for what `.revgraph/` holds; folders too, without content.
type Tree = BTreeMap<PathBuf, Option<Vec<u8>>>;

fn all_right() -> Result<(), Problem> {
    Ok(())
}

/// A project of three revisions, and the baseline that is to replace them.
struct World {
    folder: TempDir,
    swap: Swap,
    new: NewBaseline,
}

impl World {
    fn new() -> World {
        let folder = TempDir::new().unwrap();
        let revisions = folder.path().join("revisions");
        World::with_revisions(folder, revisions)
    }

    fn with_revisions(folder: TempDir, revisions: PathBuf) -> World {
        write_chain(&revisions);
        let root = folder.path().to_owned();
        let swap = Swap { archive: Archive::open(root.join("archive")), root, revisions };
        let new = baseline(&swap);
        World { folder, swap, new }
    }

    fn tree(&self) -> Tree {
        let mut tree = Tree::new();
        let mut folders = vec![self.folder.path().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() && !path.ends_with(".revgraph") {
                    folders.push(path.clone());
                    tree.insert(path, None);
                } else if path.is_file() {
                    tree.insert(path.clone(), Some(fs::read(path).unwrap()));
                }
            }
        }
        tree
    }

    /// The tree before and after the squash.
    fn squashed(&self) -> (Tree, Tree) {
        let before = self.tree();
        self.swap.squash(&self.new, all_right).unwrap();
        (before, self.tree())
    }

    /// Writes the journal of a swap that is decided, without anything done.
    fn decided(&self, kind: Kind) -> Journal {
        let journal = match kind {
            Kind::Squash => Journal::squash(&self.new),
            Kind::Restore => Journal::restore(&self.new.manifest, &self.new.file),
        };
        drop(self.swap.lock().unwrap());
        if kind == Kind::Squash {
            self.swap.stage(&journal, &self.new.text, &self.new.manifest.to_text().unwrap()).unwrap();
        }
        let journal = Journal { phase: Phase::Decided, ..journal };
        self.swap.write_journal(&journal).unwrap();
        journal
    }

    fn recover(&self) -> Option<Recovered> {
        let recovered = self.swap.recover().unwrap();
        assert!(!self.swap.journal_path().exists());
        recovered
    }
}

/// A baseline of everything that the folder of revisions holds.
fn baseline(swap: &Swap) -> NewBaseline {
    let manifest = manifest_of("b1", &swap.revisions);
    let text = format!(
        "-- revision: b1\n-- replaces: r1 r2 r3\n-- lineage: {}\n\n-- [up]\nCREATE TABLE b1 ();\n\n-- [down]\nDROP TABLE b1;\n",
        manifest.lineage
    );
    let revision = Revision::parse(Source::from_text(Path::new("b1.sql"), text.clone())).unwrap();
    let manifest = Manifest { up: revision.up_checksum, down: revision.down_checksum, ..manifest };
    NewBaseline { manifest, file: FileName::new("b1.sql").unwrap(), text }
}

fn done(kind: Kind, finished: bool) -> Option<Recovered> {
    Some(Recovered { kind, baseline: id("b1"), finished })
}

#[test]
fn a_squash_moves_files_as_they_are_and_a_restore_moves_them_back() {
    let world = World::new();
    let (before, after) = world.squashed();
    let path = |path: &str| world.folder.path().join(path);
    assert_eq!(after[&path("revisions/b1.sql")], Some(world.new.text.clone().into_bytes()));
    for member in ["r1.sql", "r2.sql", "r3.sql"] {
        assert_eq!(after[&path("archive/b1").join(member)], before[&path("revisions").join(member)]);
        assert!(!after.contains_key(&path("revisions").join(member)));
    }
    assert_eq!(world.swap.archive.manifest(&id("b1")).unwrap().unwrap(), world.new.manifest);
    world.swap.restore(&world.new.manifest, &world.new.file).unwrap();
    let mut restored = world.tree();
    assert_eq!(restored.remove(&path("archive")), Some(None), "the archive's own folder stays");
    assert_eq!(restored, before);
}

#[test]
fn a_squash_goes_on_from_whichever_step_it_stopped_at() {
    let model = World::new();
    let journal = Journal::squash(&model.new);
    let steps = model.swap.steps(&journal).len();
    for stopped_at in 0..=steps {
        let world = World::new();
        let journal = world.decided(Kind::Squash);
        world.swap.steps(&journal)[..stopped_at].iter().try_for_each(steps::Step::run).unwrap();
        // The recovery is itself interrupted, later.
        world.swap.steps(&journal)[..(stopped_at + 2).min(steps)].iter().try_for_each(steps::Step::run).unwrap();
        assert_eq!(world.recover(), done(Kind::Squash, true));
        let expected = World::new();
        let (_, after) = expected.squashed();
        assert_eq!(relative(&world), relative_of(&expected, after), "stopped after {stopped_at} steps");
        assert_eq!(world.recover(), None);
        // The journal's removal was lost in a power failure.
        world.swap.write_journal(&journal).unwrap();
        let before = world.tree();
        assert_eq!(world.recover(), done(Kind::Squash, true));
        assert_eq!(world.tree(), before);
    }
}

#[test]
fn a_restore_goes_on_from_whichever_step_it_stopped_at() {
    let model = World::new();
    let steps = model.swap.steps(&Journal::restore(&model.new.manifest, &model.new.file)).len();
    for stopped_at in 0..=steps {
        let world = World::new();
        let (mut before, _) = world.squashed();
        before.insert(world.folder.path().join("archive"), None);
        let journal = world.decided(Kind::Restore);
        world.swap.steps(&journal)[..stopped_at].iter().try_for_each(steps::Step::run).unwrap();
        world.swap.steps(&journal)[..(stopped_at + 2).min(steps)].iter().try_for_each(steps::Step::run).unwrap();
        assert_eq!(world.recover(), done(Kind::Restore, true));
        assert_eq!(world.tree(), before, "stopped after {stopped_at} steps");
        world.swap.write_journal(&journal).unwrap();
        assert_eq!(world.recover(), done(Kind::Restore, true));
        assert_eq!(world.tree(), before);
    }
}

fn relative(world: &World) -> Tree {
    relative_of(world, world.tree())
}

fn relative_of(world: &World, tree: Tree) -> Tree {
    tree.into_iter().map(|(path, bytes)| (path.strip_prefix(world.folder.path()).unwrap().to_owned(), bytes)).collect()
}

#[test]
fn what_was_only_staged_is_undone() {
    // Whatever of it was written: the first so many of these are.
    for written in 0..=3 {
        let world = World::new();
        fs::create_dir(world.folder.path().join("archive")).unwrap();
        let before = world.tree();
        let journal = Journal::squash(&world.new);
        drop(world.swap.lock().unwrap());
        world.swap.write_journal(&journal).unwrap();
        world.swap.stage(&journal, &world.new.text, "half a mani").unwrap();
        let (folder, file) = (world.folder.path().join("archive/.revgraph-b1"), ".revgraph-b1.sql");
        if written < 3 {
            fs::remove_file(world.swap.revisions.join(file)).unwrap();
        }
        if written < 2 {
            fs::remove_file(folder.join(MANIFEST)).unwrap();
        }
        if written < 1 {
            fs::remove_dir(folder).unwrap();
        }
        assert_eq!(world.recover(), done(Kind::Squash, false));
        assert_eq!(world.tree(), before);
    }
}

#[test]
fn a_restore_that_was_not_decided_is_undone() {
    let world = World::new();
    let (_, after) = world.squashed();
    let journal = Journal::restore(&world.new.manifest, &world.new.file);
    world.swap.write_journal(&journal).unwrap();
    fs::write(world.swap.revisions.join(".revgraph-probe"), "").unwrap();
    assert_eq!(world.recover(), done(Kind::Restore, false));
    assert_eq!(world.tree(), after);
}

#[test]
fn what_version_control_has_put_back_is_left_alone() {
    let world = World::new();
    let before = world.tree();
    world.decided(Kind::Squash);
    fs::remove_dir_all(world.folder.path().join("archive")).unwrap();
    fs::remove_file(world.swap.revisions.join(".revgraph-b1.sql")).unwrap();
    assert_eq!(world.recover(), done(Kind::Squash, false));
    assert_eq!(world.tree(), before);
}

#[test]
fn a_file_that_is_in_both_places_is_moved_only_over_its_like() {
    let world = World::new();
    let journal = world.decided(Kind::Squash);
    let original = fs::read(world.swap.revisions.join("r2.sql")).unwrap();
    world.swap.steps(&journal)[..4].iter().try_for_each(steps::Step::run).unwrap();
    // `git checkout` has brought back a file that was moved already …
    fs::write(world.swap.revisions.join("r2.sql"), &original).unwrap();
    // … and somebody has written one that wasn't.
    fs::write(world.swap.revisions.join("r1.sql"), "mine").unwrap();
    let before = world.tree();
    let problem = world.swap.recover().unwrap_err();
    assert_eq!(problem.kind(), "unfinished_swap");
    assert!(problem.to_string().contains("r1.sql: is to be moved to "), "{problem}");
    assert_eq!(world.tree(), before, "nothing is lost");
    fs::remove_file(world.swap.revisions.join("r1.sql")).unwrap();
    assert_eq!(world.recover(), done(Kind::Squash, true));
    assert!(!world.swap.revisions.join("r2.sql").exists());
}

#[test]
fn a_file_that_is_nowhere_is_told() {
    let world = World::new();
    world.decided(Kind::Squash);
    fs::remove_file(world.swap.revisions.join("r2.sql")).unwrap();
    let problem = world.swap.recover().unwrap_err();
    assert!(problem.message().ends_with("and is in neither place"), "{problem}");
}

#[test]
fn a_squash_refuses_files_that_changed_since() {
    let world = World::new();
    // A comment, which no checksum of a revision covers.
    let path = world.swap.revisions.join("r2.sql");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, format!("{text}-- late\n")).unwrap();
    let before = world.tree();
    let problem = world.swap.squash(&world.new, all_right).unwrap_err();
    assert_eq!(problem.kind(), "changed_meanwhile");
    assert_eq!(problem.message(), "`r2` was changed since the baseline was proved");
    let without_private = |mut tree: Tree| {
        tree.retain(|path, _| !path.starts_with(world.swap.private()));
        tree
    };
    assert_eq!(without_private(world.tree()), without_private(before));
    fs::remove_file(path).unwrap();
    let problem = world.swap.squash(&world.new, all_right).unwrap_err();
    assert_eq!(problem.kind(), CHANGED_MEANWHILE);
    assert!(problem.message().ends_with("was moved or removed since the baseline was proved"), "{problem}");
}

#[test]
fn a_squash_refuses_what_is_in_its_way() {
    for path in ["archive/b1/kept.sql", "revisions/b1.sql"] {
        let world = World::new();
        let path = world.folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, "kept").unwrap();
        let before = world.tree();
        assert_eq!(world.swap.squash(&world.new, all_right).unwrap_err().message(), "is in the way");
        assert_eq!(world.tree(), before);
    }
}

#[test]
fn a_squash_refuses_a_baseline_that_was_not_proved() {
    let mut world = World::new();
    world.new.text = world.new.text.replace("TABLE b1 ()", "TABLE b1 (a int)");
    let before = world.tree();
    assert_eq!(
        world.swap.squash(&world.new, all_right).unwrap_err().message(),
        "is not the baseline that its manifest speaks of"
    );
    assert_eq!(world.tree(), before);
}

#[test]
fn a_restore_refuses_to_lose_or_to_change_anything() {
    type Meddle = fn(&World);
    let cases: [(&str, Meddle); 5] = [
        ("the file of `r2` is not, byte for byte, what was archived", |world| {
            fs::write(world.swap.archive.folder().join("b1/r2.sql"), "-- revision: r2\n").unwrap();
        }),
        ("can't be read: No such file or directory (os error 2)", |world| {
            fs::remove_file(world.swap.archive.folder().join("b1/r2.sql")).unwrap();
        }),
        ("is in the way", |world| fs::write(world.swap.revisions.join("r2.sql"), "mine").unwrap()),
        ("is no part of the archive", |world| {
            fs::write(world.swap.archive.folder().join("b1/notes.txt"), "mine").unwrap();
        }),
        ("is not the baseline as it was proved: it was edited", |world| {
            let path = world.swap.revisions.join("b1.sql");
            fs::write(&path, fs::read_to_string(&path).unwrap().replace("b1 ()", "b1 (a int)")).unwrap();
        }),
    ];
    for (message, meddle) in cases {
        let world = World::new();
        world.squashed();
        meddle(&world);
        let before = world.tree();
        assert_eq!(world.swap.restore(&world.new.manifest, &world.new.file).unwrap_err().message(), message);
        assert_eq!(world.tree(), before);
    }
}

#[cfg(unix)]
#[test]
fn links_are_neither_moved_nor_written_through() {
    use std::os::unix::fs::symlink;
    let world = World::new();
    let path = world.swap.revisions.join("r2.sql");
    let outside = world.folder.path().join("outside.sql");
    fs::rename(&path, &outside).unwrap();
    symlink(&outside, &path).unwrap();
    assert_eq!(world.swap.squash(&world.new, all_right).unwrap_err().message(), "is not a file");
    fs::remove_file(&path).unwrap();
    fs::copy(&outside, &path).unwrap();
    symlink(&outside, world.swap.revisions.join(".revgraph-b1.sql")).unwrap();
    let before = fs::read(&outside).unwrap();
    world.swap.squash(&world.new, all_right).unwrap();
    assert_eq!(fs::read(&outside).unwrap(), before);
}

#[cfg(unix)]
#[test]
fn a_failed_swap_leaves_everything_as_it_was() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
    let world = World::new();
    // No folder, no archive: staging fails. Permissions would not stop a test that runs as root.
    symlink("/nowhere/at/all", world.swap.archive.folder()).unwrap();
    let before = world.tree();
    assert!(world.swap.squash(&world.new, all_right).is_err());
    assert!(!world.swap.journal_path().exists());
    let mut after = world.tree();
    after.retain(|path, _| !path.starts_with(world.swap.private()));
    assert_eq!(after, before);
    fs::remove_file(world.swap.archive.folder()).unwrap();
    let locked = |mode| fs::set_permissions(&world.swap.revisions, fs::Permissions::from_mode(mode)).unwrap();
    if fs::metadata(world.folder.path()).unwrap().uid() != 0 {
        locked(0o500);
        assert_eq!(world.swap.squash(&world.new, all_right).unwrap_err().kind(), "file");
        locked(0o700);
        assert!(!world.swap.journal_path().exists());
    }
    world.swap.squash(&world.new, all_right).unwrap();
}

#[cfg(target_os = "linux")]
#[test]
fn revisions_and_archive_may_be_on_two_file_systems() {
    use std::os::unix::fs::MetadataExt;
    let device = |path: &Path| fs::metadata(path).map(|found| found.dev()).ok();
    let (folder, memory) = (TempDir::new().unwrap(), Path::new("/dev/shm"));
    if device(memory).is_none() || device(memory) == device(folder.path()) {
        return;
    }
    let other = TempDir::new_in(memory).unwrap();
    let world = World::with_revisions(folder, other.path().to_owned());
    let names = || {
        let mut names = disk::names(other.path()).unwrap();
        names.sort();
        names
    };
    world.swap.squash(&world.new, all_right).unwrap();
    assert_eq!(names(), ["b1.sql"]);
    assert!(world.swap.archive.get(&id("b1")).unwrap().unwrap().missing().next().is_none());
    world.swap.restore(&world.new.manifest, &world.new.file).unwrap();
    assert_eq!(names(), ["r1.sql", "r2.sql", "r3.sql"]);
    assert!(!world.swap.archive.folder_of(&id("b1")).exists());
}

#[test]
fn what_was_half_pruned_can_be_pruned_again() {
    let world = World::new();
    world.squashed();
    let pruned = || world.swap.archive.get(&id("b1")).unwrap().unwrap();
    world.swap.prune(&world.new.manifest, chrono::DateTime::UNIX_EPOCH).unwrap();
    assert_eq!(pruned().missing().count(), 3);
    let manifest = pruned().manifest;
    assert_eq!(manifest, Manifest { pruned: Some(chrono::DateTime::UNIX_EPOCH), ..world.new.manifest.clone() });
    write_chain(&world.swap.archive.folder_of(&id("b1")));
    fs::write(world.swap.archive.folder().join(".revgraph-b1.toml"), "half").unwrap();
    world.swap.prune(&manifest, chrono::Utc::now()).unwrap();
    assert_eq!((pruned().missing().count(), pruned().manifest), (3, manifest), "the day is the first one");
    assert!(!world.swap.archive.folder().join(".revgraph-b1.toml").exists());
}

#[test]
fn an_archive_that_is_no_folder_is_found_before_anything_begins() {
    let world = World::new();
    fs::write(world.swap.archive.folder(), "").unwrap();
    let before = world.tree();
    assert_eq!(world.swap.squash(&world.new, all_right).unwrap_err().message(), "is not a folder");
    assert!(!world.swap.journal_path().exists(), "which no command could have removed");
    assert_eq!(world.tree(), before);
}
