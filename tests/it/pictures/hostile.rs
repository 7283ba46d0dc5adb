//! Messages and SQL are input: neither a page nor a picture does what they say.

use insta::assert_snapshot;

use crate::harness::{Browser, Project};

const HOSTILE: &str = "</script><script>hacked = 1</script><img src=x onerror=hacked=1>\u{2028}\u{2029}<!-- \"';`${hacked=1}` {{data}} {{script}} \
                       </style><style>*{background:url(//x.invalid)}</style> \\u003c &lt; #60;";

fn project() -> Project {
    let project = Project::new();
    let sections = format!("-- [up]\nSELECT $x${HOSTILE}$x$; -- {HOSTILE}\n/* {HOSTILE} */\n-- [down]\nSELECT 1;\n");
    project.revision("h1", &format!("message: {HOSTILE}"), &sections);
    project.revision("toString", "message: constructor\nparents: h1", &sections);
    project.revision("__proto__", "message: another name that objects have\nparents: toString", &sections);
    project
}

#[test]
fn a_page_shows_it_and_does_nothing_else() {
    let project = project();
    project.run(&["graph", "-o", "page.html"]);
    let mut browser = Browser::start();
    browser.open(&project.path().join("page.html"), "");
    assert_eq!(browser.eval("document.querySelectorAll('.row').length"), 3);
    assert_eq!(browser.text("document.querySelector('[data-id=h1] .text').textContent"), HOSTILE);
    for id in ["h1", "toString", "__proto__"] {
        browser.click(&format!("[data-id={id}] .id"));
        let text = std::fs::read_to_string(project.path().join(format!("revisions/{id}.sql"))).unwrap();
        assert_eq!(browser.text("document.getElementById('sql').textContent"), text.trim_end());
    }
    browser.click("#search");
    browser.type_text("</script>");
    assert_eq!(browser.text("document.getElementById('found').textContent"), "3 found");
    browser.press("Enter");
    assert_eq!(browser.eval("typeof hacked"), "undefined");
    assert_eq!(browser.eval("document.querySelectorAll('script, style, img').length"), 3, "its own");
    browser.assert_quiet();
}

/// What one could yet put into the page does not run, and gets nothing from anywhere.
#[test]
fn a_page_runs_only_its_own_script() {
    let project = project();
    project.run(&["graph", "-o", "page.html"]);
    let page = std::fs::read_to_string(project.path().join("page.html")).unwrap();
    let file = project
        .write("broken.html", page.replace("<main>", "<script>hacked = 1</script><img src=x onerror=hacked=1><main>"));
    let mut browser = Browser::start();
    browser.open(&file, "");
    assert_eq!(browser.eval("typeof hacked"), "undefined");
    assert_eq!(browser.eval("document.querySelectorAll('.row').length"), 3);
}

#[test]
fn a_page_names_no_other_place() {
    let project = super::drawn("r1:\nr2: r1");
    let page = project.run(&["graph", "--format", "html"]).out;
    for sign in
        ["http:", "https:", "//", "src=", "<link", "@import", "url(", "fetch(", "XMLHttp", "WebSocket", "import("]
    {
        let found = page.match_indices(sign).filter(|(at, _)| sign != "//" || !is_comment(&page, *at)).count();
        // The one address in it is the name of SVG's elements, which nobody asks for.
        assert_eq!(found, usize::from(sign == "//"), "{sign}");
    }
}

/// Whether what stands there begins a comment of a script.
fn is_comment(page: &str, at: usize) -> bool {
    page[at..].starts_with("// ")
}

#[test]
fn for_other_programs() {
    assert_snapshot!(project().run(&["graph", "--format", "dot"]), @r##"
    digraph revisions {
        rankdir=TB;
        node [fontname="Helvetica", fontsize=11, style="rounded,filled", shape=box, fillcolor="#ffffff"];
        edge [color="#57606a", arrowsize=0.7];
        "__proto__" [label="__proto__\nanother name that objects have\nhead"];
        "toString" [label="toString\nconstructor"];
        "h1" [label="h1\n</script><script>hacked = 1</script><img src=x onerror=hacked=1>  <!-- \"';`${hacked=1}` {{data}} {{script}} </style><style>*{background:url(//x.invalid)}</style> \\u003c &amp;lt; #60;"];
        "__proto__" -> "toString";
        "toString" -> "h1";
    }
    --- exit code 0
    "##);
    assert_snapshot!(project().run(&["graph", "--format", "mermaid"]), @r#"
    flowchart TD
        r0("__proto__<br/>another name that objects have<br/>head")
        r1("toString<br/>constructor")
        r2("h1<br/>#60;#47;script#62;#60;script#62;hacked #61; 1#60;#47;script#62;#60;img src#61;x onerror#61;hacked#61;1#62;  #60;#33;-- #34;#39;#59;#96;#36;#123;hacked#61;1#125;#96; #123;#123;data#125;#125; #123;#123;script#125;#125; #60;#47;style#62;#60;style#62;#42;#123;background:url#40;#47;#47;x.invalid#41;#125;#60;#47;style#62; #92;u003c #38;lt#59; #35;60#59;")
        r0 --> r1
        r1 --> r2
    --- exit code 0
    "#);
}

#[test]
fn colours_of_a_terminal_are_none_in_a_file() {
    let project = Project::new();
    project.revision("red", "message: \x1b[31mred\x1b[0m", "-- [up]\n");
    for format in ["svg", "dot", "mermaid"] {
        let drawn = project.run(&["graph", "--format", format]).out;
        assert!(drawn.contains("red") && !drawn.contains("\x1b") && !drawn.contains("#27;"), "{drawn}");
    }
}
