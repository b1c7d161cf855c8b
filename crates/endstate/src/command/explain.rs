//! `endstate explain`: what a name means, why it matters, and what to do.

use crate::cli::ExplainArgs;
use crate::exit::Exit;
use crate::report::explanation::{self, Explanation, ExplanationsOutput};
use crate::report::json_document;
use crate::terminal::output;

pub(crate) fn run(args: &ExplainArgs) -> anyhow::Result<Exit> {
    let explanations = match &args.what {
        None => Explanation::all().collect(),
        Some(name) => Explanation::find(name)?,
    };
    let text = if args.json {
        json_document::text("explain", &ExplanationsOutput::new(&explanations))?
    } else if args.what.is_none() {
        explanation::tables()
    } else {
        explanations.iter().map(Explanation::text).collect::<Vec<_>>().join("\n")
    };
    output::data(&text)?;
    Ok(Exit::Done)
}
