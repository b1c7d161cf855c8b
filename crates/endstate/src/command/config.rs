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
use crate::tenants;
use crate::view::sheet::{Cell, Column, Sheet};

/// What `init` writes.
const TEMPLATE: &str = include_str!("config.template.toml");

pub(crate) fn show(args: &ConfigShowArgs, given: &Given) -> anyhow::Result<Exit> {
    let tenants = tenants::of(&args.source, given)?;
    let is_one_of_many = tenants.len() > 1;
    let mut tables = Vec::new();
    for settings in &tenants {
        let effective = with_derived(settings, is_one_of_many)?;
        tables.push((settings.profile.clone(), effective));
    }
    if args.json {
        let table = |(profile, effective): &(Option<String>, Vec<Effective>)| json!({ "profile": profile, "settings": effective.iter().map(as_json).collect::<Value>() });
        output::data(&format!("{:#}\n", tables.iter().map(table).collect::<Value>()))?;
        return Ok(Exit::Done);
    }
    let mut text = String::new();
    for (profile, effective) in &tables {
        let mut sheet = Sheet::new([Column::shown("SETTING"), Column::shown("VALUE"), Column::shown("FROM")]);
        for Effective { name, value, origin } in effective {
            let value = value.as_deref().unwrap_or("-");
            sheet.row([Cell::text(name), Cell::text(value), Cell::text(origin.to_string())]);
        }
        if let (Some(profile), true) = (profile, is_one_of_many) {
            text.push_str(profile);
            text.push_str("\n\n");
        }
        text.push_str(&sheet.first(usize::MAX).plain());
        text.push_str(if is_one_of_many { "\n\n" } else { "\n" });
    }
    output::data(&text)?;
    Ok(Exit::Done)
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

fn as_json(Effective { name, value, origin }: &Effective) -> Value {
    json!({ "setting": name, "value": value, "from": origin.to_string() })
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
