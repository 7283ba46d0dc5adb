//! Who keeps whom away from revisions.

use std::fs;

use super::{Archive, Swap, TempDir, World};

#[test]
fn while_revisions_are_read_no_swap_begins() {
    let world = World::new();
    drop(world.swap.lock().unwrap());
    let (reading, also) = (world.swap.reading().unwrap(), world.swap.reading().unwrap());
    let swapping = fs::File::options().write(true).open(world.swap.private().join("lock")).unwrap();
    drop(reading);
    assert!(swapping.try_lock().is_err());
    drop(also);
    assert!(swapping.try_lock().is_ok());
}

#[test]
fn a_reader_before_the_first_swap_keeps_it_away_and_makes_nothing() {
    let world = World::new();
    let before = world.tree();
    let reading = world.swap.reading().unwrap();
    assert!(!world.swap.private().exists());
    assert_eq!(world.tree(), before);
    let folder = fs::File::open(&world.swap.revisions).unwrap();
    assert!(folder.try_lock().is_err());
    drop(reading);
    folder.lock().unwrap();
    // It waits for the reader with the file's lock in its hand, so that no other one begins.
    let swap = world.swap.clone();
    let swapping = std::thread::spawn(move || drop(swap.lock().unwrap()));
    let file = || fs::File::options().write(true).open(world.swap.private().join("lock")).ok();
    while file().is_none_or(|file| file.try_lock().is_ok()) {
        std::thread::yield_now();
    }
    assert!(!swapping.is_finished());
    drop(folder);
    swapping.join().unwrap();
}

#[test]
fn a_writer_keeps_readers_and_swaps_away_and_makes_nothing() {
    let world = World::new();
    let writing = world.swap.writing().unwrap();
    assert!(!world.swap.private().exists());
    let folder = fs::File::open(&world.swap.revisions).unwrap();
    assert!(folder.try_lock_shared().is_err());
    drop(writing);
    folder.try_lock_shared().unwrap();
    drop(folder);
    // And where there was a swap, those that look at the file alone.
    drop(world.swap.lock().unwrap());
    let _writing = world.swap.writing().unwrap();
    let file = fs::File::open(world.swap.private().join("lock")).unwrap();
    assert!(file.try_lock_shared().is_err());
}

#[cfg(unix)]
#[test]
fn a_checkout_without_its_own_folder_or_locks_can_be_read() {
    let folder = TempDir::new().unwrap();
    let revisions = folder.path().join("revisions");
    let swap =
        Swap { archive: Archive::open(folder.path().join("archive")), root: folder.path().to_owned(), revisions };
    swap.reading().unwrap();
    swap.writing().unwrap();
    assert!(fs::read_dir(folder.path()).unwrap().next().is_none(), "nothing was made");
}
