//! Reports of tests, read from JUnit's XML.
//!
//! There is no schema that all tools keep to. Read is what they have in common: suites with cases,
//! and in a case what tells that it failed or was skipped.

use std::borrow::Cow;

use jci_proto::{JunitReport, JunitSuite, TestCase, TestOutcome};
use quick_xml::XmlVersion;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::reader::Reader;

use super::cut::cut;
use super::{ViewError, Views};

/// A file that is larger is shown as text.
const LARGEST: u64 = 16 << 20;
/// So many tests are listed; the others are counted.
const MOST_CASES: usize = 20_000;
/// So many bytes of what a test said are kept.
const LONGEST_DETAILS: usize = 16 * 1024;
/// So many bytes all tests together may have said.
const MOST_TEXT: usize = 8 << 20;

impl Views {
    /// Reads a report of tests.
    pub(crate) fn junit(
        &self,
        commit: &str,
        run: &str,
        path: &[u8],
    ) -> Result<JunitReport, ViewError> {
        let text = self.small_text(commit, run, path, LARGEST, EXPECTED)?;
        parse(&text).map_err(|why| ViewError::NotThat {
            path: String::from_utf8_lossy(path).into_owned(),
            expected: EXPECTED,
            why,
        })
    }
}

const EXPECTED: &str = "JUnit report";

/// Reads a report; the error says why the text is none.
fn parse(text: &str) -> Result<JunitReport, String> {
    let mut reader = Reader::from_str(text);
    let mut report = Builder::default();
    loop {
        match reader.read_event().map_err(|error| error.to_string())? {
            Event::Start(tag) => report.open(&tag)?,
            Event::Empty(tag) => {
                report.open(&tag)?;
                report.close(tag.local_name().as_ref());
            }
            Event::End(tag) => report.close(tag.local_name().as_ref()),
            Event::Text(text) => report.text(&text.xml10_content()),
            Event::CData(text) => report.text(&text.xml10_content()),
            Event::GeneralRef(name) => report.text(&resolved(&name)),
            Event::Eof => return report.finish(),
            // Entities that a report declares stay as they stand: they could grow without end.
            Event::DocType(_) | Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
        }
    }
}

/// Reads `&lt;` and `&#60;`; any other name stays as it stands.
fn resolved(name: &BytesRef<'_>) -> String {
    let character = name.resolve_char_ref().ok().flatten().map(String::from);
    let known = || resolve_predefined_entity(name).map(ToOwned::to_owned);
    character.or_else(known).unwrap_or_else(|| format!("&{};", &**name))
}

fn attribute(tag: &BytesStart<'_>, name: &str) -> Option<String> {
    let attribute = tag.try_get_attribute(name).ok().flatten()?;
    let value = attribute.normalized_value(XmlVersion::Implicit1_0);
    Some(value.map_or_else(|_| attribute.value.to_string(), Cow::into_owned))
}

/// Reads a number of seconds; some tools write `1,234.5`.
fn seconds(tag: &BytesStart<'_>) -> Option<f64> {
    let text = attribute(tag, "time")?.replace(',', "");
    text.trim().parse().ok().filter(|seconds: &f64| seconds.is_finite() && *seconds >= 0.0)
}

