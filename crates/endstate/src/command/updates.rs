//! `endstate updates`: missing updates, and the vulnerabilities that they fix.

use std::io;
use std::rc::Rc;

use anyhow::bail;
use endstate_analysis::{MissingUpdatesBuilder, UpdateCatalog};
use endstate_model::{CveKbMap, KbInfo, MachineSecurityState};

use super::condition;
use super::report_outcome::{print_completeness, require_rows};
use super::result_output::ResultOutput;
use crate::cli::{ReportFormat, UpdatesArgs};
use crate::config::profiles;
use crate::config::settings::CliOverrides;
use crate::exit::Exit;
use crate::pull::read::{Input, read};
use crate::report::updates::UpdatesReport;
use crate::rows::{Row, RowSink};
use crate::store::format::FormulaGuard;
use crate::store::pull_info::PullInfo;

impl RowSink<KbInfo> for UpdateCatalog {
    fn row(&mut self, row: &Row<'_, KbInfo>) -> io::Result<()> {
        if let Ok(update) = row.item() {
            self.add_update(update.clone());
        }
        Ok(())
    }
}

impl RowSink<CveKbMap> for UpdateCatalog {
    fn row(&mut self, row: &Row<'_, CveKbMap>) -> io::Result<()> {
        if let Ok(vulnerability) = row.item() {
            self.add_vulnerability(vulnerability.clone());
        }
        Ok(())
    }
}

impl RowSink<MachineSecurityState> for MissingUpdatesBuilder {
    fn row(&mut self, row: &Row<'_, MachineSecurityState>) -> io::Result<()> {
        if let Ok(state) = row.item() {
            self.add(state);
        }
        Ok(())
    }
}

/// Where each collection comes from. A service has all of them.
struct Inputs {
    states: Rc<Input>,
    updates: Rc<Input>,
    vulnerabilities: Rc<Input>,
}

impl Inputs {
    async fn open(args: &UpdatesArgs, overrides: &CliOverrides) -> anyhow::Result<Self> {
        if let (Some(states), Some(updates), Some(vulnerabilities)) = (&args.states, &args.kbinfo, &args.cvekbmap) {
            let [states, updates, vulnerabilities] =
                [states, updates, vulnerabilities].map(|path| Rc::new(Input::file(path)));
            return Ok(Self { states, updates, vulnerabilities });
        }
        let settings = profiles::resolve_only(&args.source, overrides)?;
        let service = Rc::new(Input::live(&args.source, settings).await?);
        Ok(Self { states: Rc::clone(&service), updates: Rc::clone(&service), vulnerabilities: service })
    }
}

pub(crate) async fn run(args: &UpdatesArgs, overrides: &CliOverrides) -> anyhow::Result<Exit> {
    let condition = condition::parse::<MachineSecurityState>(args.condition.as_deref())?;
    let result_output = ResultOutput::open(args.output.as_ref())?;
    let format = result_output.format(args.format)?;
    let inputs = Inputs::open(args, overrides).await?;

    // The small collections first: if one is not available, the large one need not be pulled.
    let mut catalog = UpdateCatalog::new();
    let updates = require_rows(read::<KbInfo>(&inputs.updates, None, &mut catalog).await?)?.info;
    let vulnerabilities = read::<CveKbMap>(&inputs.vulnerabilities, None, &mut catalog).await?;
    let vulnerabilities = require_rows(vulnerabilities)?.info;
    let without_version = catalog.without_version();
    if catalog.updates() == 0 && without_version > 0 {
        bail!("{} has no update with a version; expected a pull of kbinfo", updates.name);
    }

    let mut builder = MissingUpdatesBuilder::new(catalog, args.limit);
    let states = require_rows(read(&inputs.states, condition.as_ref(), &mut builder).await?)?.info;

    let missing = builder.finish();
    let pulls = [&states, &updates, &vulnerabilities];
    let guard = FormulaGuard::from_flag(args.csv_raw);
    let report = UpdatesReport { missing: &missing, by: args.by, pulls, without_version, limit: args.limit, guard };
    result_output.write(&report.render(format)?)?;

    if format == ReportFormat::Csv {
        pulls.into_iter().for_each(print_completeness);
    }
    Ok(Exit::for_result(pulls.map(PullInfo::outcome)))
}
