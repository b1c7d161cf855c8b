//! Generates updates for the builds of the fleet, and the vulnerabilities that they close. A device
//! with an older revision than an update really misses this update.
//!
//! Numbers and names are invented, from ranges that Microsoft does not use, so they cannot be
//! mistaken for real ones.

use std::sync::LazyLock;

use serde::Serialize;

use crate::contents::Row;
use crate::windows_builds::{WINDOWS_BUILDS, WindowsBuild};

/// An item of `kbinfo`, in the order of the document.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct KbInfo {
    id: String,
    release: String,
    publishing_date: String,
    version: String,
    architecture: &'static str,
}

/// An item of `cvekbmap`, in the order of the document.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CveKbMap {
    cve_kb_id: String,
    cve_id: String,
    kb_id: String,
    title: &'static str,
    severity: &'static str,
}

/// An update. Builds of one branch share an update if they have the same revision, as in reality.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Update {
    branch: &'static str,
    revision: u32,
    year: u32,
    month: u32,
}

/// No update from Microsoft has such a high number.
const FIRST_NUMBER: usize = 9_000_001;

/// The vulnerabilities that a month can have, each with its title and severity.
const KINDS: [(&str, &str); 12] = [
    ("Windows Kernel Elevation of Privilege Vulnerability", "Important"),
    ("Remote Desktop Client Remote Code Execution Vulnerability", "Critical"),
    ("Windows SMB Information Disclosure Vulnerability", "Important"),
    ("Win32k Elevation of Privilege Vulnerability", "Important"),
    ("Windows TCP/IP Denial of Service Vulnerability", "Moderate"),
    ("Scripting Engine Memory Corruption Vulnerability", "Critical"),
    ("Windows Print Spooler Elevation of Privilege Vulnerability", "Important"),
    ("Windows Hyper-V Remote Code Execution Vulnerability", "Critical"),
    ("Windows Error Reporting Elevation of Privilege Vulnerability", "Important"),
    ("BitLocker Security Feature Bypass Vulnerability", "Moderate"),
    ("Windows Graphics Component Information Disclosure Vulnerability", "Low"),
    ("Microsoft Defender Spoofing Vulnerability", "Important"),
];

/// Returns the items of `kbinfo`.
pub(crate) fn updates() -> Vec<Row> {
    let all = distinct_updates();
    let mut rows = Vec::new();
    for build in WINDOWS_BUILDS {
        for age in 0..build.revisions.len() {
            let (number, update) = numbered(&all, &Update::for_build(build, age));
            let release = format!("KB{number} ({}.{})", build.build, update.revision);
            for architecture in architectures(build) {
                let item = KbInfo {
                    id: format!("{release} {architecture}"),
                    release: release.clone(),
                    publishing_date: format!("{:04}-{:02}-10T18:00:00Z", update.year, update.month),
                    version: format!("10.0.{}.{}", build.build, update.revision),
                    architecture,
                };
                rows.push(Row::new(&item.id, &item));
            }
        }
    }
    rows
}

/// A vulnerability that an update closes.
#[derive(Debug)]
pub(crate) struct Closed {
    pub(crate) cve: String,
    pub(crate) title: &'static str,
    /// In the words of `cvekbmap`.
    pub(crate) severity: &'static str,
}

/// Returns the items of `cvekbmap`.
pub(crate) fn vulnerabilities() -> Vec<Row> {
    let rows = closed_by_updates().iter().flat_map(|(number, closed)| {
        closed.iter().map(move |Closed { cve, title, severity }| {
            let (kb_id, cve_id) = (number.to_string(), cve.clone());
            let item = CveKbMap { cve_kb_id: format!("{cve}-{kb_id}"), cve_id, kb_id, title, severity };
            Row::new(&item.cve_kb_id, &item)
        })
    });
    rows.collect()
}

