//! A tab of the browser with a page in it, as a test uses it.

use std::fs;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use fantoccini::Locator;
use fantoccini::wd::WindowHandle;
use serde_json::{Value, json};

use super::Chromium;
use crate::programs::target_folder;

/// How long anything may take that a test waits for, on a machine that is busy with other tests.
const DEADLINE: Duration = Duration::from_secs(20);

/// A tab of its own; the tests take turns.
pub struct Page {
    // Dropped in this order: the browser may end with the turn.
    chromium: Arc<Chromium>,
    base: String,
    first: WindowHandle,
    is_hostile: bool,
    _turn: MutexGuard<'static, ()>,
}

impl Page {
    /// Opens a tab and in it a path of the site at an address.
    ///
    /// # Panics
    /// If there is no Chromium or no driver for it, by name.
    #[must_use]
    pub fn open(site: &str, path: &str) -> Self {
        static TURN: Mutex<()> = Mutex::new(());
        // Taken before the turn: so the browser stays from one test to the next.
        let chromium = Chromium::shared();
        let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        let client = chromium.client();
        let first = chromium.wait(client.window()).unwrap();
        let tab = chromium.wait(client.new_window(true)).unwrap().handle;
        chromium.wait(client.switch_to_window(tab)).unwrap();
        let _ = chromium.complaints();
        let page = Self {
            chromium,
            base: site.trim_end_matches('/').to_owned(),
            first,
            is_hostile: false,
            _turn: turn,
        };
        page.devtools("Page.bringToFront", &json!({}));
        page.resize(1440, 900);
        page.goto(path);
        page
    }

    /// Opens a tab in which the browser has reason to complain.
    #[must_use]
    pub fn hostile(site: &str, path: &str) -> Self {
        let mut page = Self::open(site, path);
        page.is_hostile = true;
        page
    }

    /// Goes to another path of the site.
    pub fn goto(&self, path: &str) {
        let url = format!("{}{path}", self.base);
        self.chromium.wait(self.chromium.client().goto(&url)).unwrap();
    }

    /// Loads the page again.
    pub fn reload(&self) {
        self.chromium.wait(self.chromium.client().refresh()).unwrap();
    }

    /// Goes back, as by the button.
    pub fn back(&self) {
        self.chromium.wait(self.chromium.client().back()).unwrap();
    }

    /// Goes forward, as by the button.
    pub fn forward(&self) {
        self.chromium.wait(self.chromium.client().forward()).unwrap();
    }

    /// The path, the query and the fragment of where the tab is.
    pub fn path(&self) -> String {
        self.text_of("location.pathname + location.search + location.hash")
    }

    /// Sends a command of the browser's own protocol.
    pub fn devtools(&self, command: &str, parameters: &Value) -> Value {
        self.chromium.devtools(command, parameters)
    }

    /// Gives the page another size.
    pub fn resize(&self, width: u32, height: u32) {
        let size =
            json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.devtools("Emulation.setDeviceMetricsOverride", &size);
    }

    /// Shows the page as to somebody with these preferences, or on paper.
    pub fn prefer(&self, medium: &str, scheme: &str) {
        let features = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
        self.devtools(
            "Emulation.setEmulatedMedia",
            &json!({ "media": medium, "features": features }),
        );
    }

    /// Gives the value of an expression in the page.
    pub fn value(&self, expression: &str) -> Value {
        let script = format!("return ({expression});");
        let call = self.chromium.client().execute(&script, Vec::new());
        self.chromium.wait(call).unwrap_or_else(|error| panic!("{expression}: {error}"))
    }

    /// Runs statements in the page.
    pub fn run(&self, script: &str) {
        let call = self.chromium.client().execute(script, Vec::new());
        self.chromium.wait(call).unwrap_or_else(|error| panic!("{script}: {error}"));
    }

    /// Gives what a promise in the page comes to.
    pub fn promised(&self, expression: &str) -> Value {
        let script = format!(
            "const done = arguments[arguments.length - 1]; \
             Promise.resolve({expression}).then(done, (error) => done(String(error)));"
        );
        let call = self.chromium.client().execute_async(&script, Vec::new());
        self.chromium.wait(call).unwrap_or_else(|error| panic!("{expression}: {error}"))
    }

    /// Gives the value of an expression that is a text.
    pub fn text_of(&self, expression: &str) -> String {
        self.value(expression).as_str().unwrap_or_default().to_owned()
    }

    /// Gives the value of an expression that is a number.
    pub fn number(&self, expression: &str) -> f64 {
        self.value(expression).as_f64().unwrap_or(f64::NAN)
    }

    /// Waits until an expression holds.
    #[track_caller]
    pub fn until(&self, expression: &str) {
        self.until_by(expression, DEADLINE);
    }

