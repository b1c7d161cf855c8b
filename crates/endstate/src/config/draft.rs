//! A change of the configuration file, which keeps its comments and its order.

use std::fs::{self, File, OpenOptions};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};
use endstate_reqwest::ServiceRoot;
use toml_edit::{DocumentMut, Item, Table, TableLike, value};

use super::file::ConfigFile;
use super::settings::{CliOverrides, ProfileOrigin, Settings};
use crate::cli::ServiceArgs;
use crate::store::path::with_suffix;
use crate::store::regular_file;

/// The setting of the file that names the profile of a command without one.
pub(crate) const DEFAULT_PROFILE: &str = "default-profile";

/// The file as it will be.
#[derive(Debug)]
pub(crate) struct ConfigDraft {
    path: PathBuf,
    document: DocumentMut,
    /// Held until the file is replaced: a change that another process makes in between would be
    /// lost.
    _lock: File,
}

/// Waits until no other process changes the file, and keeps others from it.
fn lock(path: &Path) -> anyhow::Result<File> {
    create_folder(path)?;
    let lock = with_suffix(path, ".lock");
    let shown = lock.display();
    let file =
        regular_file::open(&lock, OpenOptions::new().write(true)).with_context(|| format!("cannot open {shown}"))?;
    file.lock().with_context(|| format!("cannot lock {shown}"))?;
    Ok(file)
}

/// Creates the folder of a file.
pub(crate) fn create_folder(path: &Path) -> anyhow::Result<()> {
    let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) else { return Ok(()) };
    fs::create_dir_all(folder).with_context(|| format!("cannot create the folder of {}", path.display()))
}

impl ConfigDraft {
    /// Starts from the file, or from nothing if it does not exist.
    pub(crate) fn open(path: &Path) -> anyhow::Result<Self> {
        let is_link = fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_symlink());
        ensure!(
            path.exists() || !is_link,
            "{} is a link to a file that does not exist; create that file, or name another with --config",
            path.display()
        );
        // Through a symbolic link, since the file may be kept elsewhere.
        let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let lock = lock(&path)?;
        let document = match ConfigFile::read_if_exists(&path)? {
            Some(_) => {
                let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
                // The text was parsed before, so an error shows none of it.
                text.parse().ok().with_context(|| format!("{} is not a configuration file", path.display()))?
            }
            None => DocumentMut::new(),
        };
        Ok(Self { path, document, _lock: lock })
    }

    /// The default profile, or the only one.
    pub(crate) fn only_profile(&self) -> anyhow::Result<String> {
        if let Some(name) = self.document.get(DEFAULT_PROFILE).and_then(Item::as_str) {
            return Ok(name.to_owned());
        }
        let names: Vec<_> =
            self.profiles().map(|table| table.iter().map(|(name, _)| name).collect()).unwrap_or_default();
        match names.as_slice() {
            [name] => Ok((*name).to_owned()),
            [] => bail!("{} has no profile; name the new one with --profile", self.path.display()),
            _ => bail!("{} has several profiles; name one with --profile: {}", self.path.display(), names.join(", ")),
        }
    }

    pub(crate) fn has_profile(&self, name: &str) -> bool {
        self.profiles().is_some_and(|table| table.contains_key(name))
    }

    pub(crate) fn has_profiles(&self) -> bool {
        self.profiles().is_some_and(|table| !table.is_empty())
    }

    fn profiles(&self) -> Option<&dyn TableLike> {
        self.document.get("profile")?.as_table_like()
    }

    /// Sets a setting of a profile, which is added if it does not exist.
    pub(crate) fn set(&mut self, profile: &str, setting: &str, text: &str) {
        let new = || {
            let mut table = Table::new();
            // No empty heading [profile] above [profile.NAME].
            table.set_implicit(true);
            Item::Table(table)
        };
        let profiles = self.document.entry("profile").or_insert_with(new);
        let Some(profiles) = profiles.as_table_like_mut() else { return };
        let settings = profiles.entry(profile).or_insert_with(toml_edit::table);
        let Some(settings) = settings.as_table_like_mut() else { return };

        let item = match (text.parse::<i64>(), text) {
            (Ok(number), _) if number.to_string() == text => value(number),
            (_, "true") => value(true),
            (_, "false") => value(false),
            _ => value(text),
        };
        insert(settings, setting, item);
    }

    /// Removes a setting; whether it was there.
    pub(crate) fn unset(&mut self, profile: &str, setting: &str) -> bool {
        let profiles = self.document.get_mut("profile").and_then(Item::as_table_like_mut);
        let settings = profiles.and_then(|profiles| profiles.get_mut(profile)).and_then(Item::as_table_like_mut);
        settings.and_then(|settings| settings.remove(setting)).is_some()
    }

    /// Sets the profile of commands that name none.
    pub(crate) fn set_default_profile(&mut self, name: Option<&str>) {
        match name {
            Some(name) => insert(self.document.as_table_mut(), DEFAULT_PROFILE, value(name)),
            None => drop(self.document.remove(DEFAULT_PROFILE)),
        }
    }

    /// Checks the file and, if one is named, a profile of it, and replaces it.
    pub(crate) fn save(&self, profile: Option<&str>) -> anyhow::Result<()> {
        let text = self.document.to_string();
        let file = ConfigFile::from_text(&self.path, &text)?;
        file.default_profile()?;
        if let Some(profile) = profile {
            let none = CliOverrides::default();
            let settings = Settings::resolve(&none, Some((profile, &file)), ProfileOrigin::CommandLine, false)?;
            // They may have a password in them, which must not come into the file.
            let ServiceArgs { service_root, defender_root, graph_root, .. } = &settings.service;
            for root in [service_root, defender_root, graph_root].into_iter().flatten() {
                ServiceRoot::parse(root)?;
            }
        }

        let shown = self.path.display();
        let permissions = fs::metadata(&self.path).ok().map(|metadata| metadata.permissions());
        let suffix = format!(".{}.new", std::process::id());
        let written = regular_file::replace(&self.path, &suffix, &OpenOptions::new(), text.as_bytes());
        written.with_context(|| format!("cannot write {shown}"))?;
        if let Some(permissions) = permissions {
            fs::set_permissions(&self.path, permissions).with_context(|| format!("cannot write {shown}"))?;
        }
        Ok(())
    }
}

/// Sets a value. What is around an old one, such as a comment, stays.
fn insert(table: &mut dyn TableLike, name: &str, item: Item) {
    match (table.get_mut(name).and_then(Item::as_value_mut), item) {
        (Some(old), Item::Value(mut new)) => {
            *new.decor_mut() = old.decor().clone();
            *old = new;
        }
        (_, item) => drop(table.insert(name, item)),
    }
}
