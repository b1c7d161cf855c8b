//! `endstate pull`: the state of every device, written as it arrives; of several tenants at once.

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use anyhow::ensure;
use endstate_analysis::Condition;
use endstate_model::{CveKbMap, Entity, KbInfo, MachineGroup, MachineSecurityState};
use endstate_paging::{Duplicates, Outcome, Reason, Resume};
use futures_util::future::join_all;

use super::condition;
use super::report_outcome::print_outcome;
use crate::cli::{Collection, PullArgs, RowFormat};
use crate::config::profiles::{self, Profile, Tenants};
use crate::config::settings::{CliOverrides, Settings};
use crate::exit::{Exit, UsageError};
use crate::pull::outcome::EndedPull;
use crate::pull::request::PullRequest;
use crate::pull::runner;
use crate::rows::InvalidItems;
use crate::service::source::LiveSource;
use crate::store::checkpoint::CheckpointIdentity;
use crate::store::format::FormulaGuard;
use crate::store::path::is_standard_stream;
use crate::store::receipt::Receipt;
use crate::store::writer::{RowOutput, RowStyle, TenantOutput};
use crate::terminal::number::counted;
use crate::terminal::output;

/// The rows of several tenants that share stdout.
type SharedOutput<E> = Rc<RefCell<RowOutput<E>>>;

/// The pull of one tenant: its settings, and where its rows go.
struct TenantPull {
    settings: Settings,
    output: PathBuf,
    receipt: Option<PathBuf>,
    format: RowFormat,
}

/// How the pull of one tenant ended. It is reported once the pulls of all tenants have ended.
enum TenantResult {
    Ended(Box<WrittenPull>),
    /// The rows could not be written, but those of earlier pages are kept.
    Stopped {
        error: anyhow::Error,
        pages: u64,
    },
}

/// A pull whose rows are written.
struct WrittenPull {
    ended: EndedPull,
    kept: Option<PathBuf>,
    receipt_path: Option<PathBuf>,
    can_resume: bool,
}

pub(crate) async fn run(args: &PullArgs, overrides: &CliOverrides) -> anyhow::Result<Exit> {
    match args.collection {
        Collection::Machinesecuritystates => run_for::<MachineSecurityState>(args, overrides).await,
        Collection::Machinegroups => run_for::<MachineGroup>(args, overrides).await,
        Collection::Kbinfo => run_for::<KbInfo>(args, overrides).await,
        Collection::Cvekbmap => run_for::<CveKbMap>(args, overrides).await,
    }
}

async fn run_for<E: Entity>(args: &PullArgs, overrides: &CliOverrides) -> anyhow::Result<Exit> {
    let condition = condition::parse::<E>(args.condition.as_deref())?;
    match profiles::resolve(&args.source, overrides)? {
        Tenants::One(settings) => {
            let pull = TenantPull::plan(args, *settings)?;
            pull_one(args, pull, condition.as_ref(), None).await.map(TenantResult::report)
        }
        Tenants::Several(profiles) => pull_several(args, plan_all(args, profiles)?, condition.as_ref()).await,
    }
}

/// Pulls several tenants. A tenant that fails does not stop the others. What there is to report is
/// reported at the end, one tenant at a time.
async fn pull_several<E: Entity>(
    args: &PullArgs,
    pulls: Vec<(String, anyhow::Result<TenantPull>)>,
    condition: Option<&Condition<E>>,
) -> anyhow::Result<Exit> {
    let shared = open_shared(args, &pulls)?;
    let pulls = pulls.into_iter().map(|(name, pull)| {
        let shared = shared.clone();
        async move {
            let result = match pull {
                Ok(pull) => {
                    let shared = shared.filter(|_| pull.is_to_stdout());
                    pull_one(args, pull, condition, shared).await
                }
                Err(error) => Err(error),
            };
            (name, result)
        }
    });
    let results = join_all(pulls).await;
    if let Some(shared) = shared {
        shared.borrow_mut().end()?;
    }

    let mut worst = Exit::Done;
    for (name, result) in results {
        output::say(&name);
        worst = worst.max(match result {
            Ok(result) => result.report(),
            Err(error) if output::is_closed_pipe(&error) => return Err(error),
            Err(error) => {
                output::error(&error);
                Exit::Failed
            }
        });
    }
    Ok(worst)
}

