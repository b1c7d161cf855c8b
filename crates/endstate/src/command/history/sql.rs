//! `endstate history sql`: tested SQL for other engines.

use clap::ValueEnum;

use crate::cli::{HistorySqlArgs, SqlEngine, SqlQuestion, value_name};
use crate::exit::Exit;
use crate::terminal::output;

pub(super) fn run(args: &HistorySqlArgs) -> anyhow::Result<Exit> {
    let Some(question) = args.question else {
        let line = |question: &SqlQuestion| {
            let value = question.to_possible_value();
            let help = value.as_ref().and_then(|value| value.get_help()).map(ToString::to_string).unwrap_or_default();
            format!("{:<18}{help}\n", value_name(question))
        };
        output::data(&SqlQuestion::value_variants().iter().map(line).collect::<String>())?;
        return Ok(Exit::Done);
    };
    output::data(&query(question, args.engine))?;
    Ok(Exit::Done)
}

/// The query for an engine. Its dialects differ only in the names of functions.
fn query(question: SqlQuestion, engine: SqlEngine) -> String {
    let query = match question {
        SqlQuestion::Trend => include_str!("../../../docs/history-sql/trend.sql"),
        SqlQuestion::TrendByProperty => include_str!("../../../docs/history-sql/trend-by-property.sql"),
        SqlQuestion::TrendByGroup => include_str!("../../../docs/history-sql/trend-by-group.sql"),
        SqlQuestion::TrendByBuild => include_str!("../../../docs/history-sql/trend-by-build.sql"),
        SqlQuestion::Since => include_str!("../../../docs/history-sql/since.sql"),
        SqlQuestion::Resolved => include_str!("../../../docs/history-sql/resolved.sql"),
        SqlQuestion::Flapping => include_str!("../../../docs/history-sql/flapping.sql"),
        SqlQuestion::Gone => include_str!("../../../docs/history-sql/gone.sql"),
        SqlQuestion::MissingKbs => include_str!("../../../docs/history-sql/missing-kbs.sql"),
        SqlQuestion::Gaps => include_str!("../../../docs/history-sql/gaps.sql"),
    };

    // Each time that a property was open on a device, which two questions count.
    let spans = include_str!("../../../docs/history-sql/spans.sql");
    let query = query.replace("{spans}", spans.trim_end());
    match engine {
        SqlEngine::Duckdb => query,
        SqlEngine::Spark => {
            let names = [
                ("unnest(", "explode("),
                ("epoch(", "unix_timestamp("),
                ("string_split(", "split("),
                ("list_contains(", "array_contains("),
            ];
            names.iter().fold(query, |query, (duckdb, spark)| query.replace(duckdb, spark))
        }
    }
}
