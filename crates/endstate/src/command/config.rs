//! `endstate config`: the settings in force with where each comes from, and a commented file to begin with.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};

use anyhow::Context;
use serde_json::{Value, json};

use crate::args::{ConfigInitArgs, ConfigShowArgs};
use crate::config_file::ConfigFile;
use crate::exit::Exit;
use crate::output;
use crate::service_place::ServicePlace;
use crate::settings::{Effective, Given, Origin, Settings};
use crate::sign_in;
use crate::tenants::{self, Profile, Tenants};
use crate::view::sheet::{Cell, Column, Sheet};

/// What `init` writes.
const TEMPLATE: &str = include_str!("config.template.toml");

pub(crate) fn show(args: &ConfigShowArgs, given: &Given) -> anyhow::Result<Exit> {
    let mut exit = Exit::Done;
    let shown = match tenants::of(&args.source, given)? {
        Tenants::One(settings) => vec![(settings.profile.clone(), with_derived(&settings, false)?)],
        Tenants::Several(profiles) => {
            let mut shown = Vec::new();
            for Profile { name, settings } in profiles {
                match settings.and_then(|settings| with_derived(&settings, true)) {
                    Ok(effective) => shown.push((Some(name), effective)),
                    Err(error) => {
                        exit = Exit::Failed;
                        output::error(&error);
                    }
                }
            }
            shown
        }
    };
    let text = if args.json {
        format!("{:#}\n", shown.iter().map(as_json).collect::<Value>())
    } else {
        let is_one_of_many = !matches!(shown.as_slice(), [_]);
        shown
            .iter()
            .map(|(profile, effective)| table(profile.as_deref().filter(|_| is_one_of_many), effective))
            .collect()
    };
    output::data(&text)?;
    Ok(exit)
}

/// Under the profile's name, where there are several.
fn table(profile: Option<&str>, effective: &[Effective]) -> String {
    let mut sheet = Sheet::new([Column::shown("SETTING"), Column::shown("VALUE"), Column::shown("FROM")]);
    for Effective { name, value, origin } in effective {
        let value = value.as_deref().unwrap_or("-");
        sheet.row([Cell::text(name), Cell::text(value), Cell::text(origin.to_string())]);
    }
    let table = sheet.first(usize::MAX).plain();
    profile.map_or_else(|| format!("{table}\n"), |profile| format!("{profile}\n\n{table}\n\n"))
}

/// The settings, and what follows from them: what is not set is what the cloud has.
fn with_derived(settings: &Settings, is_one_of_many: bool) -> anyhow::Result<Vec<Effective>> {
    let place = ServicePlace::of(&settings.service)?;
    let method = sign_in::method(settings, is_one_of_many).name();
    let cloud = Origin::Cloud(crate::service_place::name(place.service));
    let derived = |setting: &Effective| {
        let derive = |value: String, origin: &Origin| Some((Some(value), origin.clone()));
        match (setting.name.as_str(), &setting.origin) {
            ("authority", Origin::Unset) => derive(place.authority.to_string(), &cloud),
            ("service-root", Origin::Unset) => derive(place.root.to_string(), &cloud),
            ("scope", Origin::Unset) if place.is_of_cloud => derive(place.scope.to_string(), &cloud),
            ("scope", Origin::Unset) => derive(place.scope.to_string(), &Origin::ServiceRoot),
            ("auth", origin) if setting.value.as_deref() == Some("auto") => {
                derive(format!("auto, which takes {method}"), origin)
            }
            _ => None,
        }
    };
    let effective = settings.effective.iter().map(|setting| match derived(setting) {
        Some((value, origin)) => Effective { value, origin, ..setting.clone() },
        None => setting.clone(),
    });
    Ok(effective.collect())
}

fn as_json((profile, effective): &(Option<String>, Vec<Effective>)) -> Value {
    let setting = |Effective { name, value, origin }: &Effective| json!({ "setting": name, "value": value, "from": origin.to_string() });
    json!({ "profile": profile, "settings": effective.iter().map(setting).collect::<Value>() })
}

pub(crate) fn init(args: &ConfigInitArgs) -> anyhow::Result<Exit> {
    let path = ConfigFile::path(args.config.as_deref())?;
    let shown = path.display();
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).with_context(|| format!("the folder of {shown} cannot be made"))?;
    }
    let mut file = match OpenOptions::new().write(true).create_new(true).open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            anyhow::bail!("{shown} is there already, and is left as it is; --config names another file");
        }
        Err(error) => return Err(error).with_context(|| format!("{shown} cannot be written")),
    };
    file.write_all(TEMPLATE.as_bytes()).with_context(|| format!("{shown} cannot be written"))?;
    output::say(format_args!("{shown} is written. Fill it in, and then: endstate doctor --profile contoso"));
    Ok(Exit::Done)
}