/// Opens stdout for the tenants without a file of their own, if there are any.
fn open_shared<E: Entity>(
    args: &PullArgs,
    pulls: &[(String, anyhow::Result<TenantPull>)],
) -> anyhow::Result<Option<SharedOutput<E>>> {
    let usable = pulls.iter().filter_map(|(_, pull)| pull.as_ref().ok());
    let to_stdout: Vec<_> = usable.filter(|pull| pull.is_to_stdout()).collect();
    let Some(first) = to_stdout.first() else { return Ok(None) };
    let has_one_format = to_stdout.iter().all(|pull| pull.format == first.format);
    ensure!(has_one_format, UsageError::new("several tenants on stdout need one format; set --format"));
    let output = RowOutput::open(Path::new("-"), first.row_style(args), None)?;
    Ok(Some(Rc::new(RefCell::new(output))))
}

/// What each tenant's pull writes, and where: never two to the same file.
fn plan_all(args: &PullArgs, profiles: Vec<Profile>) -> anyhow::Result<Vec<(String, anyhow::Result<TenantPull>)>> {
    let mut pulls: Vec<(String, anyhow::Result<TenantPull>)> = Vec::new();
    for Profile { name, settings } in profiles {
        let pull = match settings {
            Ok(settings) => TenantPull::plan(args, settings)?,
            Err(error) => {
                pulls.push((name, Err(error)));
                continue;
            }
        };
        for other in pulls.iter().filter_map(|(_, other)| other.as_ref().ok()) {
            let is_same_receipt = pull.receipt.is_some() && pull.receipt == other.receipt;
            ensure!(
                (pull.is_to_stdout() || pull.output != other.output) && !is_same_receipt,
                UsageError::new("several profiles need a file each, such as -o '{profile}.ndjson'")
            );
        }
        pulls.push((name, Ok(pull)));
    }
    Ok(pulls)
}

/// A path in which `{profile}` is replaced by the name of the profile.
fn with_profile(path: &Path, profile: Option<&str>) -> anyhow::Result<PathBuf> {
    const PLACEHOLDER: &str = "{profile}";
    let Some(text) = path.to_str().filter(|text| text.contains(PLACEHOLDER)) else { return Ok(path.to_owned()) };
    let Some(profile) = profile else {
        return Err(
            UsageError::new(format!("{text} has {PLACEHOLDER}, but no profile is set; add --profile NAME")).into()
        );
    };
    // The name becomes part of a path, and must not be a path itself.
    let is_plain = !profile.is_empty() && !profile.contains(['/', '\\', ':']) && !profile.starts_with('.');
    ensure!(is_plain, "the name of profile '{profile}' cannot replace {PLACEHOLDER} in a path");
    Ok(text.replace(PLACEHOLDER, profile).into())
}

impl TenantPull {
    fn plan(args: &PullArgs, settings: Settings) -> anyhow::Result<Self> {
        let profile = settings.profile.as_deref();
        let output = with_profile(&settings.output.output, profile)?;
        let receipt = settings.output.receipt.as_deref().map(|path| with_profile(path, profile)).transpose()?;
        let format = RowFormat::resolve(settings.output.format, &output);
        let pull = Self { settings, output, receipt, format };
        let can_resume = !args.resume || !pull.is_to_stdout();
        ensure!(can_resume, UsageError::new("--resume needs a file to continue; add -o FILE"));
        Ok(pull)
    }

    fn is_to_stdout(&self) -> bool {
        is_standard_stream(&self.output)
    }

    fn row_style(&self, args: &PullArgs) -> RowStyle {
        RowStyle {
            format: self.format,
            guard: FormulaGuard::from_flag(args.csv_raw),
            has_condition: args.condition.is_some(),
            tenant: self.settings.tenant_label().map(ToOwned::to_owned),
        }
    }

    fn open<E: Entity>(&self, args: &PullArgs, source: &LiveSource) -> anyhow::Result<RowOutput<E>> {
        let profile = self.settings.profile.as_deref();
        let tenant = self.settings.sign_in.tenant.as_ref().map(ToString::to_string);
        let owner: Vec<_> = profile.into_iter().chain(tenant.as_deref()).collect();
        let identity = CheckpointIdentity {
            source: source.url::<E>()?,
            tenant: Some(owner.join(", ")).filter(|owner| !owner.is_empty()),
            format: self.format,
            keeps_duplicates: args.keep_duplicates,
        };
        RowOutput::open(&self.output, self.row_style(args), Some(identity))
    }
}