/// Returns the number of each update and the vulnerabilities that it closes, by rising numbers.
pub(crate) fn closed_by_updates() -> &'static [(usize, Vec<Closed>)] {
    static CLOSED: LazyLock<Vec<(usize, Vec<Closed>)>> = LazyLock::new(|| {
        let all = distinct_updates();
        all.iter().enumerate().map(|(place, update)| (FIRST_NUMBER + place, update.closes())).collect()
    });
    &CLOSED
}

/// Returns the vulnerabilities that the update with this number closes.
pub(crate) fn closed_by(number: usize) -> &'static [Closed] {
    let place = number.checked_sub(FIRST_NUMBER);
    place.and_then(|place| closed_by_updates().get(place)).map_or(&[], |(_, closed)| closed)
}

/// Every build and revision, with the number of its update.
static NUMBERS: LazyLock<Vec<(u32, u32, usize)>> = LazyLock::new(|| {
    let all = distinct_updates();
    let of_build = |build: &'static WindowsBuild| {
        build.revisions.iter().enumerate().map(move |(age, revision)| (build, age, *revision))
    };
    let revisions = WINDOWS_BUILDS.iter().flat_map(of_build);
    revisions
        .map(|(build, age, revision)| (build.build, revision, numbered(&all, &Update::for_build(build, age)).0))
        .collect()
});

/// Returns the numbers of the updates of a build that are newer than a revision.
pub(crate) fn newer_updates(build: u32, revision: u32) -> impl Iterator<Item = usize> {
    let is_newer = move |row: &&(u32, u32, usize)| row.0 == build && row.1 > revision;
    NUMBERS.iter().filter(is_newer).map(|(_, _, number)| *number)
}

/// Returns the architectures of a build, as in [`Fleet`](crate::Fleet).
pub(crate) fn architectures(build: &WindowsBuild) -> impl Iterator<Item = &'static str> {
    let x86 = build.has_x86().then_some("X86");
    let arm64 = build.has_arm64.then_some("Arm64");
    std::iter::once("Amd64").chain(x86).chain(arm64)
}

fn distinct_updates() -> Vec<Update> {
    let mut all: Vec<Update> = Vec::new();
    for build in WINDOWS_BUILDS {
        for update in (0..build.revisions.len()).map(|age| Update::for_build(build, age)) {
            if !all.iter().any(|known| known.is_same(&update)) {
                all.push(update);
            }
        }
    }
    all
}

/// Returns the number of an update, and the update that is known by that number.
fn numbered(all: &[Update], update: &Update) -> (usize, Update) {
    let known = all.iter().enumerate().find(|(_, known)| known.is_same(update));
    known.map_or((FIRST_NUMBER, *update), |(place, known)| (FIRST_NUMBER + place, *known))
}

impl Update {
    /// Returns the update to a build's revision. It is published seven months after the previous
    /// update.
    fn for_build(build: &WindowsBuild, age: usize) -> Self {
        let of_lab_time = |digits: std::ops::Range<usize>| build.lab_time[digits].parse::<u32>().unwrap_or(1);
        let year = 2000 + of_lab_time(0..2);
        let month = of_lab_time(2..4);
        let months = month - 1 + 7 * (u32::try_from(age).unwrap_or(0) + 1);
        Self { branch: build.branch, revision: build.revisions[age], year: year + months / 12, month: months % 12 + 1 }
    }

    /// Returns the vulnerabilities that the update closes: some of those of its month, so several
    /// updates can close the same one.
    fn closes(&self) -> Vec<Closed> {
        let kinds = KINDS.into_iter().enumerate();
        let some = kinds.filter(|(place, _)| !(self.revision as usize + place).is_multiple_of(3));
        some.map(|(place, (title, severity))| {
            let cve = format!("CVE-{}-{}", self.year, 900_000 + self.month as usize * 100 + place);
            Closed { cve, title, severity }
        })
        .collect()
    }

    fn is_same(&self, other: &Self) -> bool {
        (self.branch, self.revision) == (other.branch, other.revision)
    }
}
