//! A report of a fleet: a page for a browser, or Markdown for a ticket.

mod device_list;
mod filter;
mod page;
mod page_rows;
mod property_name;
#[cfg(feature = "xlsx")]
mod workbook;

use endstate_analysis::{MissingKbs, PullCounts, Triage};
use endstate_model::Date;

pub(crate) use self::device_list::DeviceList;
use super::arrangement::Arrangement;
use super::counts::counts;
use super::difference;
use super::document::{Document, Section, Style};
use super::pull_days::by_pull;
use super::tenants::{self, Tenant, UrgentDevice};
use super::triage::{Since, left_out, summary_line};
use super::urgent_table::urgent_table;
use crate::cli::{By, PageFormat};
use crate::rows::UnreadableCounts;
use crate::store::pull_info::PullInfo;
use crate::terminal::number::{counted, grouped};
use crate::terminal::output;

/// A fleet, and what belongs to its report.
pub(crate) struct FleetReport<'r> {
    pub(crate) triage: &'r Triage,
    /// Each of several tenants separately; `triage` is then all of them together.
    pub(crate) tenants: &'r [Tenant],
    /// The devices that need attention most urgently.
    pub(crate) urgent: Vec<UrgentDevice<'r>>,
    /// All devices that count.
    pub(crate) devices: &'r DeviceList,
    pub(crate) missing: &'r MissingKbs,
    pub(crate) info: &'r PullInfo,
    pub(crate) unreadable: UnreadableCounts,
    /// The condition that devices had to match, and the number of all devices.
    pub(crate) selection: Option<(&'r str, u64)>,
    pub(crate) since: Option<Since<'r>>,
    /// The tenants that have no earlier pull.
    pub(crate) not_compared: &'r [String],
    /// The pulls of a history, oldest first.
    pub(crate) trend: Option<&'r [PullCounts]>,
    /// The date of out-of-support checks.
    pub(crate) day: Date,
}

impl FleetReport<'_> {
    /// Everything that goes to the file.
    pub(crate) fn render(&self, format: PageFormat) -> anyhow::Result<Vec<u8>> {
        match format {
            PageFormat::Html => self.page().map(String::into_bytes),
            PageFormat::Markdown => Ok(self.markdown().into_bytes()),
            #[cfg(feature = "xlsx")]
            PageFormat::Xlsx => workbook::workbook(self),
            #[cfg(not(feature = "xlsx"))]
            PageFormat::Xlsx => anyhow::bail!("this program was built without the feature xlsx; use --format html"),
        }
    }

    /// The page for a browser.
    pub(crate) fn page(&self) -> anyhow::Result<String> {
        Ok(output::for_programs(page::page(self)?))
    }

    fn markdown(&self) -> String {
        let tenants = tenants::table(self.tenants);
        let properties = counts(self.triage, By::Property, self.day);
        let groups = counts(self.triage, By::Group, self.day);
        let releases = counts(self.triage, By::Release, self.day);
        let changes = self.since.as_ref().map(|since| difference::properties(since.difference));
        let trend = self.trend.map(by_pull);
        let compares = self.since.is_some();
        let urgent =
            urgent_table(self.triage, &self.urgent, !self.tenants.is_empty(), compares, Arrangement::default());
        let updates = page_rows::updates_table(self.missing);

        let mut sections = vec![Section::untitled(&tenants)];
        if let (Some(since), Some(changes)) = (&self.since, &changes) {
            sections.push(Section::titled(since.title(), changes));
        }
        sections.push(Section::titled("By category and property", &properties));
        sections.extend(self.has_groups().then(|| Section::titled("By device group", &groups)));
        sections.push(Section::titled("By release", &releases));
        sections.extend(trend.as_ref().map(|trend| Section::titled("Trend", trend)));
        let listed = self.triage.most_urgent.len() as u64;
        sections.push(Section::first_of("Most urgent first", &urgent, listed, self.triage.need_attention));
        sections.push(Section::titled("Missing updates", &updates));

        let mut summary = self.summary();
        let updates_note = summary.pop();
        summary.extend(self.trend.and_then(|_| self.trend_note()).map(ToOwned::to_owned));
        summary.extend(updates_note);
        let (title, pulls) = ("Device security report", vec![self.info]);
        let sections = sections.into_iter().map(|section| section.with_all_in("the page has all")).collect();
        Document { title, summary, sections, pulls }.render(Style::Markdown)
    }

    /// The report in short, a line each. The last one is about updates.
    fn summary(&self) -> Vec<String> {
        let mut summary = vec![summary_line(self.triage, self.unreadable)];
        summary.extend(self.notes());
        if let Some(since) = &self.since {
            summary.extend(difference::summary(since.difference, since.last, self.info));
        }
        summary.push(self.updates_note());
        summary
    }

    /// What does not count, a line each.
    fn notes(&self) -> Vec<String> {
        let mut notes: Vec<_> = left_out(self.triage).into_iter().collect();
        if let Some((condition, all)) = self.selection {
            notes.push(format!("where {condition}: {} of {}", grouped(self.triage.devices), counted(all, "device")));
        }
        if self.since.is_some() && !self.not_compared.is_empty() {
            notes.push(format!("Without an earlier pull, and so not compared: {}", self.not_compared.join(", ")));
        }
        // An outcome that is complete can be that of a part.
        notes.extend(self.info.why_not_every_device().filter(|_| self.info.outcome().is_complete()));
        notes
    }

    /// Which devices the trend counts, if they are not those of the report.
    fn trend_note(&self) -> Option<&'static str> {
        let is_other = self.triage.left_out.total() > 0 || self.selection.is_some();
        match (is_other, self.triage.includes_informational) {
            (false, false) => None,
            (_, false) => Some("The trend counts all devices, also those that this report leaves out."),
            (_, true) => {
                Some("The trend counts all devices, and properties that only inform do not need attention in it.")
            }
        }
    }

    fn has_groups(&self) -> bool {
        self.triage.by_device.iter().any(|row| row.key.is_some())
    }

    /// How many devices lack updates, or that this is not known.
    fn updates_note(&self) -> String {
        let MissingKbs { devices, lacking, not_known, .. } = *self.missing;
        if devices == not_known && devices > 0 {
            return "Which updates devices lack is not known from this source; the source hunting knows it".to_owned();
        }
        format!(
            "Missing updates: {} of {}, {} not known",
            grouped(lacking),
            counted(devices, "device"),
            grouped(not_known)
        )
    }
}
