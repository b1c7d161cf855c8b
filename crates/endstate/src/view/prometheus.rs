//! A triage as metrics in the text format of Prometheus.
//!
//! Written here and not by a client library: those keep metrics that change and serve them, and this is one reading, all
//! gauges. The names follow the conventions of that ecosystem, which its own linter checks in a test.

use std::fmt::Write as _;

use endstate_model::{AttentionProperty, Category, WindowsRelease};

use crate::view::completeness::Completeness;
use crate::view::triage::TriageView;

/// The metrics of a triage. Every known property and category is there, if with 0: a series that comes and goes makes alerts
/// fall silent.
pub(crate) fn text(view: &TriageView<'_>) -> String {
    let (triage, facts) = (view.triage, view.facts);
    let mut text = String::new();
    let mut gauge = |name: &str, help: &str, samples: &mut dyn Iterator<Item = (String, u64)>| {
        let _ = write!(text, "# HELP endstate_{name} {help}\n# TYPE endstate_{name} gauge\n");
        for (labels, value) in samples {
            let _ = writeln!(text, "endstate_{name}{labels} {value}");
        }
    };
    let mut one = |name: &str, help: &str, value: u64| {
        gauge(name, help, &mut std::iter::once((String::new(), value)));
    };
    one("devices", "Devices that were read.", triage.devices);
    one("devices_needing_attention", "Devices with a property that requires attention.", triage.need_attention);
    one("devices_behind", "Devices behind the newest revision of their build in the fleet.", triage.behind());
    let ended = triage.servicing_on(view.day).ended;
    one("devices_past_end_of_servicing", "Devices on a release that no edition of is serviced.", ended);
    one("invalid_items", "Items that could not be read as device states.", view.invalid_items);
    if let Some(since) = &view.since {
        let new = since.difference.with_new_properties;
        one("devices_with_new_properties", "Devices with a property that is new since the older pull.", new);
    }

    let unknown = triage.by_property.iter().map(|row| &row.key).filter(|property| property.rank().is_none());
    let properties = AttentionProperty::KNOWN.iter().chain(unknown).map(|property| {
        let devices = triage.by_property.iter().find(|row| row.key == *property).map_or(0, |row| row.devices);
        (labels(&[("category", property.category().as_str()), ("property", property.as_str())]), devices)
    });
    gauge("devices_by_property", "Devices by property that requires attention.", &mut { properties });
    let categories = Category::ALL.into_iter().map(|category| {
        let devices = triage.by_category.iter().find(|row| row.key == category).map_or(0, |row| row.devices);
        (labels(&[("category", category.as_str())]), devices)
    });
    gauge("devices_by_category", "Devices by category of what requires attention.", &mut { categories });
    let of_build = |build: Option<u32>, devices| {
        let (number, name) = (build.map(|build| build.to_string()), build.map(WindowsRelease::name_of_build));
        (labels(&[("build", &number.unwrap_or_default()), ("release", &name.unwrap_or_default())]), devices)
    };
    let builds = triage.by_build.iter().map(|row| of_build(row.key, row.devices));
    gauge("devices_by_build", "Devices by build of the operating system.", &mut { builds });
    let builds = triage.by_build.iter().map(|row| of_build(row.key, row.need_attention));
    gauge("devices_needing_attention_by_build", "Devices that need attention by build.", &mut { builds });
    let outcomes = ["complete", "incomplete", "unknown"].into_iter().map(|word| {
        let is = facts.completeness.word() == word;
        let reason = facts.completeness.reason().filter(|_| is).unwrap_or_default();
        (labels(&[("outcome", word), ("reason", reason)]), u64::from(is))
    });
    gauge("pull_outcome", "The verdict on the pull: 1 for the outcome that it had.", &mut { outcomes });
    let is_complete = matches!(facts.completeness, Completeness::Complete(_));
    let complete = std::iter::once((String::new(), u64::from(is_complete)));
    gauge("pull_complete", "Whether all devices are certain to have been read.", &mut { complete });
    if let Some(seconds) = facts.started_seconds() {
        let started = std::iter::once((String::new(), seconds));
        gauge("pull_start_timestamp_seconds", "When the pull began, in Unix time.", &mut { started });
    }
    text
}

/// Labels in braces; backslash, quotation mark and line feed are escaped, as the format has it.
fn labels(labels: &[(&str, &str)]) -> String {
    let label = |(name, value): &(&str, &str)| {
        let value = value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
        format!("{name}=\"{value}\"")
    };
    format!("{{{}}}", labels.iter().map(label).collect::<Vec<_>>().join(","))
}
