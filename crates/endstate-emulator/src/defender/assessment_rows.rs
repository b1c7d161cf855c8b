//! The rows of an assessed device as JSON text, for the pages and for the files of an export.

use std::fmt::Write as _;
use std::sync::LazyLock;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;

use super::antivirus::AntivirusHealth;
use super::configuration::{CONFIGURATIONS, Configuration};
use super::device::Device;
use super::draw::Draw;
use super::findings::{Finding, findings};
use super::times::{DAY, before, without_zone};

/// How the names of a row are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Spelling {
    /// In pages: `deviceId`.
    Camel,
    /// In files: `DeviceId`. Such rows also have `Context`.
    Pascal,
}

/// The text of a row that is the same for all devices: between the time and the findings, and after
/// them.
struct ConfigurationText {
    middle: String,
    end: String,
}

static CAMEL: LazyLock<Vec<ConfigurationText>> = LazyLock::new(|| texts(Spelling::Camel));
static PASCAL: LazyLock<Vec<ConfigurationText>> = LazyLock::new(|| texts(Spelling::Pascal));

/// The rows of a device.
#[derive(Debug)]
pub(crate) struct AssessmentRows {
    spelling: Spelling,
    /// The text of each row up to its time.
    head: String,
    recent: String,
    late: String,
    draw: Draw,
    pub(crate) findings: Vec<(usize, Finding)>,
    antivirus: Option<AntivirusHealth>,
}

impl AssessmentRows {
    pub(crate) fn new(device: &Device, spelling: Spelling) -> Self {
        let findings = findings(device);
        let antivirus = (spelling == Spelling::Pascal).then(|| AntivirusHealth::for_device(device));
        Self {
            spelling,
            head: if findings.is_empty() { String::new() } else { head(device, spelling) },
            recent: without_zone(assessed_at(device)),
            late: without_zone(before(assessed_at(device), Duration::from_secs(4 * DAY))),
            draw: device.draw,
            findings,
            antivirus,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.findings.len()
    }

    /// Appends the row at a place, which must be below the length.
    pub(crate) fn write(&self, place: usize, out: &mut String) {
        let (index, finding) = self.findings[place];
        let configuration = &CONFIGURATIONS[index];
        let number = u64::from(configuration.number);
        let (texts, names) = match self.spelling {
            Spelling::Camel => (&CAMEL, [",\"isApplicable\":", ",\"isExpectedUserImpact\":"]),
            Spelling::Pascal => (&PASCAL, [",\"IsApplicable\":", ",\"IsExpectedUserImpact\":"]),
        };

        // Text is appended piece by piece: a large page has 200,000 rows.
        let json = |is_so: bool| if is_so { "true" } else { "false" };
        out.push_str(&self.head);
        out.push_str(if is_late(self.draw, number) { &self.late } else { &self.recent });
        out.push_str(&texts[index].middle);
        out.push_str(json(finding == Finding::Compliant));
        out.push_str(names[0]);
        out.push_str(json(finding != Finding::NotApplicable));
        out.push_str(names[1]);
        out.push_str(json(self.draw.about("user impact").at(number).one_in(400)));
        out.push_str(&texts[index].end);

        if let Some(antivirus) = &self.antivirus {
            out.push_str(",\"Context\":");
            // Writing to a string cannot fail.
            let _ = match configuration.number {
                2010 => write!(out, "[[\"{}\"]]", antivirus.mode),
                2011 => write!(out, "{}", antivirus.definitions()),
                _ => write!(out, "[]"),
            };
        }
        out.push('}');
    }
}

/// Returns when the device was last assessed. A few rows are older.
pub(crate) fn assessed_at(device: &Device) -> Timestamp {
    before(device.last_seen(), Duration::from_millis(device.draw.about("assessed").below(6 * 60 * 60 * 1000)))
}

/// Returns whether the row of a configuration is some days older than the others.
fn is_late(draw: Draw, number: u64) -> bool {
    draw.about("late").at(number).one_in(12)
}

/// Returns the beginning of each row of a device.
fn head(device: &Device, spelling: Spelling) -> String {
    let group = device.group();
    let has_short_version = device.position > 0 && device.draw.about("short version").one_in(50);
    let version = if has_short_version { "10.0".to_owned() } else { device.full_version() };

    let fields = [
        ("deviceId", Value::from(device.id())),
        ("rbacGroupId", Value::from(group.map_or(0, |group| group.id))),
        ("rbacGroupName", Value::from(group.map_or("Unassigned", |group| group.name))),
        ("deviceName", Value::from(device.name())),
        ("osPlatform", Value::from(device.platform.name)),
        ("osVersion", Value::from(version)),
    ];
    let mut head = String::from("{");
    for (name, value) in fields {
        let _ = write!(head, "\"{}\":{value},", spelled(name, spelling));
    }
    let _ = write!(head, "\"{}\":\"", spelled("timestamp", spelling));
    head
}

fn texts(spelling: Spelling) -> Vec<ConfigurationText> {
    CONFIGURATIONS.iter().map(|configuration| text(configuration, spelling)).collect()
}

fn text(configuration: &Configuration, spelling: Spelling) -> ConfigurationText {
    let Configuration { id, category, subcategory, impact, name, .. } = configuration;
    let member = |name: &str, value: &str| format!(",\"{}\":{value}", spelled(name, spelling));
    let quoted = |text: &str| Value::from(text).to_string();

    let middle = [
        member("configurationId", &quoted(id)),
        member("configurationCategory", &quoted(category)),
        member("configurationSubcategory", &quoted(subcategory)),
        member("configurationImpact", impact),
        member("isCompliant", ""),
    ];
    let reference = quoted(&format!("sca-_-{id}"));
    let end = [member("configurationName", &quoted(name)), member("recommendationReference", &reference)];
    // The time before it is open.
    ConfigurationText { middle: format!("\"{}", middle.concat()), end: end.concat() }
}

/// Returns a name of a row as this spelling writes it.
fn spelled(name: &str, spelling: Spelling) -> String {
    match spelling {
        Spelling::Camel => name.to_owned(),
        Spelling::Pascal => name[..1].to_ascii_uppercase() + &name[1..],
    }
}
