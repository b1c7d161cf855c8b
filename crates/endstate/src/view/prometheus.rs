//! A triage as metrics in the text format of Prometheus.
//!
//! Written here and not by a client library: those keep metrics that change and serve them, and this is one reading, all
//! gauges. The names follow the conventions of that ecosystem, which its own linter checks in a test.

use std::fmt::Write as _;

use endstate_analysis::Triage;
use endstate_model::{AttentionProperty, Category, WindowsRelease};

use crate::pull_facts::PullFacts;
use crate::view::triage::TriageView;

/// What there is of one tenant, or of the only one.
struct Reading<'v> {
    /// The label of a tenant, where there are several.
    tenant: Option<&'v str>,
    /// `None` where nothing could be read: no devices would be good news.
    triage: Option<&'v Triage>,
    facts: &'v PullFacts,
    invalid_items: u64,
}

/// A sample: further labels, and its value.
type Sample = (Vec<(&'static str, String)>, u64);

/// The metrics of a triage, each of every tenant. Every known property and category is there, if with 0: a series that comes and
/// goes makes alerts fall silent.
pub(crate) fn text(view: &TriageView<'_>) -> String {
    let mut metrics = Metrics { readings: readings(view), text: String::new() };
    metrics.count("devices", "Devices that were read.", |triage| triage.devices);
    metrics.count("devices_needing_attention", "Devices with a property that requires attention.", |triage| {
        triage.need_attention
    });
    metrics.count("devices_behind", "Devices behind the newest revision of their build in the fleet.", Triage::behind);
    metrics.count("devices_past_end_of_servicing", "Devices on a release that no edition of is serviced.", |triage| {
        triage.servicing_on(view.day).ended
    });
    metrics.gauge("invalid_items", "Items that could not be read as device states.", |reading| {
        reading.triage.map(|_| (Vec::new(), reading.invalid_items)).into_iter().collect()
    });
    if let Some(since) = &view.since {
        // Of all tenants together: the older pull is of no single one.
        metrics.head("devices_with_new_properties", "Devices with a property that is new since the older pull.");
        metrics.sample("devices_with_new_properties", None, &(Vec::new(), since.difference.with_new_properties));
    }
    metrics.gauge("devices_by_property", "Devices by property that requires attention.", by_property);
    metrics.gauge("devices_by_category", "Devices by category of what requires attention.", by_category);
    metrics.gauge("devices_by_build", "Devices by build of the operating system.", |reading| {
        by_build(reading).map(|(build, devices, _)| of_build(build, devices)).collect()
    });
    metrics.gauge("devices_needing_attention_by_build", "Devices that need attention by build.", |reading| {
        by_build(reading).map(|(build, _, need_attention)| of_build(build, need_attention)).collect()
    });
    metrics.gauge("pull_outcome", "The verdict on the pull: 1 for the outcome that it had.", outcomes);
    metrics.gauge("pull_complete", "Whether all devices are certain to have been read.", |reading| {
        vec![(Vec::new(), u64::from(reading.facts.completeness.is_complete()))]
    });
    metrics.gauge("pull_start_timestamp_seconds", "When the pull began, in Unix time.", |reading| {
        reading.facts.started_seconds().map(|seconds| (Vec::new(), seconds)).into_iter().collect()
    });
    metrics.text
}

/// The text, as far as it is written.
struct Metrics<'v> {
    readings: Vec<Reading<'v>>,
    text: String,
}

impl Metrics<'_> {
    /// A metric with the samples of each reading, where there are any.
    fn gauge(&mut self, name: &str, help: &str, samples: impl Fn(&Reading<'_>) -> Vec<Sample>) {
        let samples: Vec<_> = self.readings.iter().map(|reading| (reading.tenant, samples(reading))).collect();
        if samples.iter().all(|(_, samples)| samples.is_empty()) {
            return;
        }
        self.head(name, help);
        for (tenant, samples) in samples {
            for sample in samples {
                self.sample(name, tenant, &sample);
            }
        }
    }

    /// A number of each triage.
    fn count(&mut self, name: &str, help: &str, value: impl Fn(&Triage) -> u64) {
        self.gauge(name, help, |reading| {
            reading.triage.map(|triage| (Vec::new(), value(triage))).into_iter().collect()
        });
    }

    fn head(&mut self, name: &str, help: &str) {
        let _ = write!(self.text, "# HELP endstate_{name} {help}\n# TYPE endstate_{name} gauge\n");
    }

    fn sample(&mut self, name: &str, tenant: Option<&str>, (labels, value): &Sample) {
        let _ = writeln!(self.text, "endstate_{name}{} {value}", written(tenant, labels));
    }
}

fn readings<'v>(view: &'v TriageView<'_>) -> Vec<Reading<'v>> {
    if view.tenants.is_empty() {
        let TriageView { triage, facts, invalid_items, .. } = view;
        return vec![Reading { tenant: None, triage: Some(triage), facts, invalid_items: *invalid_items }];
    }
    let reading = |tenant: &'v crate::view::tenants::Tenant| Reading {
        tenant: Some(&tenant.name),
        triage: Some(&tenant.triage).filter(|_| tenant.is_read),
        facts: &tenant.facts,
        invalid_items: tenant.invalid_items,
    };
    view.tenants.iter().map(reading).collect()
}

