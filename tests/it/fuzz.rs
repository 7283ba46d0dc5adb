//! What the fuzzer (tests/fuzz) asks of any input, asked of the committed inputs and of the project's own files.

use std::fs;
use std::path::Path;

#[path = "../fuzz/properties.rs"]
mod properties;

/// What a target asks of an input; it panics where that doesn't hold.
type Property = fn(&[u8]);

/// Each target's inputs: its corpus, and what the project itself has of the kind.
const TARGETS: [(&str, Property, &[&str]); 4] = [
    ("revision", properties::revision, &["revisions", "archive/a136ce22edef"]),
    ("target", properties::target, &[]),
    ("manifest", properties::manifest, &["archive/a136ce22edef"]),
    ("conninfo", properties::conninfo, &[]),
];

#[test]
fn the_committed_inputs_keep_their_promises() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for (name, holds, others) in TARGETS {
        let corpus = format!("tests/fuzz/corpus/{name}");
        for folder in [corpus.as_str()].iter().chain(others) {
            let inputs: Vec<_> = fs::read_dir(root.join(folder)).unwrap().map(|entry| entry.unwrap().path()).collect();
            assert!(!inputs.is_empty(), "{folder} has inputs for {name}");
            for input in inputs {
                println!("{}", input.display());
                holds(&fs::read(&input).unwrap());
            }
        }
    }
}
