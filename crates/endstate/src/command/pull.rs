//! `endstate pull`: every device's state, written as it comes.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use endstate_paging::Duplicates;

use crate::args::{PullArgs, RowFormat};
use crate::destination::Destination;
use crate::exit::Exit;
use crate::format::RowWriter;
use crate::output;
use crate::receipt::Receipt;
use crate::row::Row;
use crate::run::{self, Consumer};
use crate::source::Source;
use crate::view::number::counted;
use crate::view::verdict;

struct WrittenRows {
    writer: Box<dyn RowWriter>,
    destination: Destination,
}

impl Consumer for WrittenRows {
    fn row(&mut self, row: &Row<'_>) -> io::Result<()> {
        self.writer.row(row, &mut self.destination)
    }

    fn page_end(&mut self) -> io::Result<()> {
        self.destination.flush()
    }
}

pub(crate) async fn run(args: &PullArgs) -> anyhow::Result<Exit> {
    let source = Source::open(&args.source, &args.limits).await?;
    let format = RowFormat::choose(args.format, &args.output);
    let mut rows = WrittenRows { writer: format.writer(), destination: Destination::open(&args.output)? };
    let duplicates = if args.keep_duplicates { Duplicates::Keep } else { Duplicates::Drop };
    let pull = source.pull(&args.source, &args.limits).duplicates(duplicates);
    let pulled = run::run(&source, pull, &mut rows).await?;

    let exit = Exit::of(&pulled.report);
    let WrittenRows { mut writer, mut destination } = rows;
    if matches!(exit, Exit::Done | Exit::Incomplete) {
        writer.end(&mut destination)?;
    }
    let may_have_its_name = exit == Exit::Done || (exit == Exit::Incomplete && args.allow_incomplete);
    let kept = destination.finish(may_have_its_name)?;
    let receipt = Receipt::new(&pulled, kept.as_deref());
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
    Ok(exit)
}

/// Where the receipt goes: where it was asked for, else beside the file that was written, if one was.
fn receipt_path(args: &PullArgs, kept: Option<&Path>) -> Option<PathBuf> {
    args.receipt.clone().or_else(|| kept.map(|_| Receipt::path_of(&args.output)))
}
