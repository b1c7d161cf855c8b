//! What the pull of each tenant writes, and where: decided and checked before the first request.

use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use endstate_model::Entity;
use jiff::Timestamp;
use tempfile::TempDir;

use crate::cli::{Collection, PullArgs, RowFormat};
use crate::command::history::lake;
use crate::config::profiles::Profile;
use crate::config::settings::Settings;
use crate::exit::UsageError;
use crate::service::source::LiveSource;
use crate::store::checkpoint::{CheckpointFile, CheckpointIdentity};
use crate::store::compression::Compression;
use crate::store::format::FormulaGuard;
use crate::store::output_lock::OutputLock;
use crate::store::path::{
    RESERVED_ENDINGS, is_same, is_special, is_standard_stream, standardized, with_profile, with_suffix,
};
use crate::store::receipt::Receipt;
use crate::store::writer::{RowOutput, RowStyle};

/// The pull of one tenant: its settings, and where its rows go.
pub(super) struct TenantPull {
    pub(super) settings: Settings,
    pub(super) output: PathBuf,
    /// The chosen receipt file, else the one beside the output, if the output is a file.
    pub(super) receipt: Option<PathBuf>,
    /// Whether the receipt is written even if the pull kept nothing.
    pub(super) is_receipt_chosen: bool,
    pub(super) format: RowFormat,
    /// The history that the pull enters.
    pub(super) history: Option<PathBuf>,
    /// The folder of the output, if only the history keeps the rows.
    scratch: Option<TempDir>,
    compression: Compression,
}

/// Each profile, and its pull or what is wrong with it.
pub(super) type PlannedPulls = Vec<(String, anyhow::Result<TenantPull>)>;

/// The pulls of several tenants: never two to the same file.
pub(super) fn plan_all(args: &PullArgs, profiles: Vec<Profile>) -> anyhow::Result<PlannedPulls> {
    let mut pulls = PlannedPulls::new();
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

impl TenantPull {
    pub(super) fn plan(args: &PullArgs, settings: Settings) -> anyhow::Result<Self> {
        let profile = settings.profile.as_deref();
        let mut output = standardized(with_profile(&settings.output.output, profile)?);
        let chosen = settings.output.receipt.as_deref().map(|path| with_profile(path, profile)).transpose()?;
        let history = args.into.as_deref().map(|lake| with_profile(lake, profile)).transpose()?;
        let mut scratch = None;
        if let Some(history) = &history {
            check_for_history(args, &output, chosen.is_some())?;
            lake::prepare(history)?;
            if is_standard_stream(&output) {
                let folder = tempfile::tempdir().context("cannot create a temporary folder for the rows")?;
                output = folder.path().join("pull.ndjson");
                scratch = Some(folder);
            }
        }
        let chosen_format =
            args.json.then_some(RowFormat::Json).or(settings.output.format).filter(|_| scratch.is_none());
        let (format, compression) = RowFormat::resolve(chosen_format, &output)?;
        ensure!(
            history.is_none() || format != RowFormat::Table,
            UsageError::new("--into needs rows that can be read again, and a table cannot; use ndjson, json or csv")
        );

        let name = output.to_string_lossy();
        if let Some(ending) = RESERVED_ENDINGS.iter().find(|ending| name.ends_with(**ending)) {
            let message = format!("-o {name}: names that end in {ending} are for endstate's own files");
            return Err(UsageError::new(message).into());
        }
        let is_file = !is_standard_stream(&output) && !is_special(&output);
        let can_resume = is_file && compression == Compression::None;
        ensure!(
            !args.resume || can_resume,
            UsageError::new("--resume needs a file to continue that is not compressed; add -o FILE.ndjson")
        );
        if let Some(receipt) = &chosen {
            let lock = with_suffix(&output, ".lock");
            let taken = [output.clone(), with_suffix(&output, ".partial"), CheckpointFile::path_beside(&output), lock];
            let message = format!("--receipt {} is a file of the output; choose another name", receipt.display());
            ensure!(!taken.iter().any(|taken| is_same(taken, receipt)), UsageError::new(message));
        }

        let is_receipt_chosen = chosen.is_some();
        let receipt = chosen.or_else(|| is_file.then(|| Receipt::path_beside(&output)));
        Ok(Self { settings, output, receipt, is_receipt_chosen, format, history, scratch, compression })
    }

    /// Whether the rows are kept only in the history.
    pub(super) fn is_scratch(&self) -> bool {
        self.scratch.is_some()
    }

    pub(super) fn is_to_stdout(&self) -> bool {
        is_standard_stream(&self.output)
    }

    /// Locks the output and a chosen receipt, if they are files, and checks that the receipt can be
    /// written. The locks are held until they are dropped.
    pub(super) fn reserve(&self) -> anyhow::Result<Vec<OutputLock>> {
        let is_file = !self.is_to_stdout() && !is_special(&self.output);
        // Without the folder, opening the output says what is wrong.
        let output = Some(&self.output).filter(|output| is_file && has_folder(output));
        let mut locks = Vec::new();
        if let Some(output) = output {
            locks.extend(OutputLock::acquire(output, "-o")?);
        }

        if let Some(receipt) = self.receipt.as_ref().filter(|_| self.is_receipt_chosen || has_folder(&self.output)) {
            if self.is_receipt_chosen && !is_special(receipt) && has_folder(receipt) {
                locks.extend(OutputLock::acquire(receipt, "--receipt")?);
            }
            Receipt::check_writable(receipt, self.is_receipt_chosen)?;
        }
        Ok(locks)
    }

    pub(super) fn row_style(&self, args: &PullArgs) -> RowStyle {
        RowStyle {
            format: self.format,
            compression: self.compression,
            guard: FormulaGuard::from_flag(args.csv_raw),
            has_condition: args.condition.is_some(),
            tenant: self.settings.tenant_label().map(ToOwned::to_owned),
        }
    }

    pub(super) fn open<E: Entity>(&self, args: &PullArgs, source: &LiveSource) -> anyhow::Result<RowOutput<E>> {
        let profile = self.settings.profile.as_deref();
        let tenant = self.settings.sign_in.tenant.as_ref().map(ToString::to_string);
        let owner: Vec<_> = profile.into_iter().chain(tenant.as_deref()).collect();
        let identity = CheckpointIdentity {
            source: source.url::<E>()?,
            tenant: Some(owner.join(", ")).filter(|owner| !owner.is_empty()),
            format: self.format,
            keeps_duplicates: args.keep_duplicates,
            began_at: Timestamp::now(),
        };
        RowOutput::open(&self.output, self.row_style(args), Some(identity))
    }
}

fn has_folder(path: &Path) -> bool {
    path.parent().is_none_or(|folder| folder.as_os_str().is_empty() || folder.exists())
}

/// Refuses what cannot enter a history, before the first request.
fn check_for_history(args: &PullArgs, output: &Path, has_chosen_receipt: bool) -> anyhow::Result<()> {
    let is_only_there = is_standard_stream(output);
    let refusals = [
        (
            args.collection != Collection::Machinesecuritystates,
            "--into: a history has the states of devices, and no other collection",
        ),
        (
            is_special(output) && !is_only_there,
            "--into needs rows that can be read again; name a file with -o, or leave it out",
        ),
        (has_chosen_receipt && !is_only_there, "--into reads the receipt beside FILE; leave out --receipt, or -o"),
        (args.resume && is_only_there, "--resume needs a file to continue; add -o FILE.ndjson"),
    ];
    match refusals.into_iter().find(|(is_refused, _)| *is_refused) {
        Some((_, why)) => Err(UsageError::new(why).into()),
        None => Ok(()),
    }
}
