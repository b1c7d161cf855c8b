//! Rows of a collection from a file, a service or the demo, to a sink: the one way to read them.

use std::path::{Path, PathBuf};

use endstate_analysis::Condition;
use endstate_model::Entity;

use super::outcome::EndedPull;
use super::request::PullRequest;
use super::runner;
use crate::cli::{ProfileArgs, SourceArgs, StatesFrom};
use crate::config::settings::{CliOverrides, ProfileOrigin, Settings};
use crate::rows::{RowSink, UnreadableCounts};
use crate::service::source::LiveSource;
use crate::store::pull_info::PullInfo;
use crate::store::reader;

/// Where rows come from.
#[derive(Debug)]
pub(crate) enum Input {
    /// A file that `endstate pull` wrote.
    File {
        path: PathBuf,
        /// The tenant of rows that do not name theirs.
        tenant: Option<String>,
    },
    /// A service, or the emulator of `--demo`.
    Live(Box<LiveSource>),
}

/// What was read.
#[derive(Debug)]
pub(crate) struct ReadPull {
    pub(crate) info: PullInfo,
    /// Readable rows that did not match the condition.
    pub(crate) not_matching: u64,
    pub(crate) unreadable: UnreadableCounts,
    /// How the run ended; `None` for a file.
    pub(crate) ended: Option<EndedPull>,
}

impl ReadPull {
    /// A live pull.
    pub(crate) fn from_ended(ended: EndedPull) -> Self {
        Self {
            info: PullInfo::from_receipt(&ended.receipt),
            not_matching: ended.not_matching,
            unreadable: ended.receipt.unreadable,
            ended: Some(ended),
        }
    }
}

impl Input {
    pub(crate) fn file(path: &Path) -> Self {
        Self::File { path: path.to_owned(), tenant: None }
    }

    /// Names the tenant of a file.
    pub(crate) fn of_tenant(self, name: Option<String>) -> Self {
        match self {
            Self::File { path, .. } => Self::File { path, tenant: name },
            live @ Self::Live(_) => live,
        }
    }

    /// A service, or the emulator of `--demo`. Nothing is requested yet.
    pub(crate) async fn live(args: &SourceArgs, settings: Settings) -> anyhow::Result<Self> {
        Ok(Self::Live(Box::new(LiveSource::open(args, settings).await?)))
    }

    /// Joins names and groups of devices to states of a service that does not send them.
    pub(crate) fn with_devices(self) -> Self {
        match self {
            Self::Live(source) => Self::Live(Box::new(source.with_devices())),
            file @ Self::File { .. } => file,
        }
    }

    /// A day of the emulated tenant, for commands without a source of their own.
    pub(crate) async fn demo(day: u32, states_from: StatesFrom) -> anyhow::Result<Self> {
        let args = SourceArgs { demo: true, demo_day: Some(day), profiles: ProfileArgs::default() };
        let mut settings = Settings::resolve(&CliOverrides::default(), None, ProfileOrigin::Environment, false)?;
        settings.service.states_from = states_from;
        Self::live(&args, settings).await
    }
}

/// Passes every matching row of the input to `sink`.
///
/// A pull that read nothing is not an error here: the caller has its receipt, and reports it.
pub(crate) async fn read<E: Entity>(
    input: &Input,
    condition: Option<&Condition<E>>,
    sink: &mut impl RowSink<E>,
) -> anyhow::Result<ReadPull> {
    match input {
        Input::File { path, tenant } => read_file(path, tenant.as_deref(), condition, sink),
        Input::Live(source) => read_live(source, condition, sink).await,
    }
}

/// Passes every matching row of a service to `sink`.
pub(crate) async fn read_live<E: Entity>(
    source: &LiveSource,
    condition: Option<&Condition<E>>,
    sink: &mut impl RowSink<E>,
) -> anyhow::Result<ReadPull> {
    Ok(ReadPull::from_ended(runner::run(source, PullRequest::new(source, condition)?, sink).await?))
}

/// Passes every matching row of a file to `sink`. `tenant` is that of rows that do not name theirs.
pub(crate) fn read_file<E: Entity>(
    path: &Path,
    tenant: Option<&str>,
    condition: Option<&Condition<E>>,
    sink: &mut impl RowSink<E>,
) -> anyhow::Result<ReadPull> {
    let mut not_matching = 0;
    let mut undecided = 0;
    let read = reader::read(path, |row| {
        let decision = row.decide(condition, tenant);
        undecided += u64::from(decision.is_none());
        if decision == Some(true) {
            return sink.row(row);
        }
        sink.left_out(row);
        not_matching += u64::from(row.item().is_ok());
        Ok(())
    })?;

    let info = PullInfo::from_file(path, &read)?;
    let of_condition = UnreadableCounts { undecided, ..UnreadableCounts::default() };
    of_condition.warn_of_undecided();
    let unreadable = info.unreadable.larger_of_each(of_condition);
    Ok(ReadPull { info, not_matching, unreadable, ended: None })
}
