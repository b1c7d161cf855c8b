//! `endstate explain`: what a property means, what to do, and how it is known.

use endstate_model::nearest_name;
use endstate_model::{AttentionProperty, Category};

use crate::cli::ExplainArgs;
use crate::exit::{Exit, UsageError};
use crate::report::explanation::{self, Explanation};
use crate::report::json_document;
use crate::terminal::output;

pub(crate) fn run(args: &ExplainArgs) -> anyhow::Result<Exit> {
    let explanations = match &args.what {
        None => Explanation::all().collect(),
        Some(name) => named(name)?,
    };
    let text = if args.json {
        json_document::text(&explanations.iter().map(Explanation::output).collect::<Vec<_>>())?
    } else if args.what.is_none() {
        explanation::table(&explanations)
    } else {
        explanations.iter().map(Explanation::text).collect::<Vec<_>>().join("\n")
    };
    output::data(&text)?;
    Ok(Exit::Done)
}

/// The properties with this name, or of the category with this name.
fn named(name: &str) -> Result<Vec<Explanation>, UsageError> {
    let category = name.parse::<Category>().ok();
    let is_meant = |property: &&AttentionProperty| Some(property.category()) == category;
    let of_category = AttentionProperty::KNOWN.iter().filter(is_meant);
    let properties: Vec<_> = of_category.chain(AttentionProperty::named(name)).filter_map(Explanation::new).collect();
    if !properties.is_empty() {
        return Ok(properties);
    }

    let categories = Category::ALL.iter().map(|category| category.as_str());
    let names = AttentionProperty::KNOWN.iter().map(AttentionProperty::as_str).chain(categories);
    Err(UsageError::new(match nearest_name(name, names) {
        Some(nearest) => format!("no property is named '{name}'; did you mean '{nearest}'?"),
        None => format!("no property is named '{name}'; `endstate explain` lists them"),
    }))
}
