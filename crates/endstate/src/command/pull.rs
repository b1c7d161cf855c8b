//! `endstate pull`: every device's state, written as it comes.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow, bail};
use endstate_analysis::Condition;
use endstate_model::{CveKbMap, Entity, KbInfo, MachineGroup, MachineSecurityState};
use endstate_odata::{KeyProperty, RawItem};
use endstate_paging::{Checkpoint, Duplicates, Reason, Resume, Verdict};

use crate::args::{Collection, PullArgs, RowFormat};
use crate::checkpoint_file::{CheckpointFile, Ours};
use crate::condition::{parsed, usage};
use crate::destination::Destination;
use crate::exit::Exit;
use crate::format::{Cells, RowWriter};
use crate::output;
use crate::receipt::Receipt;
use crate::row::{InvalidItems, Row};
use crate::run::{self, Consumer, Pulled};
use crate::source::{Source, retry_policy};
use crate::view::number::counted;
use crate::view::verdict;

struct WrittenRows<E> {
    writer: Box<dyn RowWriter<E>>,
    destination: Destination,
    ours: Ours,
    pages: u64,
    /// Whether some rows may be left out.
    has_condition: bool,
}

impl<E> Consumer<E> for WrittenRows<E> {
    fn row(&mut self, row: &Row<'_, E>) -> io::Result<()> {
        self.writer.row(row, &mut self.destination)
    }

    fn page_end(&mut self, checkpoint: Option<&Checkpoint>) -> io::Result<()> {
        self.pages += 1;
        let can_resume = self.can_resume();
        match &mut self.destination {
            Destination::File(file) if can_resume => file.keep(checkpoint, &self.ours),
            destination => destination.flush(),
        }
    }
}

impl<E> WrittenRows<E> {
    /// Rows can be gone on from where they are all there, and can be read back.
    fn can_resume(&self) -> bool {
        self.ours.format.can_resume() && !self.has_condition
    }
}

impl<E: Entity> WrittenRows<E> {
    fn open(args: &PullArgs, source: &Source) -> anyhow::Result<Self> {
        let format = RowFormat::choose(args.format, &args.output);
        let ours = Ours { source: source.url::<E>()?, format, keeps_duplicates: args.keep_duplicates };
        let cells = Cells::of(args.csv_raw);
        Ok(Self {
            writer: format.writer(false, cells),
            destination: Destination::open(&args.output)?,
            ours,
            pages: 0,
            has_condition: args.condition.is_some(),
        })
    }

    /// Goes on where an earlier pull stopped; `None` where there is nothing to go on from. Items that cannot be understood
    /// were told then, and are counted in `invalid`.
    fn resume(&mut self, invalid: &mut InvalidItems) -> anyhow::Result<Option<Resume>> {
        let format = self.ours.format;
        let Destination::File(file) = &mut self.destination else { bail!("only a file can be gone on with") };
        if !format.can_resume() {
            bail!("--resume works with ndjson and json, whose rows can be read back, not with {}", format.name());
        }
        let Some(written) = CheckpointFile::read(&file.checkpoint_path(), &self.ours)? else {
            output::say("there is no checkpoint to resume from; beginning at the first page");
            return Ok(None);
        };
        let rows = file.resume(written.position)?;
        let mut resume = Resume::new(written.checkpoint()?, KeyProperty::new(E::KEY));
        for line in rows.lines() {
            // Of a JSON array, an item a line, with the punctuation between them.
            let item = line.trim_end_matches(',');
            if item != "[" {
                let raw = RawItem::parse(item).context("a row that was kept cannot be read; pull without --resume")?;
                invalid.count += u64::from(Row::<E>::new(raw).error().is_some());
                resume.row(raw);
            }
        }
        self.writer = format.writer(!rows.is_empty(), Cells::Guarded);
        Ok(Some(
            resume
                .check()
                .context("the kept rows are not those of the checkpoint; pull without --resume to begin anew")?,
        ))
    }
}

pub(crate) async fn run(args: &PullArgs) -> anyhow::Result<Exit> {
    match args.collection {
        Collection::Machinesecuritystates => run_of::<MachineSecurityState>(args).await,
        Collection::Machinegroups => run_of::<MachineGroup>(args).await,
        Collection::Kbinfo => run_of::<KbInfo>(args).await,
        Collection::Cvekbmap => run_of::<CveKbMap>(args).await,
    }
}

