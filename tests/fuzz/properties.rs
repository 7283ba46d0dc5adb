//! What must hold of any input, however hostile. The fuzzer asks it of inputs that it makes, `tests/it/fuzz.rs` of the
//! committed ones.

use std::path::Path;

use revgraph::database::connect::{ConnectionSpec, Environment};
use revgraph::graph::{Range, Target};
use revgraph::project::archive::Manifest;
use revgraph::revision::statement::{destructions, made, subject};
use revgraph::revision::{Revision, Source};

/// A revision file: read or refused, each mistake with its place; the same with Windows' line ends.
pub fn revision(data: &[u8]) {
    let read = |bytes: Vec<u8>| {
        let source = Source::from_bytes(Path::new("fuzzed.sql"), bytes).map_err(|problem| vec![problem])?;
        Revision::parse(source)
    };
    let Ok(revision) = read(data.to_vec()).map_err(|problems| {
        assert!(!problems.is_empty(), "a refusal says why");
        problems.iter().for_each(|problem| assert!(!problem.to_string().is_empty()));
    }) else {
        return;
    };
    let text = revision.source.text();
    for section in &revision.sections {
        assert!(section.heading.end <= section.body.start, "a heading ends where its body begins");
        for statement in &section.statements {
            let inside = section.body.start <= statement.span.start && statement.span.end <= section.body.end;
            assert!(inside, "a statement lies in its section");
            let span = || statement.span.clone();
            for destruction in destructions(text, span()) {
                assert!(text.get(destruction.span).is_some(), "a destruction is a part of the text");
            }
            made(text, span());
            subject(text, span());
        }
    }
    if data.contains(&b'\r') {
        return;
    }
    let windows = String::from_utf8_lossy(data).replace('\n', "\r\n").into_bytes();
    let windows = read(windows).expect("line ends decide nothing");
    assert_eq!(
        (windows.up_checksum, windows.down_checksum),
        (revision.up_checksum, revision.down_checksum),
        "line ends are in no checksum"
    );
}

/// A target or a range of targets: what is understood is written so that it is understood alike.
pub fn target(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    match text.parse::<Target>() {
        Ok(target) => assert_eq!(target.to_string().parse::<Target>().expect("it was one"), target),
        Err(error) => assert!(!error.to_string().is_empty()),
    }
    match text.parse::<Range>() {
        Ok(range) => assert_eq!(range.to_string().parse::<Range>().expect("it was one"), range),
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

/// A manifest: no file that it names is anywhere but beside it; what is read can be written and read again.
pub fn manifest(data: &[u8]) {
    let path = Path::new("manifest.toml");
    let Ok(source) = Source::from_bytes(path, data.to_vec()) else { return };
    let manifest = match Manifest::parse(&source) {
        Ok(manifest) => manifest,
        Err(problem) => return assert!(!problem.to_string().is_empty()),
    };
    for member in &manifest.revisions {
        let file = Path::new(member.file.as_str());
        let plain = file.components().count() == 1 && file.file_name().is_some_and(|name| name == file.as_os_str());
        assert!(plain, "{file:?} is a file beside the manifest");
    }
    let text = manifest.to_text().expect("it was read from such a text");
    let again = Manifest::parse(&Source::from_text(path, text)).expect("it was written by us");
    assert_eq!(again, manifest);
}

/// Where a database is: nothing that is told of it, understood or not, holds the password.
pub fn conninfo(data: &[u8]) {
    const PASSWORD: &str = "pA55w0rd-of-6-words";
    let Ok(text) = std::str::from_utf8(data) else { return };
    // A path in it is one that the fuzzer made up: no file of this machine is opened for it.
    if text.contains('/') && !text.starts_with("postgres") {
        return;
    }
    let texts = [
        text.to_owned(),
        format!("postgres://somebody:{PASSWORD}@{text}"),
        format!("postgres://{text}?password={PASSWORD}"),
        format!("{text} password={PASSWORD}"),
        format!("password='{PASSWORD}' {text}"),
    ];
    for text in texts {
        let environment = Environment::empty().user("somebody").home("/nonexistent");
        let said = match ConnectionSpec::resolve(Some(&text), &environment) {
            Ok(spec) => format!("{} {spec:?}", spec.redacted()),
            Err(error) => error.to_string(),
        };
        assert!(!said.contains(PASSWORD), "{said}");
    }
}
