//! What a manifest's text may say, and what it may not.

use std::path::Path;

use super::*;

const WHOLE: &str = r#"format = 1
baseline = "b1"
message = "begin"
created = "2026-11-21T02:24:35Z"
mode = "snapshot"
lineage = "2222222222222222222222222222222222222222222222222222222222222222"
up = "3333333333333333333333333333333333333333333333333333333333333333"
down = "4444444444444444444444444444444444444444444444444444444444444444"

[[revision]]
id = "r1"
file = "r1.sql"
sha256 = "0000000000000000000000000000000000000000000000000000000000000000"
up = "0000000000000000000000000000000000000000000000000000000000000000"
down = "0000000000000000000000000000000000000000000000000000000000000000"
lineage = "1111111111111111111111111111111111111111111111111111111111111111"
parents = []
depends_on = []
labels = ["people"]
message = 'add "users"'

[[revision]]
id = "r2"
file = "r2.sql"
sha256 = "0000000000000000000000000000000000000000000000000000000000000000"
up = "0000000000000000000000000000000000000000000000000000000000000000"
down = "0000000000000000000000000000000000000000000000000000000000000000"
lineage = "2222222222222222222222222222222222222222222222222222222222222222"
parents = ["r1"]
depends_on = []
labels = []
message = ""

[proof]
at = "2026-11-21T02:24:36Z"
server = "PostgreSQL 15.18"
seconds = 1.25
schema = "5555555555555555555555555555555555555555555555555555555555555555"
rows = "6666666666666666666666666666666666666666666666666666666666666666"
down = "exact"
volatile = ["public.users: 3 rows differ between two replays"]
not_compared = []

[proof.objects]
table = 9
"#;

fn parse(text: &str) -> Result<Manifest, Problem> {
    Manifest::parse(&Source::from_text(Path::new("manifest.toml"), text.to_owned()))
}

/// The manifest with one text replaced: where the mistake is, and what is said of it.
fn refused(from: &str, to: &str) -> String {
    assert!(WHOLE.contains(from), "{from}");
    let problem = parse(&WHOLE.replacen(from, to, 1)).unwrap_err();
    assert_eq!(problem.kind(), "bad_manifest");
    problem.to_string()
}

#[test]
fn what_is_read_is_written_the_same() {
    let manifest = parse(WHOLE).unwrap();
    assert_eq!(manifest.to_text().unwrap(), WHOLE);
    assert_eq!(manifest.sink().unwrap().id.as_str(), "r2");
    assert_eq!(manifest.revisions[0].message, "add \"users\"");
}

#[test]
fn windows_line_ends_are_no_mistake() {
    assert_eq!(parse(&WHOLE.replace('\n', "\r\n")).unwrap(), parse(WHOLE).unwrap());
}

#[test]
fn mistakes_are_placed() {
    let cases = [
        (("id = \"r2\"", "id = \"r-2\""), "manifest.toml:23:6: '-' can't be part of an id: use A-Z, a-z, 0-9 and _"),
        (
            ("id = \"r2\"", "id = \"head\""),
            "manifest.toml:23:6: \"head\" can't be an id: it is a word that targets use",
        ),
        (
            ("file = \"r2.sql\"", "file = \"../../r2.sql\""),
            "manifest.toml:24:8: \"../../r2.sql\" holds '/': the name of a file is wanted, not a path",
        ),
        (
            ("down = \"4444", "down = \"zzzz"),
            "manifest.toml:8:8: it must be 64 lowercase hex digits, not \"zzzz444444444444444444444444444444444444444444444444444444444444\"",
        ),
        (
            ("mode = \"snapshot\"", "mode = \"trust me\""),
            "manifest.toml:5:8: unknown variant `trust me`, expected `snapshot` or `concat`",
        ),
        (("created = \"2026", "created = \"last"), "manifest.toml:4:11: input contains invalid characters"),
        (
            ("format = 1", "format = 2\nbeyond = true"),
            "manifest.toml:1:10: format 2 is not known to this revgraph, which reads 1",
        ),
        (
            ("labels = []", "label = []"),
            "manifest.toml:31:1: unknown field `label`, expected one of `id`, `file`, `sha256`, `up`, `down`, `lineage`, `parents`, `depends_on`, `labels`, `message`",
        ),
    ];
    for ((from, to), said) in cases {
        assert_eq!(refused(from, to), said);
    }
}

#[test]
fn what_makes_no_sense_together_is_placed() {
    let cases = [
        (("id = \"r2\"", "id = \"r1\""), "manifest.toml:23:6: `r1` is listed twice"),
        (("id = \"r2\"", "id = \"b1\""), "manifest.toml:23:6: `b1` is the baseline itself"),
        (
            ("file = \"r2.sql\"", "file = \"R1.sql\""),
            "manifest.toml:23:6: \"R1.sql\" is the file of another revision too",
        ),
        (("parents = []", "parents = [\"r2\"]"), "manifest.toml:11:6: `r1` needs `r2`, which must be listed before it"),
        (
            ("depends_on = []", "depends_on = [\"r1\"]"),
            "manifest.toml:11:6: `r1` needs `r1`, which must be listed before it",
        ),
        (("parents = []", "parents = [\"b1\"]"), "manifest.toml:11:6: `r1` needs `b1`, which replaced it"),
        (
            ("lineage = \"2222", "lineage = \"7777"),
            "manifest.toml:23:6: the lineage of the last revision, `r2`, must be the baseline's",
        ),
    ];
    for ((from, to), said) in cases {
        assert_eq!(refused(from, to), said);
    }
    let (head, rest) = WHOLE.split_once("[[revision]]").unwrap();
    let (_, proof) = rest.split_once("[proof]").unwrap();
    let empty = parse(&format!("{head}revision = []\n[proof]{proof}")).unwrap_err();
    assert_eq!(empty.to_string(), "manifest.toml:1:1: it lists no revision");
}
