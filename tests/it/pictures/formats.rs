//! `graph`: what it writes for other programs, and how it is asked for.

use insta::assert_snapshot;
use serde_json::json;

use super::drawn;
use crate::harness::{Browser, Project};

fn project() -> Project {
    drawn(
        "root: || main\nleft: root\nright: root\nboth: left right\nstock: || store\nshelves: stock | right\nthree: root\n\
         octopus: both shelves three",
    )
}

#[test]
fn dot() {
    assert_snapshot!(project().run(&["graph", "--format", "dot"]), @r##"
    digraph revisions {
        rankdir=TB;
        node [fontname="Helvetica", fontsize=11, style="rounded,filled", shape=box, fillcolor="#ffffff"];
        edge [color="#57606a", arrowsize=0.7];
        "octopus" [label="octopus (main, store)\nabout octopus\nhead, merge"];
        "three" [label="three\nabout three"];
        "shelves" [label="shelves\nabout shelves"];
        "stock" [label="stock (store)\nabout stock"];
        "both" [label="both\nabout both\nmerge"];
        "right" [label="right\nabout right"];
        "left" [label="left\nabout left"];
        "root" [label="root (main)\nabout root"];
        "octopus" -> "shelves";
        "octopus" -> "both";
        "octopus" -> "three";
        "three" -> "root";
        "shelves" -> "stock";
        "shelves" -> "right" [style=dashed, constraint=false];
        "both" -> "right";
        "both" -> "left";
        "right" -> "root";
        "left" -> "root";
    }
    --- exit code 0
    "##);
}

#[test]
fn mermaid() {
    assert_snapshot!(project().run(&["graph", "--format", "mermaid"]), @r#"
    flowchart TD
        r0{{"octopus #40;main#41; #40;store#41;<br/>about octopus<br/>head, merge"}}
        r1("three<br/>about three")
        r2("shelves<br/>about shelves")
        r3("stock #40;store#41;<br/>about stock")
        r4{{"both<br/>about both<br/>merge"}}
        r5("right<br/>about right")
        r6("left<br/>about left")
        r7("root #40;main#41;<br/>about root")
        r0 --> r2
        r0 --> r4
        r0 --> r1
        r1 --> r7
        r2 --> r3
        r2 -.-> r5
        r4 --> r5
        r4 --> r6
        r5 --> r7
        r6 --> r7
    --- exit code 0
    "#);
}

#[test]
fn json() {
    assert_snapshot!(drawn("r1:\nr2: r1 || new").run(&["graph", "--format", "json"]), @r#"
    {
      "revisions": [
        {
          "id": "r2",
          "message": "about r2",
          "parents": [
            "r1"
          ],
          "depends_on": [],
          "labels": [
            "new"
          ],
          "created": "2026-01-02T00:00:00Z",
          "head": true,
          "merge": false,
          "replaces": 0,
          "archived": null,
          "irreversible": null,
          "path": "revisions/r2.sql",
          "state": null,
          "unfinished": false,
          "edited": false,
          "cut": false,
          "row": 0,
          "lane": 0
        },
        {
          "id": "r1",
          "message": "about r1",
          "parents": [],
          "depends_on": [],
          "labels": [],
          "created": "2026-01-01T00:00:00Z",
          "head": false,
          "merge": false,
          "replaces": 0,
          "archived": null,
          "irreversible": null,
          "path": "revisions/r1.sql",
          "state": null,
          "unfinished": false,
          "edited": false,
          "cut": false,
          "row": 1,
          "lane": 0
        }
      ],
      "lines": [
        {
          "from": "r2",
          "to": "r1",
          "relation": "parent",
          "points": [
            [
              0,
              0
            ],
            [
              1,
              0
            ]
          ]
        }
      ],
      "lanes": 1
    }
    --- exit code 0
    "#);
    let picture = project().run(&["graph", "--format", "json"]).json();
    assert_eq!(picture["lanes"], 4);
    let dashed: Vec<_> =
        picture["lines"].as_array().unwrap().iter().filter(|line| line["relation"] == "depends_on").collect();
    assert_eq!(dashed.len(), 1);
    assert_eq!((&dashed[0]["from"], &dashed[0]["to"]), (&json!("shelves"), &json!("right")));
}

#[test]
fn svg() {
    let project = drawn("root: || main\nleft: root\nright: root\nboth: left right\nstock: | right");
    let svg = project.run(&["graph", "--format", "svg"]).out;
    let (before, rest) = svg.split_once("<style>").unwrap();
    let (style, after) = rest.split_once("</style>").unwrap();
    assert!(style.contains("prefers-color-scheme: dark"));
    assert_snapshot!(format!("{before}{after}"), @r#"
    <svg xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="revgraph-title revgraph-described" class="by-lane" width="472" height="200" viewBox="0 0 472 200">
    <title id="revgraph-title">History of 5 revisions</title>
    <desc id="revgraph-described">Each row is a revision, the newest first. Heads: stock, both.</desc>

    <rect class="sheet" x="0.5" y="0.5" width="471" height="199" rx="8"/>
    <g class="lines">
    <path class="line c1" d="M44 55V85M44 85V145"/>
    <path class="line c2" d="M44 55C44 70 64 70 64 85M64 85V115M64 115C64 130 44 130 44 145"/>
    <path class="line depends_on c0" d="M24 25V55"/>
    <path class="line depends_on c1" d="M24 55C24 70 44 70 44 85"/>
    </g>
    <g><title>stock about stock</title><g class="dot plain unknown c0"><circle class="full" cx="24" cy="25" r="5"/></g><text class="id" x="94" y="29">stock</text><g class="mark head"><rect x="141.0" y="16" width="42.8" height="18" rx="9"/><text x="149.0" y="29" textLength="26.8">head</text></g><text x="189" y="29">about stock</text><text class="date" x="448" y="29" text-anchor="end">2026-01-05</text></g>
    <g><title>both about both</title><g class="dot merge unknown c1"><circle cx="44" cy="55" r="6.5"/><circle class="full" cx="44" cy="55" r="2.5"/></g><text class="id" x="94" y="59">both</text><g class="mark label"><rect x="141.0" y="46" width="42.8" height="18" rx="9"/><text x="149.0" y="59" textLength="26.8">main</text></g><g class="mark head"><rect x="188.8" y="46" width="42.8" height="18" rx="9"/><text x="196.8" y="59" textLength="26.8">head</text></g><g class="mark merge"><rect x="236.6" y="46" width="49.5" height="18" rx="9"/><text x="244.6" y="59" textLength="33.5">merge</text></g><text x="292" y="59">about both</text><text class="date" x="448" y="59" text-anchor="end">2026-01-04</text></g>
    <g><title>right about right</title><g class="dot plain unknown c1"><circle class="full" cx="44" cy="85" r="5"/></g><text class="id" x="94" y="89">right</text><text x="141" y="89">about right</text><text class="date" x="448" y="89" text-anchor="end">2026-01-03</text></g>
    <g><title>left about left</title><g class="dot plain unknown c2"><circle class="full" cx="64" cy="115" r="5"/></g><text class="id" x="94" y="119">left</text><text x="141" y="119">about left</text><text class="date" x="448" y="119" text-anchor="end">2026-01-02</text></g>
    <g><title>root about root</title><g class="dot plain unknown c1"><circle class="full" cx="44" cy="145" r="5"/></g><text class="id" x="94" y="149">root</text><g class="mark label"><rect x="141.0" y="136" width="42.8" height="18" rx="9"/><text x="149.0" y="149" textLength="26.8">main</text></g><text x="189" y="149">about root</text><text class="date" x="448" y="149" text-anchor="end">2026-01-01</text></g>
    <g><g class="dot plain unknown c0"><circle class="full" cx="24" cy="175" r="5"/></g><text class="key" x="38" y="179">revision</text><g class="dot merge unknown c0"><circle cx="122" cy="175" r="6.5"/><circle class="full" cx="122" cy="175" r="2.5"/></g><text class="key" x="136" y="179">merge</text><path class="line depends_on c0" d="M200 168v14"/><text class="key" x="214" y="179">depends on</text></g>
    </svg>
    "#);
}

/// The browser has the last word on whether it is one.
#[test]
fn an_svg_is_read_by_a_browser() {
    let project = drawn("root:\nleft: root\nboth: left");
    project.revision("left", "message: <b>&amp; \"it's\"]]> --> \u{fffe}\u{1}\nparents: root", super::SECTIONS);
    let file = project.path().join("graph.svg");
    project.run(&["graph", "-o", "graph.svg"]);
    let mut browser = Browser::start();
    browser.open(&file, "");
    assert_eq!(browser.text("document.documentElement.tagName"), "svg");
    let messages = browser.text("[...document.querySelectorAll('g > title')].map((one) => one.textContent).join('|')");
    assert_eq!(messages, "both about both|left <b>&amp; \"it's\"]]> --> \u{fffd}␁|root about root");
    browser.assert_quiet();
}

#[test]
fn what_is_written_is_said_by_the_name_or_by_the_format() {
    let project = project();
    for (name, begins) in [
        ("a.svg", "<svg"),
        ("a.html", "<!DOCTYPE html>"),
        ("a.dot", "digraph"),
        ("a.gv", "digraph"),
        ("a.mmd", "flowchart TD"),
        ("a.json", "{"),
        ("a.txt", "◎"),
    ] {
        let said = project.run(&["graph", "-o", name]);
        assert_eq!((said.code, said.out.as_str(), said.err), (0, "", format!("wrote {name}\n")));
        let text = std::fs::read_to_string(project.path().join(name)).unwrap();
        assert!(text.starts_with(begins) && text.ends_with('\n'), "{name}: {text}");
    }
    project.run(&["graph", "-q", "--format", "dot", "-o", "a.svg"]);
    assert!(std::fs::read_to_string(project.path().join("a.svg")).unwrap().starts_with("digraph"));
    assert_eq!(project.run(&["graph"]).out, project.run(&["history", "--graph"]).out);
    assert_snapshot!(project.run(&["graph", "-o", "a.png"]), @"
    --- standard error
    error: the name a.png doesn't say what is to be written
    help: say it by `--format svg`, `html`, `dot`, `mermaid`, `json` or `text`
    --- exit code 1
    ");
    assert_snapshot!(project.run(&["graph", "-o", "no/a.svg"]), @"
    --- standard error
    error: no/a.svg: No such file or directory (os error 2)
    help: check that the path exists and that you may write there
    --- exit code 1
    ");
}

#[test]
fn other_commands_write_no_pictures() {
    let project = project();
    for arguments in [&["history", "--format", "svg"][..], &["--format", "html", "heads"]] {
        let said = project.run(arguments);
        assert_eq!(said.code, 2, "{said}");
        assert!(said.err.contains("[possible values: text, json]"), "{said}");
    }
    assert_eq!(project.run(&["--format", "json", "graph"]).json()["lanes"], 4);
}
