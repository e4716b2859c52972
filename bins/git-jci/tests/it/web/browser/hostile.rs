//! An artifact that wants more than it may have.

use jci_testkit::{Environment, Formats, PlumbedRun, TestRepo};
use serde_json::Value;

use crate::web::server::Server;
use jci_testkit::browser::Page;

/// Tries everything, and writes down each thing that it managed.
const ATTACK: &str = r#"<!doctype html><title>attack</title><body><script>
const base = new URL("/", location.href).href;
const raw = location.href.replace(/[^/]*(\/raw)?$/, "secret.txt$1");
const attempts = {
  async api() { return (await fetch(base + "api/repository")).text(); },
  async apiWithCookies() { return (await fetch(base + "api/commits", { credentials: "include" })).text(); },
  async page() { return (await fetch(base)).text(); },
  async artifact() { return (await fetch(raw)).text(); },
  async itself() { return (await fetch(location.href)).text(); },
  async request() {
    return new Promise((done, fail) => {
      const request = new XMLHttpRequest();
      request.open("GET", base + "api/branches");
      request.onload = () => done(request.responseText);
      request.onerror = () => fail(new Error("no"));
      request.send();
    });
  },
  async events() {
    return new Promise((done, fail) => {
      const source = new EventSource(base + "api/events");
      source.onopen = () => done("open");
      source.onerror = () => { source.close(); fail(new Error("no")); };
    });
  },
  async module() { return Object.keys(await import(base + "assets/api.js")).join(); },
  async script() {
    return new Promise((done, fail) => {
      const script = document.createElement("script");
      script.src = base + "api/repository";
      script.onload = () => done("loaded");
      script.onerror = () => fail(new Error("no"));
      document.head.append(script);
    });
  },
  async style() {
    return new Promise((done, fail) => {
      const link = document.createElement("link");
      link.rel = "stylesheet";
      link.href = base + "api/repository";
      link.onload = () => done("loaded");
      link.onerror = () => fail(new Error("no"));
      document.head.append(link);
    });
  },
  async canvas() {
    const picture = new Image();
    picture.src = base + "assets/icon.svg";
    await picture.decode();
    const context = document.createElement("canvas").getContext("2d");
    context.drawImage(picture, 0, 0);
    return String(context.getImageData(0, 0, 1, 1).data);
  },
  async frame() {
    return new Promise((done, fail) => {
      const frame = document.createElement("iframe");
      frame.src = base;
      frame.onload = () => { try { done(frame.contentDocument.body.innerHTML || fail(new Error("empty"))); } catch (error) { fail(error); } };
      frame.onerror = () => fail(new Error("no"));
      document.body.append(frame);
    });
  },
  async readCookies() { return "cookies: " + document.cookie; },
  async writeCookie() { document.cookie = "a=b"; return "written"; },
  async localStorage() { localStorage.setItem("a", "b"); return localStorage.getItem("a"); },
  async sessionStorage() { sessionStorage.setItem("a", "b"); return "written"; },
  async database() { return new Promise((done, fail) => { const open = indexedDB.open("a"); open.onsuccess = () => done("open"); open.onerror = () => fail(open.error); }); },
  async caches() { return String(await caches.keys()); },
  async worker() { return String(await navigator.serviceWorker.register(raw)); },
  async parentDocument() { if (parent === self) throw new Error("alone"); return parent.document.title; },
  async parentStorage() { if (parent === self) throw new Error("alone"); return String(parent.localStorage); },
  async topAddress() { if (top === self) throw new Error("alone"); return top.location.href; },
  async topNavigation() { if (top === self) throw new Error("alone"); top.location = "about:blank#taken"; return "navigated"; },
  async topReplace() { if (top === self) throw new Error("alone"); top.location.replace("about:blank#taken"); return "navigated"; },
  async opener() { return opener.document.title; },
  async popup() { const opened = open(base); if (!opened) throw new Error("no"); return "opened"; },
  async origin() { if (self.origin === "null") throw new Error("opaque"); return self.origin; },
};
(async () => {
  const managed = {};
  const within = (promise) => Promise.race([promise, new Promise((_, fail) => setTimeout(() => fail(new Error("late")), 5000))]);
  await Promise.all(Object.entries(attempts).map(async ([name, attempt]) => {
    try { managed[name] = String(await within(attempt())).slice(0, 80); } catch (error) { managed[name] = null; }
  }));
  const out = document.createElement("pre");
  out.id = "managed";
  out.textContent = JSON.stringify(managed);
  document.body.append(out);
})();
</script>"#;

