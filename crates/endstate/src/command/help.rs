//! `endstate help`: the help of a command, or a page of the documentation.

use clap::ValueEnum;

use super::command_named;
use crate::cli::{HelpArgs, Topic, value_name};
use crate::exit::{Exit, UsageError};
use crate::report::markdown_text;
use crate::terminal::output;

pub(crate) fn run(args: &HelpArgs) -> anyhow::Result<Exit> {
    let topics: Vec<_> = Topic::value_variants().iter().map(|topic| (value_name(topic), *topic)).collect();
    let topic = args.what.first().and_then(|name| topics.iter().find(|(topic, _)| topic == name));
    if let Some((name, topic)) = topic {
        if args.what.len() > 1 {
            return Err(UsageError::new(format!("'{name}' is a topic, and nothing can follow it")).into());
        }
        output::data(&markdown_text::rendered(page(*topic), output::width().unwrap_or(100).min(100)))?;
        return Ok(Exit::Done);
    }

    let names: Vec<_> = topics.iter().map(|(name, _)| name.as_str()).collect();
    let mut command = command_named::named(&args.what, &names)?;
    output::data(&format!("{}\n", command.render_long_help().ansi()))?;
    Ok(Exit::Done)
}

/// The page of the documentation about a topic.
fn page(topic: Topic) -> &'static str {
    match topic {
        Topic::FirstSteps => include_str!("../../docs/first-steps.md"),
        Topic::SignIn => include_str!("../../docs/sign-in.md"),
        Topic::Sources => include_str!("../../docs/sources.md"),
        Topic::Conditions => include_str!("../../docs/conditions.md"),
        Topic::Environment => include_str!("../../docs/environment.md"),
        Topic::Ci => include_str!("../../docs/ci.md"),
        Topic::Monitoring => include_str!("../../docs/monitoring.md"),
        Topic::ExitCodes => include_str!("../../docs/exit-codes.md"),
        Topic::Attention => include_str!("../../docs/attention.md"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_topic_has_its_page_and_no_link_to_it() {
        for topic in Topic::value_variants() {
            assert!(page(*topic).starts_with("# "), "{topic:?}: the file is a link that git did not follow");
        }
    }
}
