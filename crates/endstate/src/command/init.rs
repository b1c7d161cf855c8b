//! `endstate init`: from a fresh machine to the first triage. It asks what the command line does
//! not say, writes a profile, and checks it.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};

use anyhow::{bail, ensure};
use clap::Parser;

use super::{doctor, triage};
use crate::cli::{Cli, Command, InitArgs, StatesFrom, value_name};
use crate::config::draft::ConfigDraft;
use crate::config::file::{self, ConfigFile};
use crate::config::settings::{self, CliOverrides};
use crate::exit::{Exit, UsageError};
use crate::service::sign_in;
use crate::terminal::interview::Interview;
use crate::terminal::output;

/// The settings of the new profile, by name.
type Answers = BTreeMap<String, String>;

pub(crate) async fn run(args: &InitArgs, overrides: &CliOverrides) -> anyhow::Result<Exit> {
    if args.demo {
        return Box::pin(demo()).await;
    }
    let path = ConfigFile::path(args.file.config.as_deref())?;
    let existing = ConfigFile::read_if_exists(&path)?;
    let interview = Interview::start();
    let mut answers = overrides.given().clone();
    ensure!(
        interview.is_some() || !answers.is_empty(),
        UsageError::new(
            "no one can answer without a terminal; say what the profile needs, such as --tenant and --auth"
        )
    );
    if let Some(interview) = &interview {
        ask(interview, &mut answers)?;
    }

    let name = profile_name(args, interview.as_ref(), &answers, existing.as_ref())?;
    // From here on, no other process changes the file.
    let mut draft = ConfigDraft::open(&path)?;
    ensure!(
        !draft.has_profile(&name),
        UsageError::new(format!(
            "profile '{name}' already exists in {} and was not overwritten; choose another name with --profile, or \
             change it with `endstate config set`",
            path.display()
        ))
    );
    file::check_new_name(&name)?;
    let is_first = !draft.has_profiles();
    for (setting, value) in &answers {
        draft.set(&name, setting, &file::from_this_folder(setting, value)?);
    }
    if is_first {
        draft.set_default_profile(Some(&name));
    }
    draft.save(Some(&name))?;

    let which = if is_first { ", the default profile," } else { "" };
    output::say(format_args!("Wrote profile '{name}'{which} to {}", path.display()));
    if args.no_check {
        return Ok(Exit::Done);
    }
    // A name may begin as an option does.
    let which = [format!("--profile={name}").into(), "--config".into(), path.into_os_string()];
    Box::pin(check::<OsString>(&which, &format!("--profile {name}"))).await
}

/// A profile as this command writes it.
const EXAMPLE: &str = r#"[profile.contoso]
cloud = "commercial"
auth = "azure-cli"
tenant = "contoso.onmicrosoft.com"
source = "auto"
"#;

/// Shows each step with an emulated tenant.
async fn demo() -> anyhow::Result<Exit> {
    output::say(
        "For a tenant of yours, `endstate init` asks about the cloud, the sign-in, the tenant and the source of states, \
         and writes a profile such as this one. The demo asks nothing and writes nothing.",
    );
    output::say("");
    EXAMPLE.lines().for_each(output::say);
    Box::pin(check(&["--demo"], "--demo")).await
}

/// Checks the profile, and shows the first triage.
async fn check<S: AsRef<OsStr>>(which: &[S], shown: &str) -> anyhow::Result<Exit> {
    let command = |command: &str| {
        let words = ["endstate", command].map(OsString::from);
        Cli::try_parse_from(words.into_iter().chain(which.iter().map(|word| word.as_ref().to_owned())))
    };
    let (Command::Doctor(doctor_args), Command::Triage(triage_args)) =
        (command("doctor")?.command, command("triage")?.command)
    else {
        bail!("the commands that init runs are missing");
    };

    output::say("");
    output::say(format_args!("$ endstate doctor {shown}"));
    let none = CliOverrides::default();
    let exit = doctor::run(&doctor_args, &none).await?;
    if exit != Exit::Done {
        output::hint(format_args!(
            "Fix what failed, with `endstate config set SETTING VALUE {shown}` if it is a setting. Then run `endstate \
             triage {shown}`."
        ));
        return Ok(exit);
    }
    output::say("");
    output::say(format_args!("$ endstate triage {shown}"));
    triage::run(&triage_args, &none).await
}

/// Asks what the command line does not say.
fn ask(interview: &Interview, answers: &mut Answers) -> anyhow::Result<()> {
    let mut question = |setting: &str, question: &str, default: &str, is_required: bool| -> anyhow::Result<String> {
        if let Some(given) = answers.get(setting) {
            return Ok(given.clone());
        }
        let check = |answer: &str| {
            ensure!(!is_required || !answer.is_empty(), "this sign-in needs it");
            if answer.is_empty() { Ok(()) } else { settings::check_value(setting, answer) }
        };
        let answer = interview.ask(question, default, check)?;
        if !answer.is_empty() {
            answers.insert(setting.to_owned(), answer.clone());
        }
        Ok(answer)
    };

    question("cloud", "Cloud: commercial, gcc, gcc-high or dod", "commercial", false)?;
    let methods = "azure-cli, device-code, token, client-secret, client-certificate, or another of \
                   `endstate help sign-in`";
    let suggested = sign_in::suggested();
    let method = question("auth", &format!("Sign-in: {methods}"), &value_name(&suggested), false)?;
    let is_app = ["device-code", "client-secret", "client-certificate", "workload-identity", "azure-pipelines"]
        .contains(&method.as_str());
    question("tenant", "Tenant: its ID, or one of its domains, such as contoso.onmicrosoft.com", "", is_app)?;
    if is_app {
        question("client", "App registration: its application (client) ID", "", true)?;
    }
    match method.as_str() {
        "client-secret" => {
            question(
                "client-secret-env",
                "Environment variable that has the client secret",
                "AZURE_CLIENT_SECRET",
                false,
            )?;
        }
        "client-certificate" => {
            question("certificate", "File with the certificate and its private key, PEM or PKCS #12", "", true)?;
        }
        _ => {}
    }
    let sources = "auto, hunting, assessments, export or preview";
    question("source", &format!("Source of states: {sources}"), &value_name(&StatesFrom::Auto), false)?;
    Ok(())
}

/// The name of the profile: that of the command line, else an answer, else from the tenant.
fn profile_name(
    args: &InitArgs,
    interview: Option<&Interview>,
    answers: &Answers,
    existing: Option<&ConfigFile>,
) -> anyhow::Result<String> {
    if let Some(name) = &args.profile {
        return Ok(name.clone());
    }
    let domain = answers.get("tenant").filter(|tenant| tenant.contains('.'));
    let first = domain.and_then(|domain| domain.split('.').next()).unwrap_or("default");
    let Some(interview) = interview else { return Ok(first.to_owned()) };
    interview.ask("Name of the profile", first, |name| {
        let is_taken = existing.is_some_and(|file| file.names().any(|taken| taken == name));
        ensure!(!is_taken, "profile '{name}' already exists; choose another name");
        file::check_new_name(name)
    })
}