struct Attacked {
    site: Server,
    page: String,
    raw: String,
    _repo: TestRepo,
}

impl Attacked {
    fn new() -> Self {
        let repo = TestRepo::in_environment(Environment::in_memory(), Formats::Git2);
        let commit = repo.commit("hostile");
        let run = PlumbedRun::new("1767326645-00cc", "ok")
            .log("\u{1b}]8;;javascript:alert(1)\u{7}a link\u{1b}]8;;\u{7}\n<b>no markup</b>\n")
            .file("attack.html", ATTACK)
            .file("secret.txt", "the secret of another file\n")
            .file("attack.svg", format!("<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'><script>{SVG}</script></svg>"))
            .file("<img src=x onerror=alert(1)>.txt", "a name\n")
            .file("attack.md", MARKDOWN);
        repo.plumb_run(&commit, &run);
        let site = Server::start(&repo);
        let at = format!("{commit}/1767326645-00cc");
        let page = format!("/commit/{at}/file/attack.html");
        Self { site, page, raw: format!("/jci/{at}/attack.html/raw"), _repo: repo }
    }

    fn file(&self, name: &str) -> String {
        self.page.replace("attack.html", name)
    }
}

const SVG: &str = "try { top.document.title = 'taken' } catch {} document.title = 'taken';";

const MARKDOWN: &str = "<img src=x onerror=\"top.document.title='taken'\">\n\n\
    [link](javascript:top.document.title='taken')\n\n\
    <script>top.document.title='taken'</script>\n<iframe src=\"/\"></iframe>\n\nthe end\n";

#[track_caller]
fn assert_nothing_managed(page: &Page) {
    page.until_there("#managed");
    let told = page.text_of("document.querySelector('#managed').textContent");
    let managed: Value = serde_json::from_str(&told).unwrap();
    let managed = managed.as_object().unwrap();
    assert!(managed.len() >= 25, "{managed:?}");
    let taken: Vec<_> = managed.iter().filter(|(_, value)| !value.is_null()).collect();
    assert!(taken.is_empty(), "managed {taken:?}");
}

#[test]
fn a_hostile_page_in_its_frame_gets_nothing() {
    let attacked = Attacked::new();
    let page = Page::hostile(&attacked.site.url(), &attacked.page);
    page.enter_frame();
    assert_nothing_managed(&page);
    page.leave_frame();
    assert_eq!(page.path(), attacked.page);
    assert_eq!(page.value("document.cookie + localStorage.getItem('a')"), "null");
}

#[test]
fn a_hostile_page_that_is_opened_raw_gets_nothing() {
    let attacked = Attacked::new();
    let page = Page::hostile(&attacked.site.url(), &attacked.raw);
    assert_nothing_managed(&page);
    page.goto("/");
    page.until_there(".commit");
    assert_eq!(page.value("document.cookie + localStorage.getItem('a')"), "null");
}

#[test]
fn hostile_pictures_texts_and_names_stay_what_they_are() {
    let attacked = Attacked::new();
    let page = Page::hostile(&attacked.site.url(), &attacked.file("attack.svg"));
    page.until("document.querySelector('.picture img')?.naturalWidth === 9");
    assert!(!page.text_of("document.title").contains("taken"));
    page.goto(&attacked.file("attack.md"));
    page.enter_frame();
    page.until_text("body", "the end");
    assert_eq!(
        page.number(
            "document.querySelectorAll('script, iframe, [onerror], a[href^=javascript]').length"
        ),
        0.0
    );
    page.leave_frame();
    assert!(!page.text_of("document.title").contains("taken"));
    assert_eq!(page.number("document.querySelectorAll('#panels img').length"), 0.0);
    page.click("a.file[href*=onerror]");
    page.until_text(".lines", "a name");
    page.click("a.file[href$=\"/log\"]");
    page.until_text(".lines", "<b>no markup</b>");
    assert_eq!(page.number("document.querySelectorAll('.lines b, .lines .text a').length"), 0.0);
}
