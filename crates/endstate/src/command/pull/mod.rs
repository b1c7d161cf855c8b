//! `endstate pull`: the state of every device, written as it arrives; of several tenants at once.

mod plan;

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use anyhow::ensure;
use endstate_analysis::Condition;
use endstate_model::{CveKbMap, Entity, KbInfo, MachineGroup, MachineSecurityState};
use endstate_paging::{Duplicates, Outcome, Reason, Resume};
use futures_util::future::join_all;
use jiff::Timestamp;

use self::plan::{PlannedPulls, TenantPull, plan_all};
use super::condition;
use super::history::lake;
use super::report_outcome::print_outcome;
use crate::cli::{Collection, PullArgs};
use crate::config::profiles::{self, Tenants};
use crate::config::settings::CliOverrides;
use crate::exit::{Exit, UsageError};
use crate::pull::outcome::EndedPull;
use crate::pull::request::PullRequest;
use crate::pull::runner;
use crate::rows::InvalidItems;
use crate::service::source::LiveSource;
use crate::service::source_kind::SourceKind;
use crate::store::path::is_special;
use crate::store::receipt::Receipt;
use crate::store::regular_file::remove_if_exists;
use crate::store::writer::{RowOutput, TenantOutput};
use crate::terminal::interrupt;
use crate::terminal::number::counted;
use crate::terminal::output;

/// The rows of several tenants that share stdout.
type SharedOutput<E> = Rc<RefCell<RowOutput<E>>>;

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
    /// Why the receipt could not be written.
    receipt_error: Option<anyhow::Error>,
    can_resume: bool,
    /// Whether the pull entered the history, if it should; its error is reported.
    history: anyhow::Result<Exit>,
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
    pulls: PlannedPulls,
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

/// Pulls one tenant to the end.
async fn pull_one<E: Entity>(
    args: &PullArgs,
    pull: TenantPull,
    condition: Option<&Condition<E>>,
    shared: Option<SharedOutput<E>>,
) -> anyhow::Result<TenantResult> {
    // Held until the receipt is written.
    let locks = pull.reserve()?;
    let mut source = LiveSource::open(&args.source, pull.settings.clone()).await?;
    if condition.is_some_and(condition::names_devices) {
        source = source.with_devices();
    }
    let mut invalid = InvalidItems::new::<E>();
    let mut resume = None;
    let mut began_at = Timestamp::now();
    let mut rows = if let Some(shared) = shared {
        TenantOutput::Shared(shared)
    } else {
        let mut rows = pull.open(args, &source)?;
        if args.resume && source.kind != SourceKind::Preview {
            let name = source.kind.state_source();
            output::say(format_args!("A pull from {name} cannot be continued; starting at the beginning"));
            rows.keep_old_rows();
        } else if args.resume {
            rows.keep_old_rows();
            resume = rows.resume(&mut invalid, args.max_checkpoint_age)?;
        } else {
            rows.keep_rows_of_another_pull(args.max_checkpoint_age);
        }
        began_at = rows.began_at().unwrap_or(began_at);
        TenantOutput::Own(Box::new(rows))
    };

    // From here on the pull ends in its own way: with its rows, its receipt and its file's name.
    let _held = interrupt::hold();
    let mut ended = match run_pull(args, &source, resume, invalid, condition, &mut rows).await {
        Ok(ended) => ended,
        Err(error) => return stopped(error, &rows),
    };
    if ended.receipt.resumed_from_page.is_some() {
        ended.receipt.started_at = began_at.to_string();
    }
    if has_expired_checkpoint(&ended.receipt) {
        output::say("The checkpoint has expired; starting again at the first page");
        // The rows that were kept are put aside, and not written over.
        drop(rows);
        let mut restarted = pull.open(args, &source)?;
        restarted.keep_old_rows();
        rows = TenantOutput::Own(Box::new(restarted));
        ended = run_pull(args, &source, None, InvalidItems::new::<E>(), condition, &mut rows).await?;
    }
    let written = finish(args, &pull, rows, ended)?;
    drop(locks);
    Ok(TenantResult::Ended(Box::new(written)))
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
    let duplicates = if args.keep_duplicates { Duplicates::Keep } else { Duplicates::First };
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
        if is_final {
            // A receipt of an earlier pull must not describe the new file, if only for a moment.
            // One may be beside it, although this pull writes its own elsewhere.
            let is_file = !pull.is_to_stdout() && !is_special(&pull.output);
            let beside = is_file.then(|| Receipt::path_beside(&pull.output));
            for receipt in pull.receipt.iter().chain(&beside).filter(|receipt| !is_special(receipt)) {
                remove_if_exists(receipt)?;
            }
        }
        // Only these formats keep the links that an item has.
        if ended.receipt.partial_items > 0 && pull.format.can_resume() {
            rows.destination.make_private()?;
        }
        kept = rows.destination.finish(is_final)?;
    }

    ended.receipt.set_output(kept.as_deref());
    let receipt_path = pull.receipt.clone().filter(|_| pull.is_receipt_chosen || kept.is_some());
    // The rows are there all the same.
    let receipt_error = receipt_path.as_ref().and_then(|path| ended.receipt.write(path).err());
    let mut history = Ok(Exit::Done);
    if let (Some(lake), Some(kept)) = (&pull.history, &kept) {
        if pull.is_scratch() && pull.is_receipt_chosen {
            ended.receipt.write(&Receipt::path_beside(kept))?;
        }
        history = lake::add_file(lake, kept).map_err(|error| not_added(error, lake, pull, kept));
    }
    // What only the history keeps has no file to name.
    let is_shown = !pull.is_scratch();
    can_resume &= is_shown;
    let (kept, receipt_path) = (kept.filter(|_| is_shown), receipt_path.filter(|_| is_shown || pull.is_receipt_chosen));
    Ok(WrittenPull { ended, kept, receipt_path, receipt_error, can_resume, history })
}

/// Why a pull did not enter the history, and what remains to be done.
fn not_added(error: anyhow::Error, lake: &Path, pull: &TenantPull, kept: &Path) -> anyhow::Error {
    let (lake, kept) = (lake.display(), kept.display());
    if pull.is_scratch() {
        return error.context(format!("the pull is not in {lake}; pull again"));
    }
    error.context(format!("the pull is not in {lake}; add it with `endstate history add {lake} {kept}`"))
}

impl TenantResult {
    fn report(self) -> Exit {
        let WrittenPull { ended, kept, receipt_path, receipt_error, can_resume, history } = *match self {
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
        if let Some(path) = receipt_path.filter(|_| receipt_error.is_none()) {
            output::detail(format_args!("receipt in {}", path.display()));
        }
        if can_resume {
            output::hint("To continue, run the same command with --resume.");
        }

        let exit = history.unwrap_or_else(|error| {
            output::error(&error);
            Exit::Failed
        });
        let exit = exit.max(ended.exit());
        let Some(error) = receipt_error else { return exit };
        output::error(&error);
        output::hint(format_args!("Without a receipt, other commands cannot tell what the rows are. Pull again."));
        exit.max(Exit::NoReceipt)
    }
}
