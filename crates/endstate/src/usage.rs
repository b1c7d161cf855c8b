//! clap's errors, with text from outside escaped, and with suggestions by meaning: what people type
//! because other tools call it so.

use clap::Command;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::terminal::escape::escaped;

/// Options of other tools, and what they are called here, the nearest meaning first.
const MEANINGS: &[(&str, &[&str])] = &[
    ("limit", &["max-items", "limit"]),
    ("top", &["max-items", "limit"]),
    ("count", &["max-items", "limit"]),
    ("max", &["max-items", "limit"]),
    ("max-devices", &["max-items", "limit"]),
    ("max-rows", &["max-items", "limit"]),
    ("max-items", &["limit"]),
    ("pages", &["max-pages"]),
    ("filter", &["where"]),
    ("query", &["where"]),
    ("select", &["where"]),
    ("out", &["output"]),
    ("outfile", &["output"]),
    ("file", &["output"]),
    ("silent", &["quiet"]),
    ("no-progress", &["quiet"]),
    ("debug", &["verbose"]),
    ("log", &["verbose"]),
    ("json", &["json", "format"]),
    ("csv", &["format"]),
    ("group-by", &["by"]),
    ("order-by", &["sort"]),
    ("compare", &["since"]),
    ("baseline", &["since"]),
    ("exit-code", &["fail-on"]),
    ("token", &["token-env", "token-file"]),
    ("secret", &["client-secret-file"]),
    ("client-secret", &["client-secret-file"]),
    ("password", &["certificate-password-file"]),
    ("tenant-id", &["tenant"]),
    ("client-id", &["client"]),
    ("app-id", &["client"]),
    ("environment", &["cloud"]),
    ("url", &["service-root"]),
    ("endpoint", &["service-root"]),
    ("base-url", &["service-root"]),
    ("ca", &["ca-file"]),
    ("cacert", &["ca-file"]),
    ("parallel", &["ahead"]),
    ("concurrency", &["ahead"]),
    ("prefetch", &["ahead"]),
    ("restart", &["resume"]),
    ("continue", &["resume"]),
];

/// Kinds of context that hold what the user typed.
const TYPED: [ContextKind; 4] =
    [ContextKind::InvalidArg, ContextKind::InvalidValue, ContextKind::InvalidSubcommand, ContextKind::TrailingArg];

/// The error as it is shown. `arguments` are those of the command line.
pub(crate) fn improved(mut error: clap::Error, root: &mut Command, arguments: &[String]) -> clap::Error {
    if error.kind() == ErrorKind::UnknownArgument
        && let Some(ContextValue::String(typed)) = error.get(ContextKind::InvalidArg)
        && let command = innermost(root, arguments)
        && let Some(suggestion) = by_meaning(typed, command)
    {
        error.insert(ContextKind::SuggestedArg, ContextValue::String(format!("--{suggestion}")));
        // clap's own usage line has the option that clap suggested.
        error.insert(ContextKind::Usage, ContextValue::StyledStr(command.clone().render_usage()));
    }
    if let Some(ContextValue::StyledStrs(tips)) = error.get(ContextKind::Suggested) {
        // A mistyped option is no value that begins with a hyphen.
        let tips = tips.iter().filter(|tip| !tip.to_string().contains("as a value")).cloned().collect();
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(tips));
    }

    // clap lists every option of a group, also those that were not typed.
    if let Some(ContextValue::Strings(conflicts)) = error.get(ContextKind::PriorArg) {
        let is_typed = |option: &&String| {
            let name = option.split([' ', '=']).next().unwrap_or_default();
            arguments.iter().any(|argument| argument.split('=').next() == Some(name))
        };
        let typed: Vec<_> = conflicts.iter().filter(is_typed).cloned().collect();
        if !typed.is_empty() {
            error.insert(ContextKind::PriorArg, ContextValue::Strings(typed));
        }
    }
    for kind in TYPED {
        if let Some(ContextValue::String(text)) = error.get(kind) {
            let text = escaped(text).into_owned();
            error.insert(kind, ContextValue::String(text));
        }
    }
    error
}

