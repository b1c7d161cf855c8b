//! The report as a page: one file that needs nothing else.

use std::collections::BTreeMap;

use askama::Template;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use endstate_reqwest::redacted;
use indexmap::IndexSet;
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::FleetReport;
use super::device_list::{DeviceList, ListedDevice, STATUSES, Status};
use super::filter::{Linked, fragment, link};
use super::page_rows::{ChangeRow, Counts, UpdateRow, UrgentRow, by_group, by_property, by_release, updates};
use super::property_name::shown_name;
use crate::report::difference;
use crate::report::portal::{device_url, portal_prefix};
use crate::report::trend_chart::{TrendPicture, trend_chart};
use crate::report::trend_lines::TrendLines;
use crate::terminal::escape::escaped;
use crate::terminal::number::{counted, grouped, percent, span};

const STYLE: &str = include_str!("../../../templates/report.css");
const SCRIPT: &str = include_str!("../../../templates/report.js");

/// Devices that the page lists without its script. More would be most of its size.
const STATIC_ROWS: usize = 1_000;

/// Missing devices that are named.
const MISSING_ROWS: usize = 1_000;

#[derive(Template)]
#[template(path = "report.html")]
#[expect(clippy::struct_excessive_bools, reason = "each is what the template shows or not")]
struct Page {
    style: &'static str,
    style_hash: String,
    script: &'static str,
    script_hash: String,
    title: String,
    is_complete: bool,
    outcome: String,
    about: Vec<String>,
    tiles: Vec<Tile>,
    notes: Vec<String>,
    changes: Option<Changes>,
    counts: Vec<Counts>,
    trend: Option<TrendPicture>,
    trend_note: &'static str,
    /// Whether there is a history, which may have too few days for a picture.
    has_history: bool,
    urgent: Vec<UrgentRow>,
    has_tenants: bool,
    has_since: bool,
    updates: Vec<UpdateRow>,
    updates_note: String,
    anchors: Vec<String>,
    shown: String,
    columns: Vec<&'static str>,
    rows: Vec<StaticRow>,
    footer: Vec<String>,
    data: String,
}

/// A number that is seen first.
struct Tile {
    kind: &'static str,
    number: String,
    name: &'static str,
    detail: String,
    link: String,
}

/// What changed since an earlier pull.
struct Changes {
    title: String,
    lines: Vec<String>,
    counts: Vec<Linked>,
    rows: Vec<ChangeRow>,
    missing_title: String,
    missing: Vec<String>,
}

