//! A triage as metrics in the text format of Prometheus.
//!
//! Written here and not by a client library: those keep and serve metrics that change, and this is
//! one reading of gauges. The names follow the conventions of Prometheus, which its own linter
//! checks in a test.

use std::fmt::Write as _;

use endstate_analysis::Triage;
use endstate_model::{AttentionProperty, Category, Date, WindowsRelease};
use endstate_paging::Reason;

use super::reading::Reading;

/// A sample: further labels, and its value.
type Sample = (Vec<(&'static str, String)>, u64);

/// The metrics of a triage, for each tenant. Every known property and category is present, if only
/// with 0, because a series that comes and goes silences alerts. `with_new_properties` is of all
/// tenants together, because an older pull does not belong to one of them.
pub(super) fn text(readings: Vec<Reading<'_>>, day: Date, with_new_properties: Option<u64>) -> String {
    let mut metrics = Metrics { readings, text: String::new() };
    metrics.count("devices", "Devices that were read.", |triage| triage.devices);
    metrics.count("devices_needing_attention", "Devices with a property that requires attention.", |triage| {
        triage.need_attention
    });
    metrics.count("devices_not_known", "Devices of which it is not known whether they need attention.", |triage| {
        triage.not_known
    });
    metrics.count("devices_behind", "Devices behind the newest revision of their build in the fleet.", Triage::behind);
    metrics.count(
        "devices_out_of_support",
        "Devices on a release of which every edition is out of support.",
        |triage| triage.servicing_on(day).ended,
    );

    metrics.gauge("invalid_items", "Items that could not be read as device states.", |reading| {
        reading.triage.map(|_| (Vec::new(), reading.unreadable.invalid_items)).into_iter().collect()
    });
    metrics.gauge("partly_readable_items", "Device states with fields that could not be read.", |reading| {
        reading.triage.map(|_| (Vec::new(), reading.unreadable.partly_readable_items)).into_iter().collect()
    });
    if let Some(devices) = with_new_properties {
        metrics.head("devices_with_new_properties", "Devices with a property that is new since the older pull.");
        metrics.sample("devices_with_new_properties", None, &(Vec::new(), devices));
    }

    metrics.gauge("devices_by_property", "Devices by property that requires attention.", by_property);
    metrics.gauge("devices_by_category", "Devices by category of what requires attention.", by_category);
    metrics.gauge("devices_by_build", "Devices by build of the operating system.", |reading| {
        by_build(reading).map(|(build, devices, _)| build_sample(build, devices)).collect()
    });
    metrics.gauge("devices_needing_attention_by_build", "Devices that need attention by build.", |reading| {
        by_build(reading).map(|(build, _, need_attention)| build_sample(build, need_attention)).collect()
    });

    metrics.text
}

/// The metrics of a triage, and those of its pulls.
pub(super) fn text_with_pulls(readings: &[Reading<'_>], day: Date, with_new_properties: Option<u64>) -> String {
    let text = text(readings.to_vec(), day, with_new_properties);
    let mut metrics = Metrics { readings: readings.to_vec(), text };
    metrics.gauge("pull_outcome", "The outcome of the pull: 1 for the outcome that it had.", outcomes);
    metrics.gauge("pull_complete", "Whether all devices are certain to have been read.", |reading| {
        vec![(Vec::new(), u64::from(reading.info.outcome().is_complete()))]
    });
    metrics.gauge("pull_start_timestamp_seconds", "When the pull started, in Unix time.", |reading| {
        reading.info.started_seconds().map(|seconds| (Vec::new(), seconds)).into_iter().collect()
    });
    metrics.text
}

/// The text that is written so far.
struct Metrics<'r> {
    readings: Vec<Reading<'r>>,
    text: String,
}

impl Metrics<'_> {
    /// A metric with the samples of each reading; left out if no reading has a sample.
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

    /// A metric with one number of each triage.
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

fn by_property(reading: &Reading<'_>) -> Vec<Sample> {
    let Some(triage) = reading.triage else { return Vec::new() };
    let known = AttentionProperty::DOCUMENTED.iter().map(|property| (property, triage.devices_with(property)));
    let unknown = triage.by_property.iter().filter(|row| row.key.rank().is_none());
    let sample = |(property, devices): (&AttentionProperty, u64)| {
        let category = property.category().as_str().to_owned();
        (vec![("category", category), ("property", property.as_str().to_owned())], devices)
    };
    known.chain(unknown.map(|row| (&row.key, row.devices))).map(sample).collect()
}

fn by_category(reading: &Reading<'_>) -> Vec<Sample> {
    let Some(triage) = reading.triage else { return Vec::new() };
    let sample = |category: Category| (vec![("category", category.as_str().to_owned())], triage.devices_in(category));
    // The documented collection says nothing of the categories of today.
    let is_said = |category: &Category| *category != Category::DeviceSecurity || triage.devices_in(*category) > 0;
    Category::ALL.into_iter().filter(is_said).map(sample).collect()
}

/// Builds, their devices, and how many of them need attention.
fn by_build<'r>(reading: &Reading<'r>) -> impl Iterator<Item = (Option<u32>, u64, u64)> + use<'r> {
    let rows = reading.triage.map_or(&[][..], |triage| &triage.by_build);
    rows.iter().map(|row| (row.key, row.devices, row.need_attention))
}

fn build_sample(build: Option<u32>, devices: u64) -> Sample {
    let number = build.map(|build| build.to_string());
    let name = build.map(WindowsRelease::name_of_build);
    (vec![("build", number.unwrap_or_default()), ("release", name.unwrap_or_default().into_owned())], devices)
}

fn outcomes(reading: &Reading<'_>) -> Vec<Sample> {
    let outcome = reading.info.outcome();
    let sample = |word: &str| {
        let is_outcome = outcome.as_str() == word;
        let reason = outcome.reason().filter(|_| is_outcome).map(Reason::as_str).unwrap_or_default();
        (vec![("outcome", word.to_owned()), ("reason", reason.to_owned())], u64::from(is_outcome))
    };
    ["complete", "incomplete", "unknown"].map(sample).into()
}

/// Labels in braces, the tenant first. Backslash, quotation mark and line feed are escaped, as the
/// format requires.
pub(super) fn written(tenant: Option<&str>, labels: &[(&str, String)]) -> String {
    let tenant = tenant.map(|tenant| ("tenant", tenant));
    let labels = labels.iter().map(|(name, value)| (*name, value.as_str()));
    let label = |(name, value): (&str, &str)| {
        let value = value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
        format!("{name}=\"{value}\"")
    };
    let written: Vec<_> = tenant.into_iter().chain(labels).map(label).collect();
    if written.is_empty() { String::new() } else { format!("{{{}}}", written.join(",")) }
}
