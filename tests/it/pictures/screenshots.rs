//! The pictures in `docs/src/pictures`: made anew by
//! `cargo test --test it pictures::screenshots -- --ignored --nocapture`, which also tells how long a page takes.

use std::path::{Path, PathBuf};

use super::example::{BASELINE, Example};
use crate::harness::{Browser, Project};

fn folder() -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/src/pictures");
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

#[test]
#[ignore = "writes into the repository"]
fn make_them() {
    for (seen, archived) in [(5, 3), (50, 12), (500, 60)] {
        let example = Example::new(seen, archived);
        example.upgrade(if seen == 5 { 5 } else { 8 });
        if seen > 5 {
            // A colleague's revision, which this checkout lacks; and one that was edited after it ran.
            let (project, database) = (&example.project, &example.database);
            let tip = &example.live[example.live.len() * 8 / 10];
            project.revision(
                "0dd0c0ffee11",
                &format!("message: try another price list\nparents: {tip}"),
                super::SECTIONS,
            );
            project.ok(&database.url(), &["upgrade", "0dd0c0ffee11"]);
            std::fs::remove_file(project.path().join("revisions/0dd0c0ffee11.sql")).unwrap();
        }
        example.project.ok(&example.database.url(), &["graph", "-i", "-o", "shop.html"]);
        let page = example.project.path().join("shop.html");
        let mut browser = Browser::start();
        browser.prefer("light");
        browser.resize(1200, 720);
        measure(&mut browser, &page, &example, seen);
        browser.open(&page, "");
        browser.eval("document.getElementById('title').textContent = 'shop'; document.getElementById('subtitle').textContent = document.getElementById('subtitle').textContent.replace(/ · .*/, ' · postgres://app@db.example/shop')");
        if seen == 5 {
            browser.resize(1200, 260);
        }
        if seen == 500 {
            // Where what is in effect ends.
            browser.eval("document.querySelector('[data-id=\"0dd0c0ffee11\"]').scrollIntoView({ block: 'center' })");
        }
        browser.screenshot(&folder().join(format!("page-{seen}.png")));
        if seen == 50 {
            let chosen = &example.live[example.live.len() * 6 / 10];
            browser.click(&format!(".row[data-id='{chosen}'] .id"));
            browser.screenshot(&folder().join("page-50-revision.png"));
            browser.click("#close");
            browser.click(&format!("button[data-opens='{BASELINE}']"));
            browser.prefer("dark");
            browser.screenshot(&folder().join("page-50-baseline-dark.png"));
        }
        example.project.ok(&example.database.url(), &["graph", "-i", "-o", "shop.svg"]);
        browser.prefer("light");
        browser.open(&example.project.path().join("shop.svg"), "");
        browser.screenshot(&std::env::temp_dir().join(format!("svg-{seen}.png")));
    }
}

#[test]
#[ignore = "writes into the repository"]
fn make_that_of_this_repository() {
    let project = Project::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).to_str().unwrap();
    let file = folder().join("history.svg");
    let said = project.run(&["-C", root, "graph", "-o", file.to_str().unwrap()]);
    assert_eq!(said.code, 0, "{said}");
    let mut browser = Browser::start();
    for scheme in ["light", "dark"] {
        browser.prefer(scheme);
        browser.open(&file, "");
        browser.screenshot(&std::env::temp_dir().join(format!("history-{scheme}.png")));
    }
}

/// Tells how long it takes until a page is there, and until a click is answered: medians of nine.
fn measure(browser: &mut Browser, page: &Path, example: &Example, seen: usize) {
    let (mut loads, mut clicks) = (Vec::new(), Vec::new());
    for round in 0..9 {
        browser.open(page, &format!("?{round}"));
        loads.push(browser.eval("performance.getEntriesByType('navigation')[0].loadEventEnd").as_f64().unwrap());
        let id = &example.live[example.live.len() / 2];
        let (x, y) = browser.middle(&format!(".row[data-id='{id}'] .id"));
        browser.eval(
            "addEventListener('click', (event) => requestAnimationFrame(() => setTimeout(() => {
                 window.answered = performance.now() - event.timeStamp; })), { capture: true, once: true })",
        );
        browser.click_at(x, y);
        browser.until("window.answered !== undefined");
        clicks.push(browser.eval("window.answered").as_f64().unwrap());
    }
    let bytes = std::fs::metadata(page).unwrap().len();
    eprintln!(
        "{seen} revisions, {bytes} bytes: loaded after {:.0} ms, click answered after {:.0} ms",
        median(loads),
        median(clicks)
    );
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