/// A device that is listed without the script.
struct StaticRow {
    /// The name of each column, and the text.
    cells: Vec<(&'static str, String)>,
    portal: String,
}

/// What the script reads.
#[derive(Serialize)]
struct Data<'d> {
    /// The beginning of the address of a device's page; null if the devices have several or none.
    portal: Option<String>,
    columns: Vec<&'static str>,
    statuses: [&'static str; 3],
    /// The names of properties, to which `sets` refer.
    names: Vec<&'d str>,
    /// What people call properties.
    shown: BTreeMap<&'d str, String>,
    #[serde(rename = "shownStatuses")]
    shown_statuses: BTreeMap<&'static str, &'static str>,
    categories: BTreeMap<&'d str, &'static str>,
    informational: Vec<&'d str>,
    /// Whether properties that only inform need attention.
    #[serde(rename = "includesInformational")]
    includes_informational: bool,
    sets: &'d IndexSet<Vec<u32>>,
    updates: &'d IndexSet<Vec<String>>,
    texts: &'d IndexSet<Box<str>>,
    /// What each filter means; `*` is its value.
    conditions: BTreeMap<&'static str, &'static str>,
    /// The filters that can be chosen, each with its name.
    filters: Vec<(String, String)>,
    devices: &'d [ListedDevice],
}

const CONDITIONS: [(&str, &str); 17] = [
    ("status", "*"),
    ("property", "*"),
    ("category", "* needs attention"),
    ("unknown", "not known: *"),
    ("informational", "information"),
    ("group", "group *"),
    ("no-group", "without a group"),
    ("build", "build *"),
    ("update", "lacks *"),
    ("newest", "lacks * and no newer one"),
    ("tenant", "tenant *"),
    ("change", "* since the pull before"),
    ("new", "new: *"),
    ("resolved", "resolved: *"),
    ("persisting", "persisting: *"),
    ("was", "attention *"),
    ("has-new", "new properties"),
];

pub(super) fn page(report: &FleetReport<'_>) -> anyhow::Result<String> {
    let FleetReport { triage, devices, info, missing, tenants, .. } = *report;
    let has_tenants = !tenants.is_empty();
    let mut counts = vec![by_property(triage)];
    counts.extend(report.has_groups().then(|| by_group(triage)));
    counts.push(by_release(triage, report.day));
    let trend = report.trend.map(|pulls| trend_chart(&TrendLines::of_pulls(pulls), 1, false)).transpose()?.flatten();
    let (tiles, changes, updates) = (tiles(report), changes(report), updates(missing));
    let anchors = anchors(&counts, changes.as_ref(), &updates, &tiles);

    let page = Page {
        style: STYLE,
        style_hash: hash(STYLE),
        script: SCRIPT,
        script_hash: hash(SCRIPT),
        title: title(report),
        is_complete: info.has_every_device(),
        outcome: text(&info.completeness.line()),
        about: about(report),
        tiles,
        notes: report.notes().iter().map(|line| text(line)).collect(),
        changes,
        anchors,
        counts,
        trend,
        trend_note: report.trend_note().unwrap_or_default(),
        has_history: report.trend.is_some(),
        urgent: report.urgent.iter().map(|row| UrgentRow::new(row, triage.includes_informational)).collect(),
        has_tenants,
        has_since: report.since.is_some(),
        updates,
        updates_note: report.updates_note(),
        shown: shown(devices),
        columns: columns(has_tenants).into_iter().map(|(_, title)| title).collect(),
        rows: static_rows(report),
        footer: footer(report),
        data: data(report)?,
    };
    Ok(page.render()?)
}

/// A source of a Content-Security-Policy.
fn hash(text: &str) -> String {
    format!("sha256-{}", BASE64_STANDARD.encode(Sha256::digest(text)))
}

/// Text from outside, as a page shows it: without secrets and control characters.
fn text(text: &str) -> String {
    escaped(&redacted(text)).into_owned()
}

fn title(report: &FleetReport<'_>) -> String {
    let tenant = report.info.tenant.as_ref().or(report.info.profile.as_ref());
    tenant.map_or_else(|| "Device security report".to_owned(), |tenant| text(&format!("Device security of {tenant}")))
}

/// The source and its time.
fn about(report: &FleetReport<'_>) -> Vec<String> {
    let info = report.info;
    let age = info.age_seconds().map(|age| match age {
        ..0 => ", which is in the future".to_owned(),
        age => format!(", {} before this report", span(age)),
    });
    let time = info.started_at.as_ref().map(|_| format!("Pulled {}{}", info.time_or_name(), age.unwrap_or_default()));
    let time = time.unwrap_or_else(|| "When it was pulled is not known".to_owned());
    let source = info.states_from.as_ref().map(|source| format!(" ({source})")).unwrap_or_default();
    let profile = info.profile.as_ref().map(|profile| text(&format!("Profile: {profile}")));
    let mut about = vec![time, text(&format!("Source: {}{source}", info.name))];
    about.extend(profile);
    let tenants = report.tenants.iter().map(|tenant| {
        let name = tenant.name.as_deref().unwrap_or_default();
        let numbers =
            format!("{} of {} need attention", grouped(tenant.triage.need_attention), grouped(tenant.triage.devices));
        let numbers = if tenant.is_read { numbers } else { "not read".to_owned() };
        text(&format!("{name}: {numbers}; {}", tenant.info.completeness.line()))
    });
    about.extend(tenants);
    about
}

fn tiles(report: &FleetReport<'_>) -> Vec<Tile> {
    let triage = report.triage;
    let tile = |kind, number: u64, name, detail: String, link: String| Tile {
        kind,
        number: grouped(number),
        name,
        detail,
        link,
    };
    let share = percent(triage.share_needing_attention());
    let mut tiles = vec![
        tile("", triage.devices, "devices", String::new(), "#devices".to_owned()),
        tile("bad", triage.need_attention, "need attention", share, link("status", STATUSES[1])),
        tile("good", triage.ok(), "OK", String::new(), link("status", STATUSES[0])),
        tile("", triage.not_known, "not known", not_assessed(report), link("status", STATUSES[2])),
    ];
    if let Some(since) = &report.since {
        let difference = since.difference;
        let detail = format!("{} resolved", grouped(difference.resolved));
        tiles.push(tile("", difference.newly_need_attention, "newly need attention", detail, link("was", "new")));
    }
    tiles
}

fn not_assessed(report: &FleetReport<'_>) -> String {
    let not_assessed = report.triage.not_assessed;
    let parts =
        [(not_assessed > 0).then(|| format!("{} not assessed", grouped(not_assessed))), report.unreadable.in_words()];
    parts.into_iter().flatten().collect::<Vec<_>>().join("; ")
}

fn changes(report: &FleetReport<'_>) -> Option<Changes> {
    let since = report.since.as_ref()?;
    let counts = since.difference;
    let links = [
        Linked::named(counts.newly_need_attention, "newly need attention", link("was", "new")),
        Linked::named(counts.resolved, "resolved", link("was", "resolved")),
        Linked::named(counts.still_need_attention, "unchanged", link("was", "unchanged")),
        Linked::named(counts.with_new_properties, "with new properties", link("has-new", "")),
        Linked::named(counts.new_devices, "new devices", link("change", "new")),
    ];
    let missing = counts.not_seen.iter().take(MISSING_ROWS).map(|id| text(&id.to_string())).collect();
    let all = counts.not_seen.len() as u64;
    let of =
        if all > MISSING_ROWS as u64 { format!(", the first {}", grouped(MISSING_ROWS as u64)) } else { String::new() };
    Some(Changes {
        title: text(&since.title()),
        lines: difference::summary(counts, since.last, report.info).iter().map(|line| text(line)).collect(),
        counts: links.into_iter().collect(),
        rows: counts.by_property.iter().map(ChangeRow::new).collect(),
        missing_title: format!("Missing since the pull before: {}{of}", counted(all, "device")),
        missing,
    })
}

/// The places to which links lead without the script: the list of devices.
fn anchors(counts: &[Counts], changes: Option<&Changes>, updates: &[UpdateRow], tiles: &[Tile]) -> Vec<String> {
    let rows = counts.iter().flat_map(|counts| &counts.rows);
    let of_counts = rows.flat_map(|row| [&row.devices, &row.need, &row.unknown]);
    let of_changes = changes
        .into_iter()
        .flat_map(|changes| changes.counts.iter().chain(changes.rows.iter().flat_map(|row| &row.counts)));
    let of_updates = updates.iter().flat_map(|row| [&row.devices, &row.newest]);
    let links = of_counts.chain(of_changes).chain(of_updates).map(|linked| &linked.link);
    let links = links.chain(tiles.iter().map(|tile| &tile.link)).map(|link| link.trim_start_matches('#').to_owned());

    // The list has this one itself.
    let mut anchors: Vec<_> = links.filter(|link| !link.is_empty() && link != "devices").collect();
    anchors.sort();
    anchors.dedup();
    anchors
}

/// The columns of the list, as the script and people call them.
fn columns(has_tenants: bool) -> Vec<(&'static str, &'static str)> {
    let tenant = has_tenants.then_some(("tenant", "Tenant"));
    let rest = [
        ("group", "Group"),
        ("owner", "Owner"),
        ("seen", "Last seen (UTC)"),
        ("version", "Version"),
        ("reasons", "Requires attention"),
    ];
    [("device", "Device")].into_iter().chain(tenant).chain(rest).collect()
}

/// The devices that are listed without the script: those that need attention first.
fn static_devices(devices: &DeviceList) -> Vec<&ListedDevice> {
    let of = |status: Status| devices.devices.iter().filter(move |device| device.status == status);
    of(Status::Attention).chain(of(Status::NotKnown)).chain(of(Status::Ok)).take(STATIC_ROWS).collect()
}

fn static_rows(report: &FleetReport<'_>) -> Vec<StaticRow> {
    let has_tenants = !report.tenants.is_empty();
    let row = |device: &ListedDevice| {
        let id = endstate_model::DeviceId::from(DeviceList::id_of(device));
        let portal = if has_tenants { None } else { device_url(report.info, &id) };
        let cells =
            columns(has_tenants).into_iter().map(|(name, _)| name).zip(report.devices.cells(device, has_tenants));
        StaticRow { cells: cells.collect(), portal: portal.unwrap_or_default() }
    };
    static_devices(report.devices).into_iter().map(row).collect()
}

fn shown(devices: &DeviceList) -> String {
    let all = devices.devices.len() as u64;
    if all <= STATIC_ROWS as u64 {
        return counted(all, "device");
    }
    format!(
        "{}; without scripts, the page shows the first {} of them, those that need attention first",
        counted(all, "device"),
        grouped(STATIC_ROWS as u64)
    )
}

fn footer(report: &FleetReport<'_>) -> Vec<String> {
    let now = jiff::Timestamp::now().strftime("%-d %b %Y %H:%M UTC");
    let mut footer = vec![format!(
        "Written {now} by endstate {}. Support of releases as of {}.",
        env!("CARGO_PKG_VERSION"),
        report.day
    )];
    if !report.info.has_every_device() {
        footer.push(
            "Devices may be missing: a number can be too small, and no device is OK because it is not here.".to_owned(),
        );
    }
    footer
}

fn data(report: &FleetReport<'_>) -> anyhow::Result<String> {
    let FleetReport { devices, tenants, info, triage, .. } = *report;
    let known = || devices.properties.iter().map(|(name, property)| (&**name, property));
    let shown = known().map(|(name, property)| (name, shown_name(property, triage.includes_informational)));
    let statuses = [("ok", "OK"), ("attention", "needs attention"), ("not-known", "not known")];
    let filters = [("status", STATUSES[1]), ("status", STATUSES[2]), ("status", STATUSES[0])];
    let names = ["Needs attention", "Not known", "OK"];
    let filters = filters.iter().zip(names).map(|((name, value), shown)| (fragment(name, value), shown.to_owned()));
    let all = [(String::new(), "All devices".to_owned())].into_iter();
    let properties = triage.by_property.iter().map(|row| {
        let shown = escaped(row.key.display_name()).into_owned();
        (fragment("property", row.key.as_str()), format!("{}: {shown}", row.key.category()))
    });
    let groups = triage.by_device.iter().filter_map(|row| row.key.as_deref());
    let groups = groups.map(|group| (fragment("group", group), format!("Group: {}", escaped(group))));

    let data = Data {
        portal: if tenants.is_empty() { portal_prefix(info) } else { None },
        columns: columns(!tenants.is_empty()).into_iter().map(|(key, _)| key).collect(),
        statuses: STATUSES,
        names: known().map(|(name, _)| name).collect(),
        shown: shown.collect(),
        shown_statuses: statuses.into_iter().collect(),
        categories: known().map(|(name, property)| (name, property.category().as_str())).collect(),
        informational: known().filter(|(_, property)| property.is_informational()).map(|(name, _)| name).collect(),
        includes_informational: triage.includes_informational,
        sets: devices.sets(),
        updates: devices.updates(),
        texts: devices.texts(),
        conditions: CONDITIONS.into_iter().collect(),
        filters: all.chain(filters).chain(properties).chain(groups).collect(),
        devices: &devices.devices,
    };
    // A script element ends at its end tag, whatever it has.
    Ok(serde_json::to_string(&data)?.replace('<', "\\u003c"))
}
