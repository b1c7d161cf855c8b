//! A pull of a history where a file is expected: `LAKE@DAY`, or `LAKE` for its last pull.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, BufRead, Read};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use anyhow::Context;
use endstate_history::{Lake, Snapshot, States, StoredState, TenantName};
use endstate_model::UtcTime;
use jiff::civil::Date;
use serde_json::Value;

use super::lake;
use super::receipt::Receipt;
use crate::exit::UsageError;

/// A pull of a history.
#[derive(Debug, Clone)]
pub(crate) struct StoredPull {
    lake: Lake,
    snapshot: Snapshot,
    /// `None` if the table of pulls does not have it.
    pub(crate) receipt: Option<Receipt>,
}

/// The end of the year 9999, in seconds since 1970 began.
const END_OF_TIME: i64 = 253_402_207_200;

/// What was found, so a command reads one version of a history.
static FOUND: Mutex<BTreeMap<PathBuf, StoredPull>> = Mutex::new(BTreeMap::new());

impl StoredPull {
    /// The pull that a path names; `None` if it names a file.
    pub(crate) fn find(path: &Path) -> anyhow::Result<Option<Self>> {
        if let Some(found) = FOUND.lock().unwrap_or_else(PoisonError::into_inner).get(path) {
            return Ok(Some(found.clone()));
        }
        let Some(name) = PullName::from_path(path) else { return Ok(None) };
        let lake = lake::open(&name.lake)?;
        let snapshots = match name.time {
            Time::Last => lake.last_before(UtcTime::from_second(END_OF_TIME)),
            Time::Between(first, last) => lake.snapshots_between(first, last),
        };
        let shown = path.display();
        let snapshots = snapshots.with_context(|| format!("cannot read {shown}"))?;
        let snapshot = name.choose(snapshots)?;

        let text = lake.receipt(&snapshot).with_context(|| format!("cannot read the receipt of {shown}"))?;
        let receipt = text.map(|text| serde_json::from_str::<Receipt>(&text)).transpose();
        let mut receipt = receipt.with_context(|| format!("the receipt of {shown} cannot be read"))?;
        if let Some(receipt) = &mut receipt {
            receipt.set_output(Some(path));
        }
        let found = Self { lake, snapshot, receipt };
        FOUND.lock().unwrap_or_else(PoisonError::into_inner).insert(path.to_owned(), found.clone());
        Ok(Some(found))
    }

    /// The last pull of a history before a moment, as a path that names it. A path that names a
    /// file or a day stays as it is.
    pub(crate) fn last_before(path: &Path, moment: Option<&str>, tenant: Option<&str>) -> anyhow::Result<PathBuf> {
        let Some(name) = PullName::from_path(path).filter(|name| matches!(name.time, Time::Last)) else {
            return Ok(path.to_owned());
        };
        let moment = moment.and_then(|moment| moment.parse::<UtcTime>().ok());
        let moment = moment.unwrap_or_else(|| UtcTime::from_second(jiff::Timestamp::now().as_second()));
        let mut snapshots = lake::open(&name.lake)?.last_before(moment)?;
        if tenant.is_some() && name.tenant.is_none() {
            // Those of another tenant are no earlier pulls of this one.
            let is_of = |snapshot: &Snapshot, tenant| snapshot.tenant.as_ref().map(TenantName::as_str) == tenant;
            let has_own = snapshots.iter().any(|snapshot| is_of(snapshot, tenant));
            snapshots.retain(|snapshot| is_of(snapshot, tenant.filter(|_| has_own)));
        }
        let snapshot = name.choose(snapshots).context("there is no earlier pull to compare with")?;
        let tenant = snapshot.tenant.as_ref().map(TenantName::as_str).unwrap_or_default();
        let mut lake = name.lake.display().to_string();
        if lake.split_once("://").is_some_and(|(_, rest)| !rest.contains('/')) {
            // What follows is not the end of its host.
            lake.push('/');
        }
        Ok(format!("{lake}@{tenant}@{}", snapshot.started_at).into())
    }

    /// Whether a path names the last pull of a history.
    pub(crate) fn is_last(path: &Path) -> bool {
        PullName::from_path(path).is_some_and(|name| matches!(name.time, Time::Last))
    }

    /// Its states, as NDJSON.
    pub(crate) fn open(&self) -> Box<dyn BufRead + Send> {
        Box::new(StateLines { states: self.lake.states(&self.snapshot), line: Vec::new(), read: 0 })
    }
}

/// A pull as the command line names it.
#[derive(Debug, PartialEq, Eq)]
struct PullName {
    lake: PathBuf,
    tenant: Option<String>,
    time: Time,
}

#[derive(Debug, PartialEq, Eq)]
enum Time {
    Last,
    /// From one moment to another.
    Between(UtcTime, UtcTime),
}

