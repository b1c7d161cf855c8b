//! `endstate history trend`: how the number of devices changes.

use std::collections::HashMap;

use anyhow::ensure;
use endstate_analysis::History;

use super::{demo, lake};
use crate::cli::{HistoryTrendArgs, ReportFormat, TrendBy, TrendFormat};
use crate::command::result_output::ResultOutput;
use crate::command::table_columns::arrangement;
use crate::exit::{Exit, UsageError};
use crate::report::history::{HistoryReport, Question};
use crate::report::trend_lines::TenantPulls;
use crate::store::format::FormulaGuard;

pub(super) async fn run(args: &HistoryTrendArgs) -> anyhow::Result<Exit> {
    let HistoryTrendArgs { by, history: pulls, columns, result } = args;
    let result_output = ResultOutput::open(result.output.as_ref())?;
    let format = result_output.format(result.format())?;
    let table = |reader| HistoryReport::columns(Question::Trend(*by), reader);
    let Some(arrangement) = arrangement(columns, &format, table)? else { return Ok(Exit::Done) };
    let of_tenants = *by == TrendBy::Tenant;
    let message = || UsageError::new("--by tenant shows all tenants; leave out --tenant");
    ensure!(!of_tenants || pulls.tenant.is_none(), message());

    let (mut tenants, mut source, mut tenant, mut profile) = (Vec::new(), "demo".to_owned(), None, None);
    let mut history = History::default();
    match (&pulls.lake, of_tenants) {
        (Some(folder), true) => {
            (source, tenants) = (folder.display().to_string(), lake::tenants(folder, pulls)?);
        }
        (Some(folder), false) => {
            let asked = lake::read(folder, pulls, None, Question::Trend(*by))?;
            (source, tenant, profile, history) = (asked.source, asked.tenant, asked.profile, asked.history);
        }
        (None, _) => history = demo::asked(pulls.last, None).await?.history,
    }
    if of_tenants && pulls.lake.is_none() {
        tenants.push(TenantPulls { tenant: None, pulls: std::mem::take(&mut history.pulls) });
    }

    let report = HistoryReport {
        history: &history,
        question: Question::Trend(*by),
        source: &source,
        tenant: tenant.as_deref(),
        profile: profile.as_deref(),
        tenants: &tenants,
        names: &HashMap::new(),
        limit: pulls.limit,
        arrangement,
        guard: FormulaGuard::from_flag(result.csv_raw),
    };
    let text = match format {
        TrendFormat::Table => report.render(ReportFormat::Table)?,
        TrendFormat::Json => report.render(ReportFormat::Json)?,
        TrendFormat::Csv => report.render(ReportFormat::Csv)?,
        TrendFormat::Markdown => report.render(ReportFormat::Markdown)?,
        TrendFormat::Svg => {
            let message = "a picture needs the pulls of two days; --format table shows what there is";
            report.picture(*by)?.ok_or_else(|| UsageError::new(message))?
        }
    };
    result_output.write(&format, &text)?;
    Ok(Exit::Done)
}