async fn run_of<E: Entity>(args: &PullArgs) -> anyhow::Result<Exit> {
    let condition = match args.condition.as_deref().map(parsed::<E>).transpose() {
        Ok(condition) => condition,
        Err(error) => return Ok(usage(&error)),
    };
    if args.resume && args.output == Path::new("-") {
        output::error(&anyhow!("--resume needs a file to go on with: -o FILE"));
        return Ok(Exit::Usage);
    }
    let source = Source::open(&args.source, &args.limits).await?;
    let mut rows = WrittenRows::<E>::open(args, &source)?;
    let mut invalid = InvalidItems::of::<E>();
    let resume = if args.resume { rows.resume(&mut invalid)? } else { None };
    let pulled = match pull(args, &source, resume, invalid, condition.as_ref(), &mut rows).await {
        Ok(pulled) => pulled,
        Err(error) => return stopped(error, &rows),
    };
    let resumed_at = pulled.report.resumed_from_page;
    let is_expired = pulled.report.verdict == Some(Verdict::Incomplete(Reason::LinkExpired));
    if is_expired && resumed_at == Some(pulled.report.pages + 1) {
        output::say("the continuation of the checkpoint has expired; beginning again at the first page");
        let mut rows = WrittenRows::open(args, &source)?;
        let pulled = pull(args, &source, None, InvalidItems::of::<E>(), condition.as_ref(), &mut rows).await?;
        return finish(args, rows, &pulled);
    }
    finish(args, rows, &pulled)
}

async fn pull<E: Entity>(
    args: &PullArgs,
    source: &Source,
    resume: Option<Resume>,
    invalid: InvalidItems,
    condition: Option<&Condition<E>>,
    rows: &mut WrittenRows<E>,
) -> anyhow::Result<Pulled> {
    let duplicates = if args.keep_duplicates { Duplicates::Keep } else { Duplicates::Drop };
    let mut order = source.order(&args.source, &args.limits, condition)?;
    order.pull = order.pull.duplicates(duplicates);
    order.invalid = invalid;
    if let Some(resume) = resume {
        order.pull = order.pull.resume(resume);
    }
    run::run(source, order, rows).await
}

/// The rows could not be written: what was kept stays, and can be gone on from.
fn stopped<E>(error: anyhow::Error, rows: &WrittenRows<E>) -> anyhow::Result<Exit> {
    match &rows.destination {
        Destination::File(file) if file.has_checkpoint() => {
            output::error(&error.context(format!("{} cannot be written", file.partial().display())));
            output::hint(format_args!("{} kept; mend that, and go on with --resume", counted(rows.pages, "page")));
            Ok(Exit::Incomplete)
        }
        _ => Err(error.context("the rows cannot be written")),
    }
}

fn finish<E: Entity>(args: &PullArgs, rows: WrittenRows<E>, pulled: &Pulled) -> anyhow::Result<Exit> {
    let exit = Exit::of(&pulled.report);
    let WrittenRows { mut writer, mut destination, .. } = rows;
    if matches!(exit, Exit::Done | Exit::Incomplete) {
        writer.end(&mut destination)?;
    }
    let may_have_its_name = exit == Exit::Done || (exit == Exit::Incomplete && args.allow_incomplete);
    let reason = pulled.report.verdict.and_then(Verdict::reason);
    // Asking again for a link that was refused or has expired would end the same.
    let can_resume = matches!(reason, Some(Reason::PageLost | Reason::Cancelled | Reason::Limit))
        && matches!(&destination, Destination::File(file) if file.has_checkpoint())
        && !may_have_its_name
        // The emulator of a demonstration ends with it.
        && !args.source.demo;
    let kept = destination.finish(may_have_its_name)?;
    let receipt = Receipt::new(pulled, &retry_policy(&args.limits), kept.as_deref());
    let receipt_path = receipt_path(args, kept.as_deref());
    if let Some(path) = &receipt_path {
        receipt.write(path)?;
    }
    verdict::tell(&receipt, pulled.report.failure.as_ref());
    if let Some(kept) = kept {
        output::hint(format_args!("{} in {}", counted(receipt.rows, "row"), kept.display()));
    }
    if let Some(path) = receipt_path {
        output::hint(format_args!("receipt in {}", path.display()));
    }
    if can_resume {
        output::hint("to go on from here: the same command with --resume");
    }
    Ok(exit)
}

/// Where the receipt goes: where it was asked for, else beside the file that was written, if one was.
fn receipt_path(args: &PullArgs, kept: Option<&Path>) -> Option<PathBuf> {
    args.receipt.clone().or_else(|| kept.map(|_| Receipt::path_of(&args.output)))
}
