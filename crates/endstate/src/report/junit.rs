//! A triage as `JUnit` XML, which every pipeline shows as tests.
//!
//! A property is a test case: it fails if a device has the property, and it is skipped if it is not
//! known of a device. A check that cannot tell is an error, as is a pull that is not complete.
//! GitLab shows the text of a case and Azure its message, so both have what was found.

use endstate_model::AttentionProperty;
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::annotation::Rule;
use super::checks::{Check, CheckResult};
use super::reading::Reading;
use crate::terminal::escape::{escaped, escaped_lines};
use crate::terminal::number::{counted, grouped, percent};

/// The document.
pub(super) fn document(readings: &[Reading<'_>], checks: &[Check]) -> anyhow::Result<String> {
    let mut report = Report::new("endstate");
    if !checks.is_empty() {
        let mut suite = TestSuite::new("checks");
        suite.add_test_cases(checks.iter().map(of_check));
        report.add_test_suite(suite);
    }

    for reading in readings {
        let name = |suite: &str| match reading.tenant {
            Some(tenant) => format!("{suite} ({})", escaped(tenant)),
            None => suite.to_owned(),
        };
        let mut suite = TestSuite::new(name("pull"));
        suite.add_test_case(of_outcome(reading));
        report.add_test_suite(suite);
        let mut suite = TestSuite::new(name("properties"));
        suite.add_test_cases(of_properties(reading));
        report.add_test_suite(suite);
    }
    Ok(report.to_string()? + "\n")
}

/// A test case that did not pass.
fn not_passed(kind: NonSuccessKind, message: &str, text: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(kind);
    status.set_message(escaped(message)).set_description(escaped_lines(text));
    status
}

fn case(class: &str, name: &str, status: TestCaseStatus) -> TestCase {
    let mut case = TestCase::new(escaped(name), status);
    case.set_classname(format!("endstate.{class}"));
    case
}

fn of_check(check: &Check) -> TestCase {
    let line = check.line();
    let status = match &check.result {
        CheckResult::Passed => TestCaseStatus::success(),
        CheckResult::Failed => not_passed(NonSuccessKind::Failure, &line, &line),
        CheckResult::Unknown(_) => not_passed(NonSuccessKind::Error, &line, &line),
    };
    case("checks", &check.name, status)
}

fn of_outcome(reading: &Reading<'_>) -> TestCase {
    let line = reading.info.completeness.line();
    let status = if reading.info.outcome().is_complete() {
        TestCaseStatus::success()
    } else {
        not_passed(NonSuccessKind::Error, &line, &line)
    };
    case("pull", "completeness", status)
}

/// Each documented property, and each other one that a device has, or of which a device is not
/// known to have it. Nothing is known of a tenant that could not be read.
fn of_properties(reading: &Reading<'_>) -> Vec<TestCase> {
    let Some(triage) = reading.triage else { return Vec::new() };
    let found = triage.by_property.iter().map(|row| &row.key).filter(|property| property.position().is_none());
    let properties = AttentionProperty::KNOWN.iter().filter(|property| {
        !property.is_current() || triage.devices_with(property) > 0 || triage.not_known_of(property) > 0
    });
    let counts = |property: &&AttentionProperty| triage.includes_informational || !property.is_informational();

    let case_of = |property: &AttentionProperty| {
        let row = triage.by_property.iter().find(|row| row.key == *property);
        // Of a device of which nothing is known, the sources of today name each property.
        let not_known = triage.not_known_of(property).max(triage.not_known);
        let status = if let Some(row) = row.filter(|row| row.devices > 0) {
            let devices = format!("{} of {}", grouped(row.devices), counted(triage.devices, "device"));
            let message = format!("{devices} ({})", percent(row.share_of(triage.devices)));
            let rule = Rule::Property(property.clone());
            let lines = [&[message.clone(), rule.meaning()][..], &rule.remedy()].concat();
            not_passed(NonSuccessKind::Failure, &message, &lines.join("\n"))
        } else if not_known > 0 {
            let mut status = TestCaseStatus::skipped();
            status.set_message(format!("not known of {}", counted(not_known, "device")));
            status
        } else {
            TestCaseStatus::success()
        };
        case(&format!("properties.{}", property.category().short_name()), property.as_str(), status)
    };
    properties.chain(found).filter(counts).map(case_of).collect()
}
