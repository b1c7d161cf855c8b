//! Where the devices of a command come from: a service or a file, for one tenant or several.

use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use same_file::is_same_file;

use crate::cli::SourceArgs;
use crate::config::profiles::{self, Profile, Tenants};
use crate::config::settings::{CliOverrides, Settings};
use crate::exit::UsageError;
use crate::pull::read::Input;
use crate::store::file_receipt;
use crate::store::path::{RESERVED_ENDINGS, is_standard_stream};

/// The devices of one tenant, not yet read.
pub(super) struct TenantInput {
    /// The name that tells the tenant from others; `None` if there is only one.
    pub(super) name: Option<String>,
    /// The name in conditions, also of an only tenant: its profile, its tenant, else its file.
    pub(super) label: Option<String>,
    /// The profile, also of an only tenant.
    pub(super) profile: Option<String>,
    /// The tenant of the settings or of the receipt.
    pub(super) id: Option<String>,
    source: Source,
}

/// Whose devices an input has.
pub(super) struct InputIdentity {
    pub(super) name: Option<String>,
    pub(super) label: Option<String>,
    pub(super) id: Option<String>,
}

enum Source {
    File(PathBuf),
    Service(Box<anyhow::Result<Settings>>),
}

impl TenantInput {
    /// The inputs that the command line names.
    pub(super) fn resolve(
        file_names: &[PathBuf],
        source: &SourceArgs,
        overrides: &CliOverrides,
    ) -> anyhow::Result<Vec<Self>> {
        if !file_names.is_empty() {
            return files(file_names);
        }
        Ok(match profiles::resolve(source, overrides)? {
            Tenants::One(settings) => vec![Self::service(None, Ok(*settings))],
            Tenants::Several(profiles) => {
                profiles.into_iter().map(|Profile { name, settings }| Self::service(Some(name), settings)).collect()
            }
        })
    }

    fn service(name: Option<String>, settings: anyhow::Result<Settings>) -> Self {
        let known = settings.as_ref().ok();
        let id = known.and_then(|settings| settings.sign_in.tenant.as_ref()).map(ToString::to_string);
        let profile = known.and_then(|settings| settings.profile.clone());
        let label = profile.clone();
        Self { name, label, profile, id, source: Source::Service(Box::new(settings)) }
    }

    pub(super) fn file(&self) -> Option<&Path> {
        match &self.source {
            Source::File(path) => Some(path),
            Source::Service(_) => None,
        }
    }

    /// The name under which a history keeps its pulls.
    pub(super) fn tenant_name(&self) -> Option<&str> {
        self.id.as_deref().or(self.profile.as_deref())
    }

    pub(super) fn identity(&self) -> InputIdentity {
        InputIdentity { name: self.name.clone(), label: self.label.clone(), id: self.id.clone() }
    }

    /// The input for people.
    pub(super) fn shown(&self) -> String {
        self.file().map_or_else(|| "the present pull".to_owned(), |path| path.display().to_string())
    }

    /// Opens the input. Nothing is requested yet.
    pub(super) async fn open(self, source: &SourceArgs) -> anyhow::Result<Input> {
        match self.source {
            Source::File(path) => Ok(Input::file(&path).of_tenant(self.name.or(self.label))),
            Source::Service(settings) => Ok(Input::live(source, (*settings)?).await?.with_devices()),
        }
    }
}

fn files(paths: &[PathBuf]) -> anyhow::Result<Vec<TenantInput>> {
    let mut files = Vec::new();
    for path in paths {
        files.extend(matching(path)?);
    }
    for (place, file) in files.iter().enumerate() {
        let same = |other: &&PathBuf| is_same_file(other, file).unwrap_or(false);
        if let Some(other) = files[..place].iter().find(same) {
            let message = format!("{} and {} are the same file; name it once", other.display(), file.display());
            return Err(UsageError::new(message).into());
        }
    }
    let is_only = files.len() == 1;
    ensure!(
        is_only || !files.iter().any(|file| is_standard_stream(file)),
        UsageError::new("- is one tenant; name only files to read several")
    );

    let mut inputs: Vec<TenantInput> = Vec::new();
    for path in files {
        let receipt = file_receipt::for_file(&path)?;
        let profile = receipt.as_ref().and_then(|receipt| receipt.profile.clone());
        let id = receipt.and_then(|receipt| receipt.tenant);
        let stem = || {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            name.split('.').find(|part| !part.is_empty()).unwrap_or(&name).to_owned()
        };
        let name = profile.clone().or_else(|| id.clone()).unwrap_or_else(stem);
        // Two files of one tenant stay two.
        let is_taken = inputs.iter().any(|input| input.name.as_ref() == Some(&name));
        let name = if is_taken { path.display().to_string() } else { name };
        let label = Some(name.clone());
        inputs.push(TenantInput { name: (!is_only).then_some(name), label, profile, id, source: Source::File(path) });
    }
    Ok(inputs)
}

/// The file, or all files that a pattern matches, without receipts, checkpoints and partial files.
fn matching(path: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let pattern = path.to_string_lossy();
    if !pattern.contains(['*', '?']) || path.exists() {
        return Ok(vec![path.to_owned()]);
    }
    let found = glob::glob(&pattern).with_context(|| format!("{pattern} is not a pattern of files"))?;
    let is_of_rows = |path: &PathBuf| {
        let name = path.to_string_lossy();
        !RESERVED_ENDINGS.iter().any(|ending| name.ends_with(ending))
    };
    let files: Vec<_> = found.filter_map(Result::ok).filter(is_of_rows).collect();
    ensure!(!files.is_empty(), "no file matches {pattern}");
    Ok(files)
}