    #[track_caller]
    fn until_by(&self, expression: &str, at_most: Duration) {
        let begun = Instant::now();
        loop {
            // While a page makes way for another there is nothing to ask.
            let script = format!("return Boolean({expression});");
            let call = self.chromium.client().execute(&script, Vec::new());
            if self.chromium.wait(call).is_ok_and(|value| value == json!(true)) {
                return;
            }
            if begun.elapsed() > at_most {
                self.picture("failed");
                panic!("never: {expression}\nat {}\n{}", self.path(), self.shown());
            }
            std::thread::sleep(Duration::from_millis(15));
        }
    }

    /// Waits until there is an element and its text holds `text`.
    #[track_caller]
    pub fn until_text(&self, selector: &str, text: &str) {
        let text = json!(text);
        self.until(&format!("document.querySelector('{selector}')?.innerText.includes({text})"));
    }

    /// Waits until there is an element.
    #[track_caller]
    pub fn until_there(&self, selector: &str) {
        self.until(&format!("document.querySelector('{selector}')"));
    }

    /// Waits until there is no such element.
    #[track_caller]
    pub fn until_gone(&self, selector: &str) {
        self.until(&format!("!document.querySelector('{selector}')"));
    }

    /// Waits until the address is this one.
    #[track_caller]
    pub fn until_at(&self, path: &str) {
        let path = json!(path);
        self.until(&format!("location.pathname + location.search + location.hash === {path}"));
    }

    /// The text of an element, as one sees it.
    #[track_caller]
    pub fn text(&self, selector: &str) -> String {
        self.until_there(selector);
        self.text_of(&format!("document.querySelector('{selector}').innerText"))
    }

    /// The texts of all elements of a kind.
    pub fn texts(&self, selector: &str) -> Vec<String> {
        let found = self.value(&format!(
            "[...document.querySelectorAll('{selector}')].map((e) => e.innerText)"
        ));
        found.as_array().unwrap().iter().map(|text| text.as_str().unwrap().to_owned()).collect()
    }

    /// Clicks as a hand does: what is hidden or covered cannot be clicked.
    #[track_caller]
    pub fn click(&self, selector: &str) {
        self.until_there(selector);
        let click = async {
            let element = self.chromium.client().find(Locator::Css(selector)).await?;
            element.click().await
        };
        // A row may be made anew between being found and being clicked.
        let mut clicked = self.chromium.wait(click);
        if clicked.is_err() {
            let again = async {
                let element = self.chromium.client().find(Locator::Css(selector)).await?;
                element.click().await
            };
            clicked = self.chromium.wait(again);
        }
        clicked.unwrap_or_else(|error| panic!("{selector}: {error}\n{}", self.shown()));
    }

    /// Types into whatever has the focus.
    pub fn keys(&self, keys: &str) {
        let typed = async {
            let element = self.chromium.client().active_element().await?;
            element.send_keys(keys).await
        };
        self.chromium.wait(typed).unwrap();
    }

    /// Goes into the only frame that is shown; what is asked then is asked there.
    #[track_caller]
    pub fn enter_frame(&self) {
        self.until_there("iframe");
        let entered = async {
            let frame = self.chromium.client().find(Locator::Css("iframe")).await?;
            frame.enter_frame().await
        };
        self.chromium.wait(entered).unwrap();
    }

    /// Comes back out of the frame.
    pub fn leave_frame(&self) {
        self.chromium.wait(self.chromium.client().enter_parent_frame()).unwrap();
    }

    /// Writes what is seen to `target/screenshots`, for people to look at.
    pub fn picture(&self, name: &str) {
        let taken = self.devtools("Page.captureScreenshot", &json!({ "format": "png" }));
        let bytes = STANDARD.decode(taken["data"].as_str().unwrap()).unwrap();
        let folder = target_folder().join("screenshots");
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join(format!("{name}.png")), bytes).unwrap();
    }

    fn shown(&self) -> String {
        let text = self.text_of("document.body.innerText");
        format!("{text}\n{:?}", self.chromium.complaints())
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        let complaints = self.chromium.complaints();
        let client = self.chromium.client();
        let _ = self.chromium.wait(client.close_window());
        let _ = self.chromium.wait(client.switch_to_window(self.first.clone()));
        // An answer that is an error is told of, too, and often wanted. These never are.
        let wrong = |text: &String| text.contains("Content Security") || text.contains("Uncaught");
        let wrong: Vec<_> = complaints.into_iter().filter(wrong).collect();
        let may_be = self.is_hostile || std::thread::panicking();
        assert!(wrong.is_empty() || may_be, "the browser said {wrong:#?}");
    }
}