/// Pulls one tenant to the end.
async fn pull_one<E: Entity>(
    args: &PullArgs,
    pull: TenantPull,
    condition: Option<&Condition<E>>,
    shared: Option<SharedOutput<E>>,
) -> anyhow::Result<TenantResult> {
    let source = LiveSource::open(&args.source, pull.settings.clone()).await?;
    let mut invalid = InvalidItems::new::<E>();
    let mut resume = None;
    let mut rows = if let Some(shared) = shared {
        TenantOutput::Shared(shared)
    } else {
        let mut rows = pull.open(args, &source)?;
        if args.resume {
            resume = rows.resume(&mut invalid)?;
        }
        TenantOutput::Own(Box::new(rows))
    };

    let mut ended = match run_pull(args, &source, resume, invalid, condition, &mut rows).await {
        Ok(ended) => ended,
        Err(error) => return stopped(error, &rows),
    };
    if has_expired_checkpoint(&ended.receipt) {
        output::say("The checkpoint has expired; starting again at the first page");
        rows = TenantOutput::Own(Box::new(pull.open(args, &source)?));
        ended = run_pull(args, &source, None, InvalidItems::new::<E>(), condition, &mut rows).await?;
    }
    finish(args, &pull, rows, ended).map(Box::new).map(TenantResult::Ended)
}

/// Whether the first page after a checkpoint was no longer available.
fn has_expired_checkpoint(receipt: &Receipt) -> bool {
    let is_expired = receipt.outcome() == Outcome::Incomplete(Reason::LinkExpired);
    is_expired && receipt.resumed_from_page == Some(receipt.pages + 1)
}

async fn run_pull<E: Entity>(
    args: &PullArgs,
    source: &LiveSource,
    resume: Option<Resume>,
    invalid: InvalidItems,
    condition: Option<&Condition<E>>,
    rows: &mut TenantOutput<E>,
) -> anyhow::Result<EndedPull> {
    let duplicates = if args.keep_duplicates { Duplicates::Keep } else { Duplicates::Drop };
    let request = PullRequest::new(source, condition)?.duplicates(duplicates).resume(resume, invalid);
    runner::run(source, request, rows).await
}

/// The rows could not be written. Those of earlier pages are kept, and can be continued.
fn stopped<E>(error: anyhow::Error, rows: &TenantOutput<E>) -> anyhow::Result<TenantResult> {
    if let TenantOutput::Own(rows) = rows
        && let Some(partial) = rows.destination.partial_with_checkpoint()
    {
        let error = error.context(format!("cannot write {}", partial.display()));
        return Ok(TenantResult::Stopped { error, pages: rows.pages });
    }
    Err(error.context("cannot write the rows"))
}

fn finish<E: Entity>(
    args: &PullArgs,
    pull: &TenantPull,
    rows: TenantOutput<E>,
    mut ended: EndedPull,
) -> anyhow::Result<WrittenPull> {
    let exit = ended.exit();
    let mut kept = None;
    let mut can_resume = false;
    if let TenantOutput::Own(mut rows) = rows {
        if exit.is_usable() {
            rows.end()?;
        }
        let is_final = exit == Exit::Done || (exit == Exit::Incomplete && args.allow_incomplete);
        // A link that was refused or has expired would fail again.
        let reason = ended.receipt.outcome().reason();
        can_resume = matches!(reason, Some(Reason::PageLost | Reason::Cancelled | Reason::Limit))
            && rows.destination.partial_with_checkpoint().is_some()
            && !is_final
            // The emulator of the demo is gone after this run.
            && !args.source.demo;
        kept = rows.destination.finish(is_final)?;
    }

    ended.receipt.set_output(kept.as_deref());
    // In the chosen file, else beside the file that was written, if one was.
    let receipt_path = pull.receipt.clone().or_else(|| kept.as_ref().map(|_| Receipt::path_beside(&pull.output)));
    if let Some(path) = &receipt_path {
        ended.receipt.write(path)?;
    }
    Ok(WrittenPull { ended, kept, receipt_path, can_resume })
}

impl TenantResult {
    fn report(self) -> Exit {
        let WrittenPull { ended, kept, receipt_path, can_resume } = *match self {
            Self::Ended(written) => written,
            Self::Stopped { error, pages } => {
                output::error(&error);
                let pages = counted(pages, "page");
                output::hint(format_args!("{pages} kept. Fix the cause, then run the same command with --resume."));
                return Exit::Incomplete;
            }
        };
        print_outcome(&ended);
        if let Some(kept) = kept {
            output::detail(format_args!("{} in {}", counted(ended.receipt.rows, "row"), kept.display()));
        }
        if let Some(path) = receipt_path {
            output::detail(format_args!("receipt in {}", path.display()));
        }
        if can_resume {
            output::hint("To continue, run the same command with --resume.");
        }
        ended.exit()
    }
}
