//! The page, in a real browser with a real mouse, at three sizes.

use serde_json::json;

use super::example::{BASELINE, Example};
use crate::harness::{Browser, Database};

#[test]
fn with_5_revisions() {
    walk(&Example::new(5, 3));
}

#[test]
fn with_50_revisions() {
    walk(&Example::new(50, 12));
}

#[test]
fn with_500_revisions() {
    walk(&Example::new(500, 60));
}

/// A baseline within a baseline, of which nobody has the files any more.
#[test]
fn baselines_within_each_other() {
    let (project, database) = (super::drawn("r1:\nr2: r1\nr3: r2\nr4: r3\nr5: r4"), Database::new());
    project.write("revgraph.toml", "[scratch]\nserver = true\n");
    for (to, id) in [("r2", "inner"), ("r4", "outer")] {
        project.ok(&database.url(), &["squash", "--to", to, "--id", id, "-m", id]);
    }
    project.ok(&database.url(), &["upgrade"]);
    let inner = project.path().join("archive/inner");
    for file in std::fs::read_dir(inner).unwrap().map(|file| file.unwrap().path()) {
        if file.extension().is_some_and(|extension| extension == "sql") {
            std::fs::remove_file(file).unwrap();
        }
    }
    project.ok(&database.url(), &["graph", "-i", "-o", "page.html"]);
    let mut browser = Browser::start();
    let rows = "[...document.querySelectorAll('.row')].map((row) => row.dataset.id).join(' ')";
    browser.open(&project.path().join("page.html"), "");
    assert_eq!(browser.text(rows), "r5 outer");
    browser.click("button[data-opens=outer]");
    assert_eq!(browser.text(rows), "r5 outer r4 r3 inner");
    browser.click("button[data-opens=inner]");
    assert_eq!(browser.text(rows), "r5 outer r4 r3 inner r2 r1");
    assert_eq!(browser.eval("document.querySelectorAll('#sheet .dot.applied').length"), 7);
    browser.click("[data-id=r1] .id");
    assert_eq!(browser.text("document.getElementById('message').textContent"), "about r1");
    assert_eq!(browser.text("document.getElementById('sql').textContent"), "-- nobody has its text");
    // What is chosen goes out of sight: the baseline around it is chosen.
    browser.click("button[data-opens=outer]");
    assert_eq!(browser.text(rows), "r5 outer");
    assert_eq!(browser.text("document.querySelector('.row.chosen').dataset.id"), "outer");
    browser.assert_quiet();
}

#[test]
fn in_a_narrow_window() {
    let project = super::drawn("root:\nleft: root\nright: root | left\nboth: left right");
    project.run(&["graph", "-o", "page.html"]);
    let mut browser = Browser::start();
    browser.open(&project.path().join("page.html"), "");
    browser.resize(360, 700);
    browser.until("innerWidth === 360");
    assert_eq!(browser.eval("document.documentElement.scrollWidth"), 360, "nothing is beyond its edge");
    assert_eq!(
        browser.text("[...document.querySelectorAll('#legend li')].map((item) => item.textContent).join()"),
        "1 merge,depends on"
    );
    browser.click("#fit");
    browser.assert_quiet();
}

