//! The bill of materials of the program, in `CycloneDX` 1.6 JSON
//! (<https://cyclonedx.org/docs/1.6/json/>).

use std::time::{Duration, SystemTime};

use anyhow::Context;
use serde_json::{Value, json};

use super::Release;
use super::dependencies::Library;

/// Returns the document. The first library is the program.
pub(super) fn json(release: &Release, libraries: &[Library<'_>]) -> anyhow::Result<String> {
    let (program, libraries) = libraries.split_first().context("the program is not among its dependencies")?;
    let time = SystemTime::UNIX_EPOCH + Duration::from_secs(release.time);
    let uses = |library: &Library<'_>| json!({ "ref": library.package_url(), "dependsOn": library.uses });
    let dependencies: Vec<_> = [program].into_iter().chain(libraries).map(uses).collect();
    let document = json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "timestamp": jiff::Timestamp::try_from(time)?.to_string(),
            "component": component(program, "application"),
            "properties": [{ "name": "cdx:rustc:sbom:target:triple", "value": release.target }],
        },
        "components": libraries.iter().map(|library| component(library, "library")).collect::<Vec<_>>(),
        "dependencies": dependencies,
    });
    Ok(serde_json::to_string_pretty(&document)? + "\n")
}

fn component(library: &Library<'_>, kind: &str) -> Value {
    let package = library.package;
    let mut component = json!({
        "type": kind,
        "bom-ref": library.package_url(),
        "name": package.name,
        "version": package.version.to_string(),
        "licenses": [{ "expression": library.license() }],
        "purl": library.package_url(),
    });
    if let Some(sha256) = &library.sha256 {
        component["hashes"] = json!([{ "alg": "SHA-256", "content": sha256 }]);
    }
    if let Some(repository) = package.repository.as_ref().filter(|address| !address.is_empty()) {
        component["externalReferences"] = json!([{ "type": "vcs", "url": repository }]);
    }
    component
}