impl PullName {
    fn from_path(path: &Path) -> Option<Self> {
        let text = path.to_str()?;
        if path.is_file() {
            return None;
        }
        let Some((rest, time)) = text.rsplit_once('@').and_then(|(rest, day)| Some((rest, time(day)?))) else {
            // `LAKE@TENANT`, unless there is no such folder.
            let of_tenant = text.rsplit_once('@').filter(|(lake, tenant)| {
                Path::new(lake).join("machinesecuritystates").is_dir() && tenant.parse::<TenantName>().is_ok()
            });
            if let Some((lake, tenant)) = of_tenant {
                return Some(Self { lake: lake.into(), tenant: Some(tenant.to_owned()), time: Time::Last });
            }
            let is_lake = path.is_dir() || text.contains("://");
            return is_lake.then(|| Self { lake: path.to_owned(), tenant: None, time: Time::Last });
        };

        if Path::new(rest).is_dir() {
            return Some(Self { lake: rest.into(), tenant: None, time });
        }
        // `abfss://container@account` has no tenant.
        let authority =
            rest.find("://").map_or(0, |at| rest[at + 3..].find('/').map_or(rest.len(), |end| at + 3 + end));
        let tenant = rest.rsplit_once('@').filter(|(lake, tenant)| {
            let is_tenant = tenant.is_empty() || tenant.parse::<TenantName>().is_ok();
            lake.len() >= authority && !lake.is_empty() && is_tenant
        });
        let (lake, tenant) = tenant.map_or((rest, None), |(lake, tenant)| (lake, Some(tenant.to_owned())));
        Some(Self { lake: lake.into(), tenant, time })
    }

    /// The last of the pulls that have this name.
    fn choose(&self, mut snapshots: Vec<Snapshot>) -> anyhow::Result<Snapshot> {
        let lake = self.lake.display();
        if let Some(tenant) = &self.tenant {
            snapshots.retain(|snapshot| snapshot.tenant.as_ref().map_or("", TenantName::as_str) == tenant);
        }
        if snapshots.iter().any(|snapshot| snapshot.tenant != snapshots[0].tenant) {
            let tenants: BTreeSet<_> = snapshots.into_iter().map(|snapshot| snapshot.tenant).collect();
            let names = lake::tenant_names(&tenants.into_iter().collect::<Vec<_>>());
            let message = format!("{lake} has several tenants: {names}; name one, as {lake}@TENANT@2026-11-24");
            return Err(UsageError::new(message).into());
        }
        let last = snapshots.into_iter().max_by_key(|snapshot| snapshot.started_at);
        let of = self.tenant.as_ref().map(|tenant| format!(" of '{tenant}'")).unwrap_or_default();
        let message =
            || format!("{lake} has no such pull{of}; write a day as 2026-11-24, or see `endstate history list {lake}`");
        last.ok_or_else(|| UsageError::new(message()).into())
    }
}

/// `latest`, a day in UTC, or the moment at which a pull started.
fn time(text: &str) -> Option<Time> {
    if text == "latest" {
        return Some(Time::Last);
    }
    if let Ok(day) = text.parse::<Date>()
        && text.len() == 10
    {
        let first = day.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp().as_second();
        let last = UtcTime::from_second(first + 86_399);
        return Some(Time::Between(UtcTime::from_second(first), last));
    }
    let moment: UtcTime = text.parse().ok()?;
    Some(Time::Between(moment, moment))
}

/// The states of a pull as lines of JSON.
struct StateLines {
    states: States,
    line: Vec<u8>,
    /// How much of the line was read.
    read: usize,
}

impl BufRead for StateLines {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.read == self.line.len() {
            self.line.clear();
            self.read = 0;
            // Several lines at once, because each call costs.
            while self.line.len() < 64 * 1024 {
                let Some(state) = self.states.next() else { break };
                write_item(&state.map_err(io::Error::other)?, &mut self.line)?;
                self.line.push(b'\n');
            }
        }
        Ok(&self.line[self.read..])
    }

    fn consume(&mut self, amount: usize) {
        self.read = (self.read + amount).min(self.line.len());
    }
}

impl Read for StateLines {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        let available = self.fill_buf()?;
        let length = available.len().min(to.len());
        to[..length].copy_from_slice(&available[..length]);
        self.consume(length);
        Ok(length)
    }
}

/// Writes the item of a state, with the members that have no column.
fn write_item(stored: &StoredState, to: &mut Vec<u8>) -> io::Result<()> {
    let Some(other) = &stored.other else { return Ok(serde_json::to_writer(to, &stored.state)?) };
    let mut item = serde_json::to_value(&stored.state)?;
    if let (Value::Object(item), Value::Object(others)) = (&mut item, serde_json::from_str(other)?) {
        item.extend(others);
    }
    Ok(serde_json::to_writer(to, &item)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_a_lake_a_tenant_and_a_day() {
        let name = |text: &str| {
            PullName::from_path(Path::new(text)).map(|name| (name.lake.display().to_string(), name.tenant))
        };
        let no_tenant = |lake: &str| Some((lake.to_owned(), None));
        assert_eq!(name("lake@2026-11-24"), no_tenant("lake"));
        assert_eq!(name("lake@latest"), no_tenant("lake"));
        assert_eq!(
            name("a/lake@contoso.com@2026-11-24T06:00:00Z"),
            Some(("a/lake".to_owned(), Some("contoso.com".to_owned())))
        );
        let azure = "abfss://container@account.dfs.core.windows.net";
        assert_eq!(name(&format!("{azure}@2026-11-24")), no_tenant(azure));
        assert_eq!(name(&format!("{azure}/x@y@2026-11-24")), Some((format!("{azure}/x"), Some("y".to_owned()))));
        assert_eq!(name(azure), no_tenant(azure));
        for file in ["states@home.ndjson", "2026-11-24.ndjson", "lake@2026", "-"] {
            assert_eq!(name(file), None, "{file}");
        }
    }
}
