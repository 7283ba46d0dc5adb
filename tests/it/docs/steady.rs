//! What a page shows, beside what came out: the same but for times, sizes and the like.

use std::sync::LazyLock;

use regex::Regex;

/// What is another each time, and what stands for it.
static MASKS: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
    let masks = [
        (r"\b\d{8}T\d{6}Z(_[0-9a-f]{12}_)?", "<time>"),
        (r"\b\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?( ?(Z|UTC|[+-]\d\d(:?\d\d)?))?)?", "<date>"),
        (r"_backup_\d{8}\b", "_backup_<day>"),
        (r"\b\d[\d,.]* (ms|s|min)\b", "<duration>"),
        (r"\b\d[\d,.]* (bytes|kB|MB|GB)", "<size>"),
        (r"\b\d[\d,.]* rows/s", "<rate>"),
        (r"(PostgreSQL|pg_dump) \d+(\.\d+)*( \([^)]*\))?", "$1 <version>"),
        (r"\bpid \d+", "pid <number>"),
        (r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", "<uuid>"),
        (r"\b[0-9a-f]{64}\b", "<sha256>"),
        (r#""(milliseconds|pid|run)": ?("[^"]*"|[\d.]+)"#, "\"$1\": <number>"),
        // How many objects there are differs by PostgreSQL's version: since 18, NOT NULL is a constraint.
        (r"\d+ objects (the same|equal)(: \d+ .*\d+ [a-z ]+)?", "<number> objects $1"),
        (r"\b\d+ seconds? ago", "<some> seconds ago"),
        (r"@\S+ revgraph [\d.]+$", "@<host> revgraph <version>"),
        (r" +$", ""),
    ];
    masks.map(|(pattern, instead)| (Regex::new(pattern).expect("a pattern"), instead)).into()
});

/// Whether what is shown is what was said. A line `…` stands for any number of lines, `…` within a line for any text.
pub fn agree(shown: &[String], said: &[String]) -> bool {
    match shown.split_first() {
        None => said.is_empty(),
        Some((cut, rest)) if cut.trim() == "…" => (0..=said.len()).any(|from| agree(rest, &said[from..])),
        Some((line, rest)) => {
            said.split_first().is_some_and(|(first, said)| agrees(&masked(line), &masked(first)) && agree(rest, said))
        }
    }
}

fn masked(line: &str) -> String {
    MASKS.iter().fold(line.to_owned(), |line, (pattern, instead)| pattern.replace_all(&line, *instead).into_owned())
}

/// Whether a line is what the pattern says.
fn agrees(pattern: &str, line: &str) -> bool {
    match pattern.split_once('…') {
        None => pattern == line,
        Some((before, after)) => line.strip_prefix(before).is_some_and(|rest| {
            rest.char_indices().map(|(at, _)| at).chain([rest.len()]).any(|at| agrees(after, &rest[at..]))
        }),
    }
}

#[test]
fn what_differs_each_time_is_no_difference() {
    let agree = |shown: &str, said: &str| agree(&[shown.to_owned()], &[said.to_owned()]);
    assert!(agree("upgraded 1 revision in 31 ms; now at a", "upgraded 1 revision in 1.02 s; now at a"));
    assert!(!agree("upgraded 1 revision in 31 ms; now at a", "upgraded 2 revisions in 31 ms; now at a"));
    assert!(agree(
        "wrote revisions/20261121T124404Z_b5a7c9e1f3d5_x.sql",
        "wrote revisions/20270101T000000Z_0123456789ab_x.sql"
    ));
    assert!(!agree("loses table users: 3 rows, 16 kB", "loses table users: 4 rows, 16 kB"));
    assert!(agree("lock … on public.users", "lock RowExclusiveLock on public.users"));
    assert!(!agree("lock … on public.users", "lock RowExclusiveLock on public.orders"));
}
