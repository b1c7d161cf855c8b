//! `endstate config profiles`: each profile, and what tells it from the others.

use serde::Serialize;

use crate::cli::{ConfigProfilesArgs, ReportFormat, value_name};
use crate::command::table_columns::arrangement;
use crate::config::file::ConfigFile;
use crate::config::settings::{CliOverrides, ProfileOrigin, Settings};
use crate::exit::Exit;
use crate::report::arrangement::{Reader, TableColumns};
use crate::report::json_document;
use crate::report::table::{Cell, Column, ResultTable};
use crate::terminal::output;

pub(super) fn run(args: &ConfigProfilesArgs) -> anyhow::Result<Exit> {
    let format = if args.json { ReportFormat::Json } else { ReportFormat::Table };
    let Some(arrangement) =
        arrangement(&args.columns, &format, |_| TableColumns::sorted(table(&[]).columns().iter().copied()))?
    else {
        return Ok(Exit::Done);
    };
    let file = ConfigFile::read(&ConfigFile::path(args.file.config.as_deref())?)?;
    let mut exit = Exit::Done;
    if let Err(error) = file.default_profile() {
        exit = Exit::Failed;
        output::error(&error);
    }
    let mut profiles = Vec::new();
    for (name, settings) in read(&file) {
        match settings {
            Ok(settings) => profiles.push(ProfileOutput::new(&name, &settings, &file)),
            Err(error) => {
                exit = Exit::Failed;
                output::error(&error);
            }
        }
    }

    if args.json {
        let text = output::for_programs(json_document::text("config-profiles", &ProfileListOutput { profiles })?);
        output::data_for_programs(|out| out.write_all(text.as_bytes()))?;
    } else if profiles.is_empty() {
        output::hint("`endstate init` adds a profile.");
    } else {
        output::data(&format!("{}\n", arrangement.apply(table(&profiles), Reader::Person).all().plain()))?;
    }
    Ok(exit)
}

/// Each profile with its settings. An error in one does not affect the others.
pub(super) fn read(file: &ConfigFile) -> Vec<(String, anyhow::Result<Settings>)> {
    let none = CliOverrides::default();
    let settings = |name: &str| Settings::resolve(&none, Some((name, file)), ProfileOrigin::CommandLine, false);
    file.names().map(|name| (name.to_owned(), settings(name))).collect()
}

fn table(profiles: &[ProfileOutput]) -> ResultTable {
    let mut table = ResultTable::new([
        Column::shown("PROFILE"),
        Column::shown("DEFAULT"),
        Column::shown("TENANT"),
        Column::shown("CLOUD").gives_way(0),
        Column::shown("SOURCE").gives_way(1),
        Column::shown("SIGN-IN").gives_way(2),
    ]);
    for ProfileOutput { name, is_default, tenant, cloud, source, auth } in profiles {
        table.row([
            Cell::text(name),
            Cell::optional(is_default.then_some("yes")),
            Cell::optional(tenant.as_ref()),
            Cell::text(cloud),
            Cell::text(source),
            Cell::text(auth),
        ]);
    }
    table
}

/// The profiles of a file, for programs.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct ProfileListOutput {
    profiles: Vec<ProfileOutput>,
}

/// A profile, for programs.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct ProfileOutput {
    name: String,
    /// Whether a command that names no profile uses it.
    is_default: bool,
    tenant: Option<String>,
    cloud: String,
    /// The source of states.
    source: String,
    /// The sign-in, as it is set.
    auth: String,
}

impl ProfileOutput {
    fn new(name: &str, settings: &Settings, file: &ConfigFile) -> Self {
        Self {
            name: name.to_owned(),
            is_default: file.default_profile.as_deref() == Some(name),
            tenant: settings.sign_in.tenant.as_ref().map(ToString::to_string),
            cloud: settings.service.cloud.to_string(),
            source: value_name(&settings.service.states_from),
            auth: value_name(&settings.sign_in.auth),
        }
    }
}
