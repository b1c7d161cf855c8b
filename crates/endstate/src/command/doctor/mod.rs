//! `endstate doctor`: checks everything that a pull needs, and shows how to fix what fails.

mod check;
mod checks;
mod hosts;
mod page;
mod token;

use std::fmt::Write as _;
use std::io;

use endstate_reqwest::redacted;
use serde_json::{Value, json};

use self::check::Check;
use crate::cli::DoctorArgs;
use crate::config::profiles::{self, Profile, Tenants};
use crate::config::settings::CliOverrides;
use crate::exit::Exit;
use crate::terminal::escape::escaped;
use crate::terminal::output;

/// A profile, if the settings are from one, and its checks.
type CheckedTenant = (Option<String>, Vec<Check>);

pub(crate) async fn run(args: &DoctorArgs, overrides: &CliOverrides) -> anyhow::Result<Exit> {
    let mut checked: Vec<CheckedTenant> = Vec::new();
    match profiles::resolve_profiles(&args.profiles, overrides)? {
        Tenants::One(settings) => {
            let profile = settings.profile.clone();
            let checks = checks::run_all(Ok(*settings)).await;
            show(args, None, &checks)?;
            checked.push((profile, checks));
        }
        Tenants::Several(profiles) => {
            for Profile { name, settings } in profiles {
                let checks = checks::run_all(settings).await;
                show(args, Some(&name), &checks)?;
                checked.push((Some(name), checks));
            }
        }
    }

    let all_passed = checked.iter().all(|(_, checks)| checks.iter().all(Check::is_passed));
    if args.json {
        let tenants: Value = checked.iter().map(as_json).collect();
        let text = format!("{:#}\n", json!({ "all_passed": all_passed, "tenants": tenants }));
        output::data_for_programs(|out| out.write_all(output::for_programs(text).as_bytes()))?;
    } else if all_passed {
        output::say("All checks passed");
    }
    Ok(if all_passed { Exit::Done } else { Exit::Failed })
}

/// Prints the checklist of one tenant as soon as it is complete.
fn show(args: &DoctorArgs, name: Option<&str>, checks: &[Check]) -> io::Result<()> {
    if args.json {
        return Ok(());
    }
    let title = name.map(|name| format!("{}\n", escaped(name))).unwrap_or_default();
    output::data(&redacted(&format!("{title}{}", checklist(checks))))
}

fn as_json((profile, checks): &CheckedTenant) -> Value {
    json!({ "profile": profile, "all_passed": checks.iter().all(Check::is_passed), "checks": checks })
}

/// A line for each check, and below it how to fix what did not pass.
fn checklist(checks: &[Check]) -> String {
    let mut text = String::new();
    for Check { name, status, message, remedy } in checks {
        let _ = writeln!(text, "{:4}  {name:15}  {}", status.word(), escaped(message));
        if let Some(remedy) = remedy {
            let _ = writeln!(text, "{:23}{}", "", escaped(remedy));
        }
    }
    text
}