/// A report that is being read.
#[derive(Default)]
struct Builder {
    /// Whether the outermost tag was one of a report.
    is_report: bool,
    seconds: Option<f64>,
    /// The suites that are open, the innermost last, as places in `suites`.
    open: Vec<usize>,
    suites: Vec<JunitSuite>,
    case: Option<TestCase>,
    /// Where text goes: the tag inside a case that is open.
    collects: Option<Collects>,
    output: String,
    kept: usize,
    kept_text: usize,
    counts: [u64; 3],
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Collects {
    /// What tells of a failure.
    Details,
    /// What the test printed, shown where it failed.
    Output,
}

impl Builder {
    fn open(&mut self, tag: &BytesStart<'_>) -> Result<(), String> {
        let name = tag.local_name();
        let name = name.as_ref();
        if !self.is_report {
            if !matches!(name, "testsuites" | "testsuite") {
                return Err(format!("it begins with <{name}>"));
            }
            self.is_report = true;
            self.seconds = seconds(tag);
        }
        match name {
            "testsuite" => {
                self.open.push(self.suites.len());
                let name = attribute(tag, "name").unwrap_or_default();
                self.suites.push(JunitSuite { name, cases: Vec::new() });
            }
            "testcase" => {
                self.output.clear();
                self.case = Some(TestCase {
                    name: attribute(tag, "name").unwrap_or_default(),
                    class: attribute(tag, "classname").filter(|class| !class.is_empty()),
                    outcome: TestOutcome::Passed,
                    seconds: seconds(tag),
                    message: None,
                    details: None,
                });
            }
            "failure" => self.fail(tag, TestOutcome::Failed),
            "error" => self.fail(tag, TestOutcome::Error),
            "skipped" => self.fail(tag, TestOutcome::Skipped),
            "system-out" | "system-err" => self.collects = Some(Collects::Output),
            _ => {}
        }
        Ok(())
    }

    fn fail(&mut self, tag: &BytesStart<'_>, outcome: TestOutcome) {
        let Some(case) = &mut self.case else { return };
        // Of several the first one counts; what the others say is added to it.
        if case.outcome == TestOutcome::Passed {
            case.outcome = outcome;
            case.message = attribute(tag, "message").or_else(|| attribute(tag, "type"));
            case.message.iter_mut().for_each(|message| cut(message, LONGEST_DETAILS));
        }
        self.collects = Some(Collects::Details);
    }

    fn text(&mut self, text: &str) {
        let Some(case) = &mut self.case else { return };
        let target = match self.collects {
            Some(Collects::Details) => case.details.get_or_insert_default(),
            Some(Collects::Output) => &mut self.output,
            None => return,
        };
        if target.len() < LONGEST_DETAILS {
            target.push_str(text);
            cut(target, LONGEST_DETAILS);
        }
    }

    fn close(&mut self, name: &str) {
        match name {
            "testcase" => self.close_case(),
            "testsuite" => drop(self.open.pop()),
            "failure" | "error" | "skipped" | "system-out" | "system-err" => self.collects = None,
            _ => {}
        }
    }

    fn close_case(&mut self) {
        let Some(mut case) = self.case.take() else { return };
        let [tests, failed, skipped] = &mut self.counts;
        *tests += 1;
        match case.outcome {
            TestOutcome::Passed => {}
            TestOutcome::Failed | TestOutcome::Error => *failed += 1,
            TestOutcome::Skipped => *skipped += 1,
        }
        let is_told = |text: &String| !text.trim().is_empty();
        case.details = case.details.filter(is_told);
        if matches!(case.outcome, TestOutcome::Failed | TestOutcome::Error) && is_told(&self.output)
        {
            let details = case.details.get_or_insert_default();
            if is_told(details) {
                details.push_str("\n\n");
            }
            details.push_str(&self.output);
        }
        let length = |text: &Option<String>| text.as_ref().map_or(0, String::len);
        let text =
            case.name.len() + length(&case.class) + length(&case.message) + length(&case.details);
        if self.kept == MOST_CASES || self.kept_text + text > MOST_TEXT {
            return;
        }
        self.kept += 1;
        self.kept_text += text;
        if let Some(suite) = self.open.last().and_then(|at| self.suites.get_mut(*at)) {
            suite.cases.push(case);
        } else {
            // A case that is in no suite.
            self.suites.push(JunitSuite { name: String::new(), cases: vec![case] });
        }
    }

