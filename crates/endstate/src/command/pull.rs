//! `endstate pull`: every device's state, written as it comes; of several tenants at once.

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use anyhow::ensure;
use endstate_analysis::Condition;
use endstate_model::{CveKbMap, Entity, KbInfo, MachineGroup, MachineSecurityState};
use endstate_paging::{Duplicates, FetchError, Reason, Resume, Verdict};
use futures_util::future::join_all;

use crate::args::{Collection, PullArgs, RowFormat};
use crate::checkpoint_file::Ours;
use crate::condition::{parsed, usage};
use crate::destination::Destination;
use crate::exit::{Exit, WrongUsage};
use crate::format::Cells;
use crate::output;
use crate::receipt::Receipt;
use crate::row::InvalidItems;
use crate::run::{self, Pulled};
use crate::settings::{Given, Settings};
use crate::source::{Source, retry_policy};
use crate::tenants::{self, Profile, Tenants};
use crate::view::number::counted;
use crate::view::verdict;
use crate::written_rows::{TenantRows, WrittenRows};

/// The pull of one tenant: its settings and where its rows go.
struct TenantPull {
    settings: Settings,
    output: PathBuf,
    receipt: Option<PathBuf>,
    format: RowFormat,
    is_one_of_many: bool,
}

/// How the pull of one tenant ended, to be told once all have.
enum Outcome {
    Ended(Box<Ended>),
    /// The rows could not be written, with something kept before.
    Stopped {
        error: anyhow::Error,
        pages: u64,
    },
}

struct Ended {
    exit: Exit,
    receipt: Receipt,
    failure: Option<FetchError>,
    kept: Option<PathBuf>,
    receipt_path: Option<PathBuf>,
    can_resume: bool,
}

pub(crate) async fn run(args: &PullArgs, given: &Given) -> anyhow::Result<Exit> {
    match args.collection {
        Collection::Machinesecuritystates => run_of::<MachineSecurityState>(args, given).await,
        Collection::Machinegroups => run_of::<MachineGroup>(args, given).await,
        Collection::Kbinfo => run_of::<KbInfo>(args, given).await,
        Collection::Cvekbmap => run_of::<CveKbMap>(args, given).await,
    }
}

async fn run_of<E: Entity>(args: &PullArgs, given: &Given) -> anyhow::Result<Exit> {
    let condition = match args.condition.as_deref().map(parsed::<E>).transpose() {
        Ok(condition) => condition,
        Err(error) => return Ok(usage(&error)),
    };
    match tenants::of(&args.source, given)? {
        Tenants::One(settings) => {
            let pull = TenantPull::plan(args, *settings, false)?;
            one(args, pull, condition.as_ref(), None).await.map(Outcome::tell)
        }
        Tenants::Several(profiles) => several::<E>(args, planned(args, profiles)?, condition.as_ref()).await,
    }
}

/// Each tenant by itself: one that fails stops no other. What is to be told is told in the end, one tenant after the other.
async fn several<E: Entity>(
    args: &PullArgs,
    pulls: Vec<(String, anyhow::Result<TenantPull>)>,
    condition: Option<&Condition<E>>,
) -> anyhow::Result<Exit> {
    let usable = pulls.iter().filter_map(|(_, pull)| pull.as_ref().ok());
    let to_stdout: Vec<_> = usable.filter(|pull| pull.is_to_stdout()).collect();
    let shared = match to_stdout.first() {
        None => None,
        Some(first) => {
            let is_one_format = to_stdout.iter().all(|pull| pull.format == first.format);
            ensure!(is_one_format, WrongUsage("stdout has rows of one format: --format".to_owned()));
            let tag = first.settings.profile.clone();
            let (cells, has_condition) = (Cells::of(args.csv_raw), args.condition.is_some());
            let rows = WrittenRows::open(Path::new("-"), first.format, None, cells, has_condition, tag)?;
            Some(Rc::new(RefCell::new(rows)))
        }
    };
    let pulls = pulls.into_iter().map(|(name, pull)| {
        let shared = shared.clone();
        async move {
            let ended = match pull {
                Ok(pull) => {
                    let shared = shared.filter(|_| pull.is_to_stdout());
                    one(args, pull, condition, shared).await
                }
                Err(error) => Err(error),
            };
            (name, ended)
        }
    });
    let ended = join_all(pulls).await;
    if let Some(shared) = shared {
        let WrittenRows { writer, destination, .. } = &mut *shared.borrow_mut();
        writer.end(destination)?;
        std::io::Write::flush(destination)?;
    }
    let mut worst = Exit::Done;
    for (name, ended) in ended {
        output::say(format_args!("{name}"));
        worst = worst.max(match ended {
            Ok(ended) => ended.tell(),
            Err(error) if output::is_closed_pipe(&error) => return Err(error),
            Err(error) => {
                output::error(&error);
                Exit::Failed
            }
        });
    }
    Ok(worst)
}

