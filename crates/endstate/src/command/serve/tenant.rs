//! A tenant of the service: its source, which stays open from pull to pull, so its call limits and
//! its token do, too.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Instant;

use anyhow::anyhow;
use endstate_analysis::{DeviceKey, Order, TriageBuilder};
use endstate_model::{Date, UtcTime};
use endstate_paging::{Outcome, Reason};
use jiff::Timestamp;
use tokio::time::sleep_until;

use super::devices::ServedDevices;
use super::notice_queue::NoticeQueue;
use super::notices::Reported;
use super::server::Served;
use crate::cli::ServeArgs;
use crate::command::fleet::{self, Counting, DeviceSink, FleetResult};
use crate::command::gate::Checked;
use crate::command::report::fleet_report;
use crate::command::tenant_input::InputIdentity;
use crate::config::profiles::{self, Profile, Tenants};
use crate::config::settings::{CliOverrides, Settings};
use crate::pull::read::Input;
use crate::report::checks::Check;
use crate::report::service_status::{EndedAttempt, KeptPull};
use crate::service::source_kind::SourceKind;
use crate::store::completeness::Completeness;
use crate::store::pull_info::PullInfo;
use crate::terminal::{error_chain, output};

/// The devices that a report lists as the most urgent.
const MOST_URGENT: usize = 50;

/// A tenant and its source.
pub(super) struct ServedTenant {
    /// The name that tells it from other tenants; `None` if there is only one.
    pub(super) name: Option<String>,
    settings: Settings,
    input: Input,
    /// What its notices have reported.
    reported: Reported,
}

/// The names and settings of all tenants. A wrong profile is an error: a service that leaves a
/// tenant out looks like one without problems.
pub(super) fn resolve(args: &ServeArgs, overrides: &CliOverrides) -> anyhow::Result<Vec<(Option<String>, Settings)>> {
    match profiles::resolve(&args.source, overrides)? {
        Tenants::One(settings) => Ok(vec![(None, *settings)]),
        Tenants::Several(profiles) => {
            profiles.into_iter().map(|Profile { name, settings }| Ok((Some(name), settings?))).collect()
        }
    }
}

impl ServedTenant {
    /// Opens the source. Nothing is requested yet.
    pub(super) async fn open(args: &ServeArgs, name: Option<String>, settings: &Settings) -> anyhow::Result<Self> {
        let input = Input::live(&args.source, settings.clone()).await?.with_devices();
        Ok(Self { name, settings: settings.clone(), input, reported: Reported::default() })
    }

    /// Pulls on schedule, without end.
    pub(super) async fn run(mut self, args: Rc<ServeArgs>, served: Arc<Served>, notices: Option<NoticeQueue>) {
        loop {
            let started = Instant::now();
            self.pull(&args, &served, notices.as_ref()).await;
            sleep_until((started + args.every).into()).await;
        }
    }

    /// Pulls once, and has the result served if it is complete.
    async fn pull(&mut self, args: &ServeArgs, served: &Served, notices: Option<&NoticeQueue>) {
        let started_at = UtcTime::from_second(Timestamp::now().as_second());
        let clock = Instant::now();
        let (info, kept) = match self.read(args, started_at).await {
            Ok(read) => read,
            Err(error) => {
                output::error(&error);
                let why = Outcome::Incomplete(Reason::NothingRead);
                let completeness = Completeness::new(why, error_chain::one_line(error.as_ref()));
                let tenant = self.settings.sign_in.tenant.as_ref().map(ToString::to_string);
                let profile = self.settings.profile.clone();
                (PullInfo { profile, tenant, ..PullInfo::unknown(String::new(), completeness) }, None)
            }
        };

        let (outcome, verdict, seconds) = (info.outcome(), info.completeness.line(), clock.elapsed().as_secs_f64());
        let name = self.name.as_ref().map(|name| format!("{name}: ")).unwrap_or_default();
        let line = format!("{started_at} {name}{verdict} ({seconds:.1} s)");
        let before = served.ended(self.name.as_deref(), EndedAttempt { outcome, verdict, seconds }, kept.clone());
        // Who reads the line finds the result served.
        output::say(line);
        let none = TriageBuilder::new(0).finish();
        let notice = self.reported.notice(&info, before.as_deref(), kept.as_deref(), &none);
        if let (Some(notices), Some(notice)) = (notices, notice) {
            match notice.body(args.webhook.format) {
                Ok(body) => notices.push(body),
                Err(error) => output::error(&error),
            }
        }
    }

    /// The pull, and what is kept of it.
    async fn read(
        &mut self,
        args: &ServeArgs,
        started_at: UtcTime,
    ) -> anyhow::Result<(PullInfo, Option<Arc<KeptPull>>)> {
        let includes_informational = args.counted.include_informational;
        let count_by = Some(DeviceKey::Group);
        let counting = Counting { limit: MOST_URGENT, order: Order::Urgency, count_by, includes_informational };
        let devices = Rc::new(RefCell::new(ServedDevices::new(includes_informational)));
        let sink: Rc<RefCell<dyn DeviceSink>> = Rc::clone(&devices) as _;
        let reading = fleet::read_open(&args.counted, &self.input, self.identity(), counting, sink).await?;
        let is_complete = reading.info.outcome().is_complete();
        let Some(result) = reading.result.filter(|_| is_complete) else { return Ok((reading.info, None)) };
        self.stay_with(&result)?;

        let devices = Rc::try_unwrap(devices).map_err(|_| anyhow!("a tenant is still being read"))?.into_inner();
        let ServedDevices { listed, digest } = devices;
        let day = fleet::today()?;
        let missing = listed.missing.finish();
        let page = fleet_report(&result, &listed.list, &missing, day).page()?;
        let checks = checks(&result, args, day);
        let FleetResult { triage, info, unreadable, .. } = result;
        let kept = KeptPull { triage, info, unreadable, digest, checks, started_at, page: page.into() };
        Ok((reading.info, Some(Arc::new(kept))))
    }

    /// Reads from now on the source that the service has, and no other one first.
    fn stay_with(&mut self, result: &FleetResult) -> anyhow::Result<()> {
        let Input::Live(source) = &self.input else { return Ok(()) };
        let kind = result.info.states_from.as_ref().map_or(source.kind, SourceKind::from_states);
        if kind != source.kind {
            self.input = Input::Live(Box::new(source.switch_to(kind)?.with_devices()));
        }
        Ok(())
    }

    fn identity(&self) -> InputIdentity {
        let id = self.settings.sign_in.tenant.as_ref().map(ToString::to_string);
        InputIdentity { name: self.name.clone(), label: self.settings.profile.clone(), id }
    }
}

/// The checks of the command line.
fn checks(result: &FleetResult, args: &ServeArgs, day: Date) -> Vec<Check> {
    let checked = Checked {
        triage: &result.triage,
        difference: None,
        not_compared: &[],
        day,
        pulls: vec![&result.info],
        condition: None,
        empty: &result.empty,
        unknown_tenants: &[],
        unreadable: result.unreadable,
    };
    checked.run(&args.gate)
}