    fn finish(mut self) -> Result<JunitReport, String> {
        if !self.is_report {
            return Err("there is no tag in it".to_owned());
        }
        if !self.open.is_empty() || self.case.is_some() {
            return Err("it ends in the middle".to_owned());
        }
        let [tests, failed, skipped] = self.counts;
        self.suites.retain(|suite| !suite.cases.is_empty());
        let cases = self.suites.iter().flat_map(|suite| &suite.cases);
        let sum = cases.map(|case| case.seconds).sum::<Option<f64>>().filter(|_| tests > 0);
        Ok(JunitReport {
            tests,
            failed,
            skipped,
            seconds: self.seconds.or(sum),
            cut: (self.kept as u64) < tests,
            suites: self.suites,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Tells of each test in a line.
    fn shown(text: &str) -> String {
        let report = parse(text).unwrap();
        let mut lines = format!(
            "{} tests, {} failed, {} skipped, {:?} s\n",
            report.tests, report.failed, report.skipped, report.seconds
        );
        for suite in report.suites {
            for case in suite.cases {
                let TestCase { name, class, outcome, seconds, message, details } = case;
                lines += &format!(
                    "{} | {class:?} {name} {outcome:?} {seconds:?} {message:?} {details:?}\n",
                    suite.name
                );
            }
        }
        lines
    }

    #[test]
    fn a_report_as_tools_write_it() {
        let text = r#"<?xml version="1.0"?>
            <testsuites name="all" tests="4" time="1,002.5">
              <testsuite name="unit" tests="3">
                <properties><property name="a" value="b"/></properties>
                <testcase name="adds" classname="Sum" time="0.5"/>
                <testcase name="a &lt; b" time="nonsense">
                  <failure message="not &#60; &amp; so" type="Assert">at line 1
at &lt;main&gt; <![CDATA[<raw>]]></failure>
                  <system-out>printed</system-out>
                </testcase>
                <testcase name="later"><skipped/></testcase>
              </testsuite>
              <testsuite name="outer"><testsuite name="inner">
                <testcase name="breaks"><error type="Panic"/></testcase>
              </testsuite></testsuite>
            </testsuites>"#;
        insta::assert_snapshot!(shown(text), @r#"
        4 tests, 2 failed, 1 skipped, Some(1002.5) s
        unit | Some("Sum") adds Passed Some(0.5) None None
        unit | None a < b Failed None Some("not < & so") Some("at line 1\nat <main> <raw>\n\nprinted")
        unit | None later Skipped None None None
        inner | None breaks Error None Some("Panic") None
        "#);
    }

    #[test]
    fn entities_do_not_grow() {
        let text = r#"<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">
            <!ENTITY file SYSTEM "file:///etc/passwd">]>
            <testsuite><testcase name="&b;"><failure>&b; &file;</failure></testcase></testsuite>"#;
        insta::assert_snapshot!(shown(text), @r#"
        1 tests, 1 failed, 0 skipped, None s
         | None &b; Failed None None Some("&b; &file;")
        "#);
    }

    #[test]
    fn what_is_no_report_says_why() {
        for (text, why) in [
            ("", "there is no tag in it"),
            ("only words", "there is no tag in it"),
            ("<html></html>", "it begins with <html>"),
            ("<testsuite><testcase>", "it ends in the middle"),
        ] {
            assert_eq!(parse(text).unwrap_err(), why);
        }
        assert!(parse("<testsuite></testcase>").is_err());
    }

    #[test]
    fn a_large_report_is_bounded() {
        let case =
            format!("<testcase name='x'><failure>{}</failure></testcase>", "y".repeat(20_000));
        let text = format!("<testsuite>{}</testsuite>", case.repeat(600));
        let report = parse(&text).unwrap();
        assert_eq!((report.tests, report.failed, report.cut), (600, 600, true));
        let kept: usize = report
            .suites
            .iter()
            .flat_map(|it| &it.cases)
            .map(|it| it.details.as_ref().unwrap().len())
            .sum();
        assert!(kept <= MOST_TEXT, "{kept}");
        let text = format!("<testsuite>{}</testsuite>", "<testcase/>".repeat(MOST_CASES + 1));
        assert!(parse(&text).unwrap().cut);
    }
}