fn by_property(reading: &Reading<'_>) -> Vec<Sample> {
    let Some(triage) = reading.triage else { return Vec::new() };
    let unknown = triage.by_property.iter().map(|row| &row.key).filter(|property| property.rank().is_none());
    let sample = |property: &AttentionProperty| {
        let devices = triage.by_property.iter().find(|row| row.key == *property).map_or(0, |row| row.devices);
        let category = property.category().as_str().to_owned();
        (vec![("category", category), ("property", property.as_str().to_owned())], devices)
    };
    AttentionProperty::KNOWN.iter().chain(unknown).map(sample).collect()
}

fn by_category(reading: &Reading<'_>) -> Vec<Sample> {
    let Some(triage) = reading.triage else { return Vec::new() };
    let sample = |category: Category| {
        let devices = triage.by_category.iter().find(|row| row.key == category).map_or(0, |row| row.devices);
        (vec![("category", category.as_str().to_owned())], devices)
    };
    Category::ALL.into_iter().map(sample).collect()
}

/// Builds, their devices, and how many of them need attention.
fn by_build<'r>(reading: &Reading<'r>) -> impl Iterator<Item = (Option<u32>, u64, u64)> + use<'r> {
    let rows = reading.triage.map_or(&[][..], |triage| &triage.by_build);
    rows.iter().map(|row| (row.key, row.devices, row.need_attention))
}

fn of_build(build: Option<u32>, devices: u64) -> Sample {
    let (number, name) = (build.map(|build| build.to_string()), build.map(WindowsRelease::name_of_build));
    (vec![("build", number.unwrap_or_default()), ("release", name.unwrap_or_default().into_owned())], devices)
}

fn outcomes(reading: &Reading<'_>) -> Vec<Sample> {
    let sample = |word: &str| {
        let is = reading.facts.completeness.word() == word;
        let reason = reading.facts.completeness.reason().filter(|_| is).unwrap_or_default();
        (vec![("outcome", word.to_owned()), ("reason", reason.to_owned())], u64::from(is))
    };
    ["complete", "incomplete", "unknown"].map(sample).into()
}

/// Labels in braces, that of the tenant first; backslash, quotation mark and line feed are escaped, as the format has it.
fn written(tenant: Option<&str>, labels: &[(&str, String)]) -> String {
    let tenant = tenant.map(|tenant| ("tenant", tenant));
    let labels = labels.iter().map(|(name, value)| (*name, value.as_str()));
    let label = |(name, value): (&str, &str)| {
        let value = value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
        format!("{name}=\"{value}\"")
    };
    let written: Vec<_> = tenant.into_iter().chain(labels).map(label).collect();
    if written.is_empty() { String::new() } else { format!("{{{}}}", written.join(",")) }
}