/// What each tenant's pull writes, and where to: no two to the same file.
fn planned(args: &PullArgs, profiles: Vec<Profile>) -> anyhow::Result<Vec<(String, anyhow::Result<TenantPull>)>> {
    let mut pulls: Vec<(String, anyhow::Result<TenantPull>)> = Vec::new();
    for Profile { name, settings } in profiles {
        let pull = match settings {
            Ok(settings) => TenantPull::plan(args, settings, true)?,
            Err(error) => {
                pulls.push((name, Err(error)));
                continue;
            }
        };
        for other in pulls.iter().filter_map(|(_, other)| other.as_ref().ok()) {
            let is_one_receipt = pull.receipt.is_some() && pull.receipt == other.receipt;
            ensure!(
                (pull.is_to_stdout() || pull.output != other.output) && !is_one_receipt,
                WrongUsage("several profiles need a file each, such as -o '{profile}.ndjson'".to_owned())
            );
        }
        pulls.push((name, Ok(pull)));
    }
    Ok(pulls)
}

/// A path with the profile's name in the place of `{profile}`.
fn of_profile(path: &Path, profile: Option<&str>) -> anyhow::Result<PathBuf> {
    const PLACE: &str = "{profile}";
    let Some(text) = path.to_str().filter(|text| text.contains(PLACE)) else { return Ok(path.to_owned()) };
    let Some(profile) = profile else {
        return Err(WrongUsage(format!("there is no profile to stand for {PLACE} in {text}")).into());
    };
    // A name becomes part of a path, and no path by itself.
    let is_plain = !profile.is_empty() && !profile.contains(['/', '\\', ':']) && !profile.starts_with('.');
    ensure!(is_plain, "the name of profile '{profile}' cannot stand for {PLACE} in a path");
    Ok(text.replace(PLACE, profile).into())
}

impl TenantPull {
    fn plan(args: &PullArgs, settings: Settings, is_one_of_many: bool) -> anyhow::Result<Self> {
        let profile = settings.profile.as_deref();
        let output = of_profile(&settings.output.output, profile)?;
        let receipt = settings.output.receipt.as_deref().map(|path| of_profile(path, profile)).transpose()?;
        let format = RowFormat::choose(settings.output.format, &output);
        let pull = Self { settings, output, receipt, format, is_one_of_many };
        let goes_on_nowhere = args.resume && pull.is_to_stdout();
        ensure!(!goes_on_nowhere, WrongUsage("--resume needs a file to go on with: -o FILE".to_owned()));
        Ok(pull)
    }

    fn is_to_stdout(&self) -> bool {
        self.output == Path::new("-")
    }

    fn open<E: Entity>(&self, args: &PullArgs, source: &Source) -> anyhow::Result<WrittenRows<E>> {
        let profile = self.settings.profile.clone();
        let tenant = self.settings.sign_in.tenant.as_ref().map(ToString::to_string);
        let whose: Vec<_> = profile.iter().chain(&tenant).map(String::as_str).collect();
        let ours = Ours {
            source: source.url::<E>()?,
            tenant: Some(whose.join(", ")).filter(|whose| !whose.is_empty()),
            format: self.format,
            keeps_duplicates: args.keep_duplicates,
        };
        let tag = profile.filter(|_| self.is_one_of_many);
        let (cells, has_condition) = (Cells::of(args.csv_raw), args.condition.is_some());
        WrittenRows::open(&self.output, self.format, Some(ours), cells, has_condition, tag)
    }
}

