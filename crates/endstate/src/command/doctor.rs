//! `endstate doctor`: everything that a pull needs, checked step by step, with what mends what is wrong.

use std::fmt::Write as _;
use std::io;

use serde_json::{Value, json};

use crate::args::DoctorArgs;
use crate::check::Check;
use crate::checkup;
use crate::exit::{Exit, WrongUsage};
use crate::output;
use crate::settings::Given;
use crate::tenants::{self, Profile, Tenants};

pub(crate) async fn run(args: &DoctorArgs, given: &Given) -> anyhow::Result<Exit> {
    if args.source.demo {
        return Err(WrongUsage("--demo needs no sign-in: there is nothing to check".to_owned()).into());
    }
    let mut checked = Vec::new();
    match tenants::of(&args.source, given)? {
        Tenants::One(settings) => {
            let profile = settings.profile.clone();
            let checks = checkup::of(Ok(*settings), false).await;
            show(args, None, &checks)?;
            checked.push((profile, checks));
        }
        Tenants::Several(profiles) => {
            for Profile { name, settings } in profiles {
                let checks = checkup::of(settings, true).await;
                show(args, Some(&name), &checks)?;
                checked.push((Some(name), checks));
            }
        }
    }
    let is_well = checked.iter().all(|(_, checks)| checkup::is_well(checks));
    if args.json {
        let tenants = checked.iter().map(as_json);
        output::data(&format!("{:#}\n", json!({ "is_well": is_well, "tenants": tenants.collect::<Value>() })))?;
    } else if is_well {
        output::say("everything that a pull needs is there");
    }
    Ok(if is_well { Exit::Done } else { Exit::Failed })
}

/// The checklist of one tenant, as soon as it is there.
fn show(args: &DoctorArgs, name: Option<&str>, checks: &[Check]) -> io::Result<()> {
    if args.json {
        return Ok(());
    }
    let title = name.map(|name| format!("{name}\n")).unwrap_or_default();
    output::data(&format!("{title}{}", checklist(checks)))
}

fn as_json((profile, checks): &(Option<String>, Vec<Check>)) -> Value {
    json!({ "profile": profile, "is_well": checkup::is_well(checks), "checks": checks })
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
