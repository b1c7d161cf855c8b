//! `endstate doctor`: everything that a pull needs, checked step by step, with what mends what is wrong.

use std::fmt::Write as _;

use serde_json::json;

use crate::args::DoctorArgs;
use crate::check::Check;
use crate::checkup;
use crate::exit::{Exit, WrongUsage};
use crate::output;
use crate::settings::Given;
use crate::tenants;

pub(crate) async fn run(args: &DoctorArgs, given: &Given) -> anyhow::Result<Exit> {
    if args.source.demo {
        return Err(WrongUsage("--demo needs no sign-in: there is nothing to check".to_owned()).into());
    }
    let tenants = tenants::of(&args.source, given)?;
    let is_one_of_many = tenants.len() > 1;
    let mut checked = Vec::new();
    for settings in tenants {
        let profile = settings.profile.clone();
        let checks = checkup::of(settings, is_one_of_many).await;
        if !args.json {
            let title = profile.as_ref().filter(|_| is_one_of_many).map(|profile| format!("{profile}\n"));
            output::data(&format!("{}{}", title.unwrap_or_default(), checklist(&checks)))?;
        }
        checked.push((profile, checks));
    }
    let is_well = checked.iter().all(|(_, checks)| checkup::is_well(checks));
    if args.json {
        let tenant = |(profile, checks): &(Option<String>, Vec<Check>)| json!({ "profile": profile, "is_well": checkup::is_well(checks), "checks": checks });
        let tenants: Vec<_> = checked.iter().map(tenant).collect();
        output::data(&format!("{:#}\n", json!({ "is_well": is_well, "tenants": tenants })))?;
    } else if is_well {
        output::say("everything that a pull needs is there");
    }
    Ok(if is_well { Exit::Done } else { Exit::Failed })
}

/// A line each, and below what is not well what mends it.
fn checklist(checks: &[Check]) -> String {
    let mut text = String::new();
    for Check { name, status, message, mend } in checks {
        let _ = writeln!(text, "{:4}  {name:15}  {message}", status.word());
        if let Some(mend) = mend {
            let _ = writeln!(text, "{:23}{mend}", "");
        }
    }
    text
}
