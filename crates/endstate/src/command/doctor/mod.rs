//! `endstate doctor`: checks everything that a pull needs, and shows how to fix what fails.

mod check;
mod checks;
mod hosts;
mod page;
mod token;

use std::fmt::Write as _;
use std::io;

use anyhow::Context;
use endstate_emulator::Emulator;
use endstate_reqwest::redacted;
use serde::Serialize;

use self::check::Check;
use crate::cli::DoctorArgs;
use crate::config::profiles::{self, Profile, Tenants};
use crate::config::settings::CliOverrides;
use crate::exit::Exit;
use crate::report::json_document;
use crate::terminal::escape::escaped;
use crate::terminal::output;

/// A profile, if the settings are from one, and its checks.
type CheckedTenant = (Option<String>, Vec<Check>);

pub(crate) async fn run(args: &DoctorArgs, overrides: &CliOverrides) -> anyhow::Result<Exit> {
    let mut checked: Vec<CheckedTenant> = Vec::new();
    if args.demo {
        let emulator = Emulator::builder().start().await.context("cannot start the emulator")?;
        let checks = checks::run_demo(&emulator, overrides).await;
        show(args, None, &checks)?;
        checked.push((None, checks));
        emulator.stop().await;
        return report(args, &checked);
    }
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

    report(args, &checked)
}

/// The whole result, after the checklist of each tenant.
fn report(args: &DoctorArgs, checked: &[CheckedTenant]) -> anyhow::Result<Exit> {
    let all_passed = checked.iter().all(|(_, checks)| checks.iter().all(Check::is_passed));
    if args.json {
        let text = output::for_programs(json_document::text("doctor", &DoctorOutput::new(checked))?);
        output::data_for_programs(|out| out.write_all(text.as_bytes()))?;
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

/// All checks, for programs.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct DoctorOutput<'c> {
    all_passed: bool,
    tenants: Vec<CheckedOutput<'c>>,
}

/// The checks of a tenant.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct CheckedOutput<'c> {
    profile: Option<&'c str>,
    all_passed: bool,
    checks: &'c [Check],
}

impl<'c> DoctorOutput<'c> {
    fn new(checked: &'c [CheckedTenant]) -> Self {
        let tenant = |(profile, checks): &'c CheckedTenant| CheckedOutput {
            profile: profile.as_deref(),
            all_passed: checks.iter().all(Check::is_passed),
            checks,
        };
        let tenants: Vec<_> = checked.iter().map(tenant).collect();
        Self { all_passed: tenants.iter().all(|tenant| tenant.all_passed), tenants }
    }
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
