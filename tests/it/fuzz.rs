//! What the fuzzer (tests/fuzz) asks of any input, asked of the committed inputs.

use std::fs;
use std::path::Path;

#[path = "../fuzz/properties.rs"]
mod properties;

/// What a target asks of an input; it panics where that doesn't hold.
type Property = fn(&[u8]);

#[test]
fn the_committed_inputs_keep_their_promises() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/corpus");
    let targets: [(&str, Property); 4] = [
        ("revision", properties::revision),
        ("target", properties::target),
        ("manifest", properties::manifest),
        ("conninfo", properties::conninfo),
    ];
    for (name, holds) in targets {
        let inputs: Vec<_> = fs::read_dir(corpus.join(name)).unwrap().map(|entry| entry.unwrap().path()).collect();
        assert!(!inputs.is_empty(), "there is a corpus for {name}");
        for input in inputs {
            println!("{}", input.display());
            holds(&fs::read(&input).unwrap());
        }
    }
}
