//! A triage in SARIF 2.1.0, which code scanning and many viewers read.
//!
//! Written here and not by a library: the one for Rust generates its types in a build script, and
//! this is one object. A test validates it against the standard's schema. What GitHub needs beyond
//! that is in its page "SARIF support for code scanning" (docs.github.com): a location in a file,
//! the help of each rule, and a fingerprint that is the same in each run.

use endstate_model::Category;
use indexmap::IndexMap;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::annotation::{Annotation, Level, Rule};
use super::reading::Reading;
use crate::terminal::escape::escaped;

/// The document.
pub(super) fn document(annotations: &[Annotation], readings: &[Reading<'_>]) -> Value {
    let mut rules = IndexMap::new();
    let results: Vec<_> = annotations.iter().map(|annotation| result(annotation, &mut rules, readings)).collect();
    let is_whole = readings.iter().all(|reading| reading.info.outcome().is_complete());

    let driver = json!({
        "name": "endstate",
        "informationUri": "https://docs.rs/endstate",
        "semanticVersion": env!("CARGO_PKG_VERSION"),
        "version": env!("CARGO_PKG_VERSION"),
        "shortDescription": { "text": "Which devices need attention in Microsoft Defender for Endpoint" },
        "rules": rules.into_values().collect::<Vec<Value>>(),
    });
    json!({
        "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": driver },
            // A reader must not take an incomplete pull for all of it.
            "invocations": [{ "executionSuccessful": is_whole }],
            "columnKind": "unicodeCodePoints",
            "automationDetails": { "id": "endstate/triage/" },
            "results": results,
            "properties": { "pulls": readings.iter().map(pull).collect::<Vec<_>>() },
        }],
    })
}

/// A pull, among the properties of a run.
fn pull(reading: &Reading<'_>) -> Value {
    let info = reading.info;
    json!({
        "tenant": reading.tenant.or(info.tenant.as_deref()),
        "source": info.name,
        "outcome": info.outcome().as_str(),
        "verdict": info.completeness.line(),
        "pulledAt": info.started_at,
        "devices": reading.triage.map(|triage| triage.devices),
    })
}

fn result(annotation: &Annotation, rules: &mut IndexMap<String, Value>, readings: &[Reading<'_>]) -> Value {
    let Annotation { rule, level, tenant, message } = annotation;
    let id = rule.id();
    let entry = rules.entry(id.clone());
    let index = entry.index();
    entry.or_insert_with(|| rule_object(rule, *level));

    let tenant = tenant.as_deref();
    let text = match tenant {
        Some(tenant) => format!("{tenant}: {message}"),
        None => message.clone(),
    };
    // A finding is about a fleet. A file is what a viewer can open, if the devices are from one.
    let of_tenant = readings.iter().find(|reading| tenant.is_some() && reading.tenant == tenant);
    let source = of_tenant.or(readings.first()).map(|reading| reading.info);
    let uri = match source {
        Some(info) if info.is_from_file => percent_encoding::utf8_percent_encode(&info.name, PATH).to_string(),
        _ => "microsoft-defender-for-endpoint".to_owned(),
    };
    json!({
        "ruleId": id,
        "ruleIndex": index,
        "level": word(*level),
        "message": { "text": escaped(&text) },
        "locations": [{
            "physicalLocation": {
                "artifactLocation": { "uri": uri },
                "region": { "startLine": 1, "startColumn": 1, "endLine": 1, "endColumn": 2 },
            },
        }],
        "partialFingerprints": { "primaryLocationLineHash": fingerprint(&id, tenant) },
    })
}

/// What a URI of a file may not contain.
const PATH: &percent_encoding::AsciiSet =
    &percent_encoding::NON_ALPHANUMERIC.remove(b'/').remove(b'.').remove(b'-').remove(b'_').remove(b'~');

/// A rule, with the help that a viewer shows.
fn rule_object(rule: &Rule, level: Level) -> Value {
    let remedy = rule.remedy();
    let category = rule.category().map(Category::as_str);
    let tags: Vec<_> = ["security"].into_iter().chain(category).collect();
    let mut object = json!({
        "id": rule.id(),
        "shortDescription": { "text": escaped(&rule.title()) },
        "fullDescription": { "text": rule.meaning() },
        "help": { "text": remedy.join("\n") },
        "defaultConfiguration": { "level": word(level) },
        "properties": {
            "tags": tags,
            // From 0.0 to 10.0; GitHub calls 9.0 and more critical.
            "security-severity": format!("{}.{}", rule.urgency() / 10, rule.urgency() % 10),
        },
    });
    if let (Some(page), Some(object)) = (rule.page(), object.as_object_mut()) {
        object.insert("helpUri".to_owned(), page.into());
    }
    object
}

fn word(level: Level) -> &'static str {
    match level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Note => "note",
    }
}

/// The same in each run for the same finding of the same tenant.
fn fingerprint(id: &str, tenant: Option<&str>) -> String {
    let digest = Sha256::digest(format!("{id}\n{}", tenant.unwrap_or_default()));
    let number = digest.iter().take(8).fold(0, |number: u64, byte| number << 8 | u64::from(*byte));
    format!("{number:016x}:1")
}