/// The pull of one tenant, to its end.
async fn one<E: Entity>(
    args: &PullArgs,
    pull: TenantPull,
    condition: Option<&Condition<E>>,
    shared: Option<Rc<RefCell<WrittenRows<E>>>>,
) -> anyhow::Result<Outcome> {
    let source = Source::open(&args.source, pull.settings.clone(), pull.is_one_of_many).await?;
    let mut invalid = InvalidItems::of::<E>();
    let mut resume = None;
    let mut rows = if let Some(shared) = shared {
        TenantRows::Shared(shared)
    } else {
        let mut rows = pull.open(args, &source)?;
        if args.resume {
            resume = rows.resume(&mut invalid)?;
        }
        TenantRows::Own(Box::new(rows))
    };
    let pulled = match walk(args, &source, resume, invalid, condition, &mut rows).await {
        Ok(pulled) => pulled,
        Err(error) => return stopped(error, &rows),
    };
    let resumed_at = pulled.report.resumed_from_page;
    let is_expired = pulled.report.verdict == Some(Verdict::Incomplete(Reason::LinkExpired));
    if is_expired && resumed_at == Some(pulled.report.pages + 1) {
        output::say("the continuation of the checkpoint has expired; beginning again at the first page");
        let mut rows = TenantRows::Own(Box::new(pull.open(args, &source)?));
        let pulled = walk(args, &source, None, InvalidItems::of::<E>(), condition, &mut rows).await?;
        return finish(args, &pull, rows, pulled).map(Box::new).map(Outcome::Ended);
    }
    finish(args, &pull, rows, pulled).map(Box::new).map(Outcome::Ended)
}

async fn walk<E: Entity>(
    args: &PullArgs,
    source: &Source,
    resume: Option<Resume>,
    invalid: InvalidItems,
    condition: Option<&Condition<E>>,
    rows: &mut TenantRows<E>,
) -> anyhow::Result<Pulled> {
    let duplicates = if args.keep_duplicates { Duplicates::Keep } else { Duplicates::Drop };
    let mut order = source.order(condition)?;
    order.pull = order.pull.duplicates(duplicates);
    order.invalid = invalid;
    if let Some(resume) = resume {
        order.pull = order.pull.resume(resume);
    }
    run::run(source, order, rows).await
}

/// The rows could not be written: what was kept stays, and can be gone on from.
fn stopped<E>(error: anyhow::Error, rows: &TenantRows<E>) -> anyhow::Result<Outcome> {
    if let TenantRows::Own(rows) = rows
        && let Destination::File(file) = &rows.destination
        && file.has_checkpoint()
    {
        let error = error.context(format!("{} cannot be written", file.partial().display()));
        return Ok(Outcome::Stopped { error, pages: rows.pages });
    }
    Err(error.context("the rows cannot be written"))
}

fn finish<E: Entity>(args: &PullArgs, pull: &TenantPull, rows: TenantRows<E>, pulled: Pulled) -> anyhow::Result<Ended> {
    let exit = Exit::of(&pulled.report);
    let (mut kept, mut can_resume) = (None, false);
    if let TenantRows::Own(rows) = rows {
        let WrittenRows { mut writer, mut destination, .. } = *rows;
        if matches!(exit, Exit::Done | Exit::Incomplete) {
            writer.end(&mut destination)?;
        }
        let may_have_its_name = exit == Exit::Done || (exit == Exit::Incomplete && args.allow_incomplete);
        let reason = pulled.report.verdict.and_then(Verdict::reason);
        // Asking again for a link that was refused or has expired would end the same.
        can_resume = matches!(reason, Some(Reason::PageLost | Reason::Cancelled | Reason::Limit))
            && matches!(&destination, Destination::File(file) if file.has_checkpoint())
            && !may_have_its_name
            // The emulator of a demonstration ends with it.
            && !args.source.demo;
        kept = destination.finish(may_have_its_name)?;
    }
    let receipt = Receipt::new(&pulled, &retry_policy(&pull.settings.limits), kept.as_deref());
    // Where it was asked for, else beside the file that was written, if one was.
    let receipt_path = pull.receipt.clone().or_else(|| kept.as_ref().map(|_| Receipt::path_of(&pull.output)));
    if let Some(path) = &receipt_path {
        receipt.write(path)?;
    }
    Ok(Ended { exit, receipt, failure: pulled.report.failure, kept, receipt_path, can_resume })
}

impl Outcome {
    fn tell(self) -> Exit {
        let Ended { exit, receipt, failure, kept, receipt_path, can_resume } = *match self {
            Self::Ended(ended) => ended,
            Self::Stopped { error, pages } => {
                output::error(&error);
                output::hint(format_args!("{} kept; mend that, and go on with --resume", counted(pages, "page")));
                return Exit::Incomplete;
            }
        };
        verdict::tell(&receipt, failure.as_ref());
        if let Some(kept) = kept {
            output::hint(format_args!("{} in {}", counted(receipt.rows, "row"), kept.display()));
        }
        if let Some(path) = receipt_path {
            output::hint(format_args!("receipt in {}", path.display()));
        }
        if can_resume {
            output::hint("to go on from here: the same command with --resume");
        }
        exit
    }
}
