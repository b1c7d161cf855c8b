//! The changelog, in the form of Keep a Changelog.

use std::fs;
use std::path::Path;

use anyhow::{Context, ensure};
use cargo_metadata::semver::Version;
use jiff::Zoned;

const UNRELEASED: &str = "## [Unreleased]\n";

/// Whether the changelog names nothing that is not released yet.
pub(super) fn is_empty(path: &Path) -> anyhow::Result<bool> {
    let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let (_, changes) = unreleased(&text)?;
    Ok(changes.trim().is_empty())
}

/// Gives what is not released yet the version and the date of today.
pub(super) fn set_date(path: &Path, version: &Version) -> anyhow::Result<()> {
    let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let today = Zoned::now().strftime("%Y-%m-%d").to_string();
    fs::write(path, dated(&text, version, &today)?)?;
    Ok(())
}

fn dated(changelog: &str, version: &Version, date: &str) -> anyhow::Result<String> {
    let (head, changes) = unreleased(changelog)?;
    ensure!(!changes.trim().is_empty(), "CHANGELOG.md names no change under `## [Unreleased]`");
    let rest = &changelog[head.len() + UNRELEASED.len()..];
    Ok(format!("{head}{UNRELEASED}\n## [{version}] - {date}\n{rest}"))
}

/// What is above the changes that are not released yet, and these changes.
fn unreleased(changelog: &str) -> anyhow::Result<(&str, &str)> {
    let (head, rest) = changelog.split_once(UNRELEASED).context("CHANGELOG.md has no `## [Unreleased]`")?;
    Ok((head, rest.split("\n## [").next().unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_released_gets_a_version_and_a_date() {
        let changelog =
            "# Changelog\n\n## [Unreleased]\n\n### Added\n\n- a thing\n\n## [0.1.0] - 2026-01-01\n\n- all\n";
        let version = Version::new(0, 2, 0);
        let expected = changelog.replace("## [Unreleased]\n", "## [Unreleased]\n\n## [0.2.0] - 2026-11-27\n");
        assert_eq!(dated(changelog, &version, "2026-11-27").unwrap(), expected);
        let empty = "## [Unreleased]\n\n## [0.1.0] - 2026-01-01\n\n- all\n";
        assert!(dated(empty, &version, "2026-11-27").unwrap_err().to_string().contains("names no change"));
        assert!(dated("# Changelog\n", &version, "2026-11-27").is_err());
    }
}
