//! Environment variables that look like settings and are none.

use std::collections::BTreeSet;
use std::env;

use endstate_model::nearest_name;

use super::settings::{self, Settings};
use crate::terminal::output;

/// Variables that are not named after a setting.
const OTHERS: [&str; 3] = ["ENDSTATE_TOKEN", "ENDSTATE_CONFIG", "ENDSTATE_PROFILE"];

/// Warns of each variable that begins as a setting does and is not known: it has no effect, and may
/// be a mistyped one. A variable that a setting names, such as with `--token-env`, has one.
pub(super) fn warn_of_unknown_variables<'s>(tenants: impl IntoIterator<Item = &'s Settings>) {
    let names = settings::names();
    let mut known: BTreeSet<String> = names.iter().map(|name| settings::own_variable(name)).collect();
    known.extend(OTHERS.map(ToOwned::to_owned));
    for setting in tenants.into_iter().flat_map(|settings| &settings.resolved) {
        known.extend(setting.value.clone().filter(|_| setting.name.ends_with("-env")));
    }

    let set = env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    for variable in set.filter(|name| name.starts_with("ENDSTATE_") && !known.contains(name)) {
        let nearest = nearest_name(&variable, known.iter().map(String::as_str));
        let suggestion = nearest.map(|nearest| format!("; did you mean {nearest}?")).unwrap_or_default();
        output::warn(format_args!("{variable} is set, but is not a setting of endstate{suggestion}"));
    }
}
