//! Missing updates from today's sources, whose states carry them.

use std::io;
use std::path::Path;

use anyhow::bail;
use endstate_analysis::{Condition, MissingKbsBuilder};
use endstate_model::MachineSecurityState;

use super::attempt::{Attempted, CurrentTenant, usable};
use crate::cli::{UpdatesArgs, UpdatesBy};
use crate::command::report_outcome::require_rows;
use crate::exit::UsageError;
use crate::pull::read::{Input, ReadPull, read};
use crate::pull::request::PullRequest;
use crate::pull::{runner, vulnerabilities};
use crate::rows::{Row, RowSink};
use crate::service::source::LiveSource;

impl RowSink<MachineSecurityState> for MissingKbsBuilder {
    fn row(&mut self, row: &Row<'_, MachineSecurityState>) -> io::Result<()> {
        if let Ok(state) = row.item() {
            self.add(state);
        }
        Ok(())
    }
}

/// Counts one tenant of a service.
pub(super) async fn count(
    args: &UpdatesArgs,
    name: Option<String>,
    source: &LiveSource,
    condition: Option<&Condition<MachineSecurityState>>,
) -> anyhow::Result<Attempted> {
    let (fold, ended) = vulnerabilities::read(source).await?;
    let vulnerabilities = match usable(ReadPull::from_ended(ended)) {
        Ok(vulnerabilities) => require_rows(vulnerabilities)?.info,
        Err(nothing) => return Ok(Attempted::Nothing(nothing)),
    };

    let mut builder = MissingKbsBuilder::new(super::kept(args)).with_tenant(name.as_deref());
    builder.add_vulnerabilities(fold.vulnerabilities().map(|row| (row.kb, row.cve, row.severity)));
    let request = PullRequest::new(source, condition)?.updates(&fold);
    let states = ReadPull::from_ended(runner::run_from(source, request, &mut builder).await?);
    let pulls = vec![require_rows(states)?.info, vulnerabilities];
    Ok(Attempted::Current(Box::new(CurrentTenant { name, builder, pulls })))
}

/// Counts the states of a file, which does not say what updates fix.
pub(super) async fn count_file(
    args: &UpdatesArgs,
    path: &Path,
    condition: Option<&Condition<MachineSecurityState>>,
) -> anyhow::Result<CurrentTenant> {
    let mut builder = MissingKbsBuilder::new(super::kept(args));
    if args.by == UpdatesBy::Cve {
        bail!(UsageError::new(
            "--by cve needs the vulnerabilities, which a file of states does not have; read a service, or add files of \
             kbinfo and cvekbmap"
        ));
    }
    let read = require_rows(read(&Input::file(path), condition, &mut builder).await?)?;
    let missing = builder.finish();
    let states = read.info;
    states.require_content(missing.devices + read.not_matching + read.unreadable.invalid_items)?;
    if missing.devices > 0 && missing.devices == missing.not_known {
        bail!(
            "{} does not say which updates its devices lack; pull it with --source hunting, or add files of kbinfo \
             and cvekbmap",
            path.display()
        );
    }
    Ok(CurrentTenant { name: None, builder, pulls: vec![states] })
}
