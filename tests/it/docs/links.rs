//! Where the links of a page lead: files of this repository must be there, and so must the headings in them.

use std::collections::HashMap;
use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use regex::Regex;

pub struct Link {
    /// Its line, counted from 1.
    line: usize,
    pub target: String,
}

static LINK: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\]\(([^()\s]+(?:\([^()]*\)[^()\s]*)*)\)").expect("a pattern"));
static CODE: LazyLock<Regex> = LazyLock::new(|| Regex::new("`[^`]*`").expect("a pattern"));
static HTML: LazyLock<Regex> = LazyLock::new(|| Regex::new(r#"(?:href|src)="([^"]*)""#).expect("a pattern"));

/// The lines of a page that are no code, by number.
fn prose(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut within = false;
    text.lines().enumerate().filter(move |(_, line)| {
        let is_fence = line.trim_start().starts_with("```");
        within ^= is_fence;
        !within && !is_fence
    })
}

/// The links of a page.
pub fn of(text: &str) -> Vec<Link> {
    let links = |(number, line): (usize, &str)| {
        let line = CODE.replace_all(line, "`").into_owned();
        let targets: Vec<String> = [&*LINK, &*HTML]
            .iter()
            .flat_map(|pattern| pattern.captures_iter(&line))
            .map(|found| found[1].to_owned())
            .collect();
        targets.into_iter().map(move |target| Link { line: number + 1, target })
    };
    prose(text).flat_map(links).collect()
}

/// The links of a page that lead nowhere, each with its place. What is elsewhere in the net isn't asked for.
pub fn broken(path: &Path) -> Vec<String> {
    let text = fs::read_to_string(path).expect("a page");
    let folder = path.parent().expect("a page is in a folder");
    let leads_nowhere = |link: &Link| {
        if link.target.contains("://") || link.target.starts_with("mailto:") {
            return false;
        }
        let (file, anchor) = link.target.split_once('#').unwrap_or((&link.target, ""));
        let file = if file.is_empty() { path.to_owned() } else { folder.join(file) };
        match fs::read_to_string(&file) {
            Ok(text) => !anchor.is_empty() && !anchors(&text).iter().any(|known| known == anchor),
            Err(_) => !anchor.is_empty() || !file.exists(),
        }
    };
    let links = of(&text);
    let broken = links.iter().filter(|link| leads_nowhere(link));
    broken.map(|link| format!("{}:{}: {}", path.display(), link.line, link.target)).collect()
}

/// What a page's headings are called in links, as mdbook and GitHub do: in small letters, with dashes for spaces and
/// without signs; of several that are the same, the further ones have a number.
fn anchors(text: &str) -> Vec<String> {
    let mut times: HashMap<String, usize> = HashMap::new();
    let headings = prose(text).filter(|(_, line)| line.starts_with('#'));
    let heading = |(_, line): (usize, &str)| {
        let text = line.trim_start_matches('#').trim().to_lowercase();
        let kept = text.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
        let name: String = kept.map(|c| if c == ' ' { '-' } else { c }).collect();
        let known = times.entry(name.clone()).or_default();
        *known += 1;
        if *known == 1 { name } else { format!("{name}-{}", *known - 1) }
    };
    headings.map(heading).collect()
}

#[test]
fn headings_are_called_as_readers_call_them() {
    let text = "# Which database\n## `--sql`, or not?\n```\n# no heading\n```\n## Which database\n";
    assert_eq!(anchors(text), ["which-database", "--sql-or-not", "which-database-1"]);
    assert_eq!(of("a [link](x.md#y), `[none](z)` and [one](https://example.org/a_(b))").len(), 2);
}