/// What a user does with it.
fn walk(example: &Example) {
    let Example { project, database, archived, live } = example;
    let (seen, replaced) = (live.len() + 1, archived.len());
    example.upgrade(6);
    project.ok(&database.url(), &["graph", "-i", "-o", "page.html"]);
    let file = project.path().join("page.html");
    let mut browser = Browser::start();
    browser.open(&file, "");
    let rows = "document.querySelectorAll('.row').length";
    assert_eq!(browser.eval(rows), seen);
    assert_eq!(
        browser.eval("document.querySelectorAll('svg .dot').length - document.querySelectorAll('#legend .dot').length"),
        seen
    );
    assert!(
        browser.text("document.getElementById('subtitle').textContent").starts_with(&format!("{seen} revisions · "))
    );

    // States.
    let applied = project.run_on(&database.url(), &["history", "-i", "--format", "json"]).json();
    let applied = applied["revisions"].as_array().unwrap().iter().filter(|one| one["applied"] == json!(true)).count();
    assert_eq!(browser.eval("document.querySelectorAll('#sheet .dot.applied').length"), applied);
    assert_eq!(browser.eval("document.querySelectorAll('#sheet .dot.pending').length"), seen - applied);

    // A click shows the SQL, whichever revision it is.
    for id in [&live[0], &live[live.len() / 2], &live[live.len() - 1]] {
        browser.click(&format!(".row[data-id='{id}'] .id"));
        let text = std::fs::read_to_string(project.path().join(format!("revisions/{id}.sql"))).unwrap();
        assert_eq!(browser.text("document.getElementById('sql').textContent"), text.trim_end());
        assert_eq!(browser.text("location.hash"), format!("#{id}"));
        assert_eq!(browser.eval("document.querySelectorAll('.row.chosen').length"), 1);
    }
    // Its parent is a link.
    let parent = browser.text("document.querySelector('#facts a').textContent");
    browser.click("#facts a");
    browser.until(&format!(
        "location.hash === '#{parent}' && document.querySelector('.row.chosen').dataset.id === '{parent}'"
    ));
    browser.click("#close");
    assert_eq!(browser.eval("document.getElementById('panel').hidden && location.hash === ''"), true);

    // Searching: ids, messages and SQL, of what is archived too.
    browser.press("/");
    browser.type_text(&live[1]);
    browser.press("Enter");
    assert_eq!(browser.text("document.querySelector('.row.chosen').dataset.id"), live[1]);
    assert!(browser.text("document.getElementById('found').textContent").starts_with("1 of "));
    browser.press("Escape");
    browser.click("#search");
    browser.type_text("what is kept of");
    let found = browser.text("document.getElementById('found').textContent");
    let tables = files_with(example, "What is kept of");
    assert_eq!(found, format!("{tables} found"));
    browser.press("Escape");
    browser.press("Escape");
    browser.until("document.getElementById('found').textContent === '' && !document.querySelector('.missed')");

    // Zooming and panning.
    browser.click("#in");
    assert_eq!(browser.text("document.getElementById('reset').textContent"), "125%");
    let middle = browser.middle("#view");
    browser.wheel(middle, -300.0, true);
    browser.until("document.getElementById('reset').textContent === '300%'");
    browser.eval("document.getElementById('view').scrollTo(0, 0)");
    browser.drag((900.0, 250.0), (860.0, 170.0));
    let panned = browser.eval(
        "(() => { const view = document.getElementById('view');
                  return [view.scrollLeft, Math.min(40, view.scrollWidth - view.clientWidth),
                          view.scrollTop, Math.min(80, view.scrollHeight - view.clientHeight)]; })()",
    );
    assert_eq!((&panned[0], &panned[2]), (&panned[1], &panned[3]));
    assert_eq!(browser.eval("document.getElementById('panel').hidden"), true, "that was no click");
    browser.press("0");
    assert_eq!(browser.text("document.getElementById('reset').textContent"), "100%");
    browser.press("f");
    assert_eq!(browser.eval("(() => { const view = document.getElementById('view'); return view.scrollHeight <= view.clientHeight + 1 || document.getElementById('reset').textContent === '10%'; })()"), true);
    browser.press("0");

    // A baseline opens to what it stands for, and closes again.
    browser.click(&format!("button[data-opens='{BASELINE}']"));
    assert_eq!(browser.eval(rows), seen + replaced);
    browser.click(&format!(".row[data-id='{}'] .id", archived[0]));
    assert!(browser.text("document.getElementById('sql').textContent").contains("CREATE TABLE"));
    assert_eq!(browser.text("document.querySelector('#facts a[href=\"#5ba5e11ae000\"]').textContent"), BASELINE);
    browser.press("ArrowLeft");
    assert_eq!(browser.text("document.querySelector('.row.chosen').dataset.id"), BASELINE);
    browser.press("ArrowLeft");
    assert_eq!(browser.eval(rows), seen);
    browser.press("Home");
    browser.press("ArrowDown");
    assert_eq!(browser.eval("document.activeElement === document.querySelectorAll('.row')[1]"), true);

    browser.press("Escape");
    browser.press("Enter");
    assert_eq!(
        browser.eval("document.querySelectorAll('.row')[1].matches('.chosen')"),
        true,
        "the row that has the focus"
    );

    // What is linked to is shown, also within a baseline.
    browser.open(&file, "?again");
    browser.open(&file, &format!("#{}", archived[1]));
    assert_eq!(browser.text("document.querySelector('.row.chosen').dataset.id"), archived[1]);
    browser.assert_quiet();
}

/// How many revisions' texts have that in them, of what is archived too.
fn files_with(example: &Example, text: &str) -> usize {
    let folders = [format!("archive/{BASELINE}"), "revisions".to_owned()];
    let files = folders.iter().flat_map(|folder| std::fs::read_dir(example.project.path().join(folder)).unwrap());
    files.filter(|file| std::fs::read_to_string(file.as_ref().unwrap().path()).unwrap().contains(text)).count()
}