fn by_meaning(typed: &str, command: &Command) -> Option<&'static str> {
    let name = typed.trim_start_matches('-').split('=').next()?;
    let (_, candidates) = MEANINGS.iter().find(|(other, _)| *other == name)?;
    let exists = |candidate: &&&str| command.get_arguments().any(|option| option.get_long() == Some(**candidate));
    candidates.iter().find(exists).copied()
}

/// The command that the arguments name.
fn innermost<'c>(root: &'c mut Command, arguments: &[String]) -> &'c Command {
    root.build();
    let mut command: &Command = root;
    for argument in arguments {
        if let Some(inner) = command.find_subcommand(argument) {
            command = inner;
        }
    }
    command
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;
    use crate::cli::Cli;

    fn message(arguments: &[&str]) -> String {
        let arguments: Vec<_> = arguments.iter().map(ToString::to_string).collect();
        let mut command = Cli::command();
        let error = command.try_get_matches_from_mut(["endstate".to_owned()].iter().chain(&arguments)).unwrap_err();
        improved(error, &mut command, &arguments).render().to_string()
    }

    #[test]
    fn an_option_of_another_tool_leads_to_the_nearest_meaning() {
        assert!(message(&["pull", "--limit", "3"]).contains("'--max-items'"), "{}", message(&["pull", "--limit", "3"]));
        assert!(message(&["diff", "a", "b", "--top=3"]).contains("'--limit'"));
        assert!(message(&["triage", "--filter", "x"]).contains("'--where'"));
        assert!(message(&["pull", "--token", "x"]).contains("'--token-env'"));
        assert!(message(&["pull", "--limit", "3"]).contains("Usage: endstate pull [OPTIONS]"));
    }

    #[test]
    fn a_mistyped_option_gets_no_tip_to_pass_it_as_a_value() {
        let message = message(&["diff", "a", "b", "--fail-on", "new"]);
        assert!(message.contains("'--fail-on'") && !message.contains("tip"), "{message}");
    }

    #[test]
    fn a_conflict_names_only_options_that_were_typed() {
        let message = message(&["triage", "a.ndjson", "--tenant=x"]);
        assert!(message.contains("--tenant") && !message.contains("--client"), "{message}");
    }

    #[test]
    fn what_was_typed_cannot_act_on_the_terminal() {
        let message = message(&["triage", "--by", "\u{1b}[2Jall"]);
        assert!(!message.contains('\u{1b}') && message.contains("\\u{1b}"), "{message:?}");
    }

    #[test]
    fn every_number_says_what_it_must_be() {
        fn check(command: &Command, path: &[&str]) {
            for option in command.get_arguments().filter(|option| option.get_value_names() == Some(&["N".into()])) {
                let option = format!("--{}", option.get_long().unwrap());
                let message = message(&[path, &[option.as_str(), "\u{1b}[2J"]].concat());
                let says = message.contains("whole number") || message.contains("1 or more");
                assert!(says && !message.contains('\u{1b}'), "{path:?}: {message:?}");
            }
            for inner in command.get_subcommands() {
                check(inner, &[path, &[inner.get_name()]].concat());
            }
        }
        check(&Cli::command(), &[]);
        assert!(message(&["emulate", "--port", "65536"]).contains("'65536' for '--port <N>': it is too large"));
        assert!(!message(&["triage", "--fail-on", "any:\u{1b}[2J"]).contains('\u{1b}'));
    }

    #[test]
    fn no_value_name_is_a_command_in_a_completion_script() {
        fn check(command: &Command) {
            for argument in command.get_arguments() {
                for name in argument.get_value_names().into_iter().flatten() {
                    let is_plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte));
                    assert!(is_plain, "{}: {name}", argument.get_id());
                }
            }
            command.get_subcommands().for_each(check);
        }
        check(&Cli::command());
    }
}
