//! A real browser, driven by the DevTools protocol over a pipe: <https://chromedevtools.github.io/devtools-protocol/>.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

use super::until;

/// A headless Chromium with one page; it ends with the value.
pub struct Browser {
    process: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
    session: String,
    number: u64,
    /// What the page has told by itself, in order.
    events: Vec<Value>,
    _profile: TempDir,
}

/// What packages call the program.
const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/// Where a page's window ends, in pixels.
const WINDOW: (u32, u32) = (1280, 800);

impl Browser {
    pub fn start() -> Browser {
        let profile = tempfile::Builder::new().prefix("revgraph-browser-").tempdir().expect("a temporary folder");
        // The shell moves its standard input and output to where the browser has its pipe. The sandbox needs rights that
        // neither root nor a container has; the pages are this project's own.
        let mut process = Command::new("sh")
            .arg("-c")
            .arg("exec \"$0\" \"$@\" 3<&0 4>&1 </dev/null >/dev/null")
            .arg(program())
            .args(["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars"])
            .args(["--no-first-run", "--disable-extensions", "--disable-background-networking", "--mute-audio"])
            .arg(format!("--window-size={},{}", WINDOW.0, WINDOW.1))
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .args(["--remote-debugging-pipe", "about:blank"])
            .env("HOME", profile.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .expect("the browser can be run");
        let to = process.stdin.take().expect("stdin is piped");
        let from = BufReader::new(process.stdout.take().expect("stdout is piped"));
        let (session, events) = (String::new(), Vec::new());
        let mut browser = Browser { process, to, from, session, number: 0, events, _profile: profile };
        let page = browser.call("Target.createTarget", json!({ "url": "about:blank" }));
        let attach = json!({ "targetId": page["targetId"], "flatten": true });
        let session = browser.call("Target.attachToTarget", attach);
        browser.session = session["sessionId"].as_str().expect("a session").to_owned();
        for domain in ["Page", "Runtime", "Log", "Network"] {
            browser.call(&format!("{domain}.enable"), json!({}));
        }
        browser.call("Page.setLifecycleEventsEnabled", json!({ "enabled": true }));
        browser.resize(WINDOW.0, WINDOW.1);
        browser
    }

    /// Gives the page a window of so many pixels.
    pub fn resize(&mut self, width: u32, height: u32) {
        let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.call("Emulation.setDeviceMetricsOverride", size);
    }

    /// Opens a file and waits until it has loaded. It must be another one than is open, not only another place in it.
    pub fn open(&mut self, file: &Path, fragment: &str) {
        let url = format!("file://{}{fragment}", file.display());
        let loading = self.call("Page.navigate", json!({ "url": url }));
        let is_loaded = |event: &Value| {
            let told = &event["params"];
            event["method"] == "Page.lifecycleEvent"
                && told["name"] == "load"
                && told["loaderId"] == loading["loaderId"]
        };
        while !self.events.iter().any(is_loaded) {
            let event = self.read();
            self.events.push(event);
        }
    }

    /// The value of an expression; a promise's when it is kept.
    pub fn eval(&mut self, expression: &str) -> Value {
        let asked = json!({ "expression": expression, "returnByValue": true, "awaitPromise": true });
        let answer = self.call("Runtime.evaluate", asked);
        assert!(answer.get("exceptionDetails").is_none(), "{expression}: {answer}");
        answer["result"]["value"].clone()
    }

    /// The same as a text.
    pub fn text(&mut self, expression: &str) -> String {
        let value = self.eval(expression);
        value.as_str().unwrap_or_else(|| panic!("{expression} is {value}")).to_owned()
    }

    /// Comes back when an expression is true.
    pub fn until(&mut self, expression: &str) {
        until(expression, || (self.eval(expression) == json!(true)).then_some(()));
    }

    /// Clicks the middle of what a selector finds, as a mouse does. It must be where a mouse could hit it.
    pub fn click(&mut self, selector: &str) {
        let (x, y) = self.middle(selector);
        self.click_at(x, y);
    }

    /// Where the middle of an element is, after it was scrolled to.
    pub fn middle(&mut self, selector: &str) -> (f64, f64) {
        let quoted = json!(selector);
        let found = self.eval(&format!(
            "(() => {{ const element = document.querySelector({quoted}); if (!element) return 'nothing';
               element.scrollIntoView({{ block: 'nearest', inline: 'nearest' }});
               const box = element.getBoundingClientRect();
               const [x, y] = [box.left + Math.min(box.width, innerWidth - box.left) / 2, box.top + box.height / 2];
               const hit = document.elementFromPoint(x, y);
               return element.contains(hit) ? [x, y] : 'covered by ' + (hit && hit.outerHTML); }})()"
        ));
        match (found[0].as_f64(), found[1].as_f64()) {
            (Some(x), Some(y)) => (x, y),
            _ => panic!("{selector} can't be clicked: {found}"),
        }
    }

    pub fn click_at(&mut self, x: f64, y: f64) {
        for kind in ["mouseMoved", "mousePressed", "mouseReleased"] {
            let pressed = u8::from(kind == "mousePressed");
            let event = json!({ "type": kind, "x": x, "y": y, "button": if kind == "mouseMoved" { "none" } else { "left" },
                "buttons": pressed, "clickCount": 1 });
            self.call("Input.dispatchMouseEvent", event);
        }
    }

    /// Turns the wheel, with Ctrl held or not.
    pub fn wheel(&mut self, (x, y): (f64, f64), delta: f64, with_ctrl: bool) {
        let event = json!({ "type": "mouseWheel", "x": x, "y": y, "deltaX": 0, "deltaY": delta,
            "modifiers": if with_ctrl { 2 } else { 0 } });
        self.call("Input.dispatchMouseEvent", event);
    }

    /// Presses the mouse at one place and lets it go at another.
    pub fn drag(&mut self, from: (f64, f64), to: (f64, f64)) {
        let places =
            [("mouseMoved", from, 0), ("mousePressed", from, 1), ("mouseMoved", to, 1), ("mouseReleased", to, 0)];
        for (kind, (x, y), buttons) in places {
            let event = json!({ "type": kind, "x": x, "y": y, "button": "left", "buttons": buttons, "clickCount": 1 });
            self.call("Input.dispatchMouseEvent", event);
        }
    }

    /// Types a text into whatever has the focus.
    pub fn type_text(&mut self, text: &str) {
        self.call("Input.insertText", json!({ "text": text }));
    }

    /// Presses a key by its name: `Enter`, `Escape`, `/`.
    pub fn press(&mut self, key: &str) {
        let text = if key.chars().count() == 1 {
            key
        } else if key == "Enter" {
            "\r"
        } else {
            ""
        };
        let down = if text.is_empty() { "rawKeyDown" } else { "keyDown" };
        self.call("Input.dispatchKeyEvent", json!({ "type": down, "key": key, "text": text }));
        self.call("Input.dispatchKeyEvent", json!({ "type": "keyUp", "key": key }));
    }

    /// Shows the page as somebody who likes it dark sees it, or light.
    pub fn prefer(&mut self, scheme: &str) {
        let features = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
        self.call("Emulation.setEmulatedMedia", features);
    }

    /// What is seen, as a PNG in a file.
    pub fn screenshot(&mut self, file: &Path) {
        use base64::Engine;
        let shot = self.call("Page.captureScreenshot", json!({ "format": "png", "optimizeForSpeed": false }));
        let encoded = shot["data"].as_str().expect("a picture");
        let png = base64::engine::general_purpose::STANDARD.decode(encoded).expect("base64");
        fs::write(file, png).expect("a file can be written");
    }

    /// Fails if the page complained, or asked for anything but the file itself.
    pub fn assert_quiet(&mut self) {
        // Whatever was under way is told before the answer to this.
        self.eval("new Promise((done) => requestAnimationFrame(() => setTimeout(done)))");
        let complaints: Vec<String> = self.events.iter().filter_map(complaint).collect();
        assert!(complaints.is_empty(), "the page complained:\n{}", complaints.join("\n"));
    }

    /// Sends a command and waits for its answer.
    pub fn call(&mut self, method: &str, parameters: Value) -> Value {
        self.number += 1;
        let mut message = json!({ "id": self.number, "method": method, "params": parameters });
        if !self.session.is_empty() {
            message["sessionId"] = json!(self.session);
        }
        let mut bytes = message.to_string().into_bytes();
        bytes.push(0);
        self.to.write_all(&bytes).expect("the browser listens");
        loop {
            let answer = self.read();
            if answer["id"] == json!(self.number) {
                assert!(answer.get("error").is_none(), "{method}: {answer}");
                return answer["result"].clone();
            }
            self.events.push(answer);
        }
    }

    fn read(&mut self) -> Value {
        let mut bytes = Vec::new();
        self.from.read_until(0, &mut bytes).expect("the browser can be read");
        assert_eq!(bytes.pop(), Some(0), "the browser has ended");
        serde_json::from_slice(&bytes).expect("JSON")
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // With the browser itself, all of its processes end.
        let _ = self.to.write_all(b"{\"id\":0,\"method\":\"Browser.close\"}\0");
        let mut rest = Vec::new();
        while self.from.read_until(0, &mut rest).is_ok_and(|length| length > 0) {
            rest.clear();
        }
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// What an event has to complain of: an error, a warning, or a request that goes out.
fn complaint(event: &Value) -> Option<String> {
    let what = &event["params"];
    let is_bad = match event["method"].as_str()? {
        "Runtime.exceptionThrown" => true,
        "Runtime.consoleAPICalled" => matches!(what["type"].as_str(), Some("error" | "warning" | "assert")),
        "Log.entryAdded" => matches!(what["entry"]["level"].as_str(), Some("error" | "warning")),
        "Network.requestWillBeSent" => {
            let url = what["request"]["url"].as_str().unwrap_or_default();
            let is_the_file = url.starts_with("file://") && what["type"] == "Document";
            !is_the_file && !url.starts_with("data:")
        }
        _ => false,
    };
    is_bad.then(|| event.to_string())
}

/// The program; it must be there, so that these tests are never passed over: `tests/run` installs it.
fn program() -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut found = std::env::split_paths(&path).flat_map(|folder| NAMES.map(|name| folder.join(name)));
    found.find(|file| fs::metadata(file).is_ok()).expect("no Chromium found: install the package of that name")
}
