//! Layers: which crate may depend on which, and what none of its dependencies may reach.

use std::collections::{BTreeMap, BTreeSet};

use cargo_metadata::{DependencyKind, Metadata, PackageId};

use super::Violation;

/// A row of the table of layers.
struct Layer {
    name: &'static str,
    /// Every direct dependency has to be in here.
    may_depend_on: &'static [&'static str],
    /// Nothing in here may be reached, directly or through others.
    must_not_reach: &'static [&'static str],
}

/// HTTP, runtimes and asynchrony: what values and pure functions have no use for.
const PURE: &[&str] =
    &["reqwest", "hyper", "http", "url", "tokio", "async-trait", "futures-core", "futures-util", "axum"];

/// The table of layers, lowest first. A dependency is added here on purpose, with its reason in the commit.
const LAYERS: &[Layer] = &[
    Layer {
        name: "endstate-odata",
        may_depend_on: &["memchr", "serde", "serde_json", "thiserror"],
        must_not_reach: PURE,
    },
    Layer { name: "endstate-model", may_depend_on: &["endstate-odata", "serde"], must_not_reach: PURE },
    Layer {
        name: "endstate-analysis",
        may_depend_on: &["endstate-model", "hashbrown", "strsim"],
        must_not_reach: PURE,
    },
    Layer {
        name: "endstate-paging",
        may_depend_on: &[
            "async-trait",
            "backon",
            "bytes",
            "endstate-odata",
            "futures-channel",
            "futures-core",
            "futures-util",
            "hashbrown",
            "thiserror",
        ],
        must_not_reach: &["reqwest", "hyper", "http", "url", "tokio", "endstate-model"],
    },
    Layer {
        name: "endstate-reqwest",
        may_depend_on: &[
            "async-trait",
            "azure_core",
            "azure_identity",
            "base64",
            "endstate-odata",
            "endstate-paging",
            "futures-util",
            "httpdate",
            "jsonwebtoken",
            "p12-keystore",
            "pkcs8",
            "reqwest",
            "rustls-pki-types",
            "secrecy",
            "serde",
            "serde_json",
            "sha2",
            "thiserror",
            "tokio",
            "tracing",
            "url",
            "uuid",
        ],
        must_not_reach: &["endstate-model", "endstate-analysis", "endstate-emulator", "endstate", "clap", "axum"],
    },
    Layer {
        name: "endstate-emulator",
        may_depend_on: &[
            "axum",
            "base64",
            "endstate-model",
            "flate2",
            "futures-util",
            "hmac",
            "httpdate",
            "jsonwebtoken",
            "rand_pcg",
            "rcgen",
            "serde",
            "serde_json",
            "sha2",
            "tokio",
            "tokio-rustls",
        ],
        must_not_reach: &["endstate-paging", "endstate-reqwest", "endstate-analysis", "endstate", "reqwest", "clap"],
    },
    Layer {
        name: "endstate",
        may_depend_on: &[
            "anstream",
            "anstyle",
            "anyhow",
            "clap",
            "clap_complete",
            "comfy-table",
            "csv",
            "endstate-analysis",
            "endstate-emulator",
            "endstate-model",
            "endstate-odata",
            "endstate-paging",
            "endstate-reqwest",
            "etcetera",
            "futures-util",
            "indicatif",
            "jiff",
            "serde",
            "serde_json",
            "strsim",
            "terminal_size",
            "tokio",
            "toml",
            "tracing",
            "tracing-subscriber",
        ],
        must_not_reach: &["openssl-sys", "native-tls"],
    },
    Layer { name: "testkit", may_depend_on: &[], must_not_reach: &[] },
    Layer {
        name: "xtask",
        may_depend_on: &["anyhow", "cargo_metadata", "clap", "endstate-emulator", "serde_json", "wait4"],
        must_not_reach: &["reqwest"],
    },
];

/// Who depends on whom, development dependencies left out.
#[derive(Debug, Default)]
pub(crate) struct Graph {
    /// The crates of the workspace.
    members: BTreeSet<String>,
    /// Direct dependencies, of every package that is reached.
    direct: BTreeMap<String, BTreeSet<String>>,
}

impl Graph {
    /// The graph as cargo resolves it, all features of the workspace included.
    pub(crate) fn of(metadata: &Metadata) -> Self {
        let names: BTreeMap<&PackageId, String> =
            metadata.packages.iter().map(|package| (&package.id, package.name.to_string())).collect();
        let name = |id: &PackageId| names.get(id).cloned().unwrap_or_default();
        let mut direct: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for node in metadata.resolve.iter().flat_map(|resolve| &resolve.nodes) {
            let dependencies = node
                .deps
                .iter()
                .filter(|dependency| dependency.dep_kinds.iter().any(|kind| kind.kind != DependencyKind::Development));
            // Two versions of a package count as one.
            direct.entry(name(&node.id)).or_default().extend(dependencies.map(|dependency| name(&dependency.pkg)));
        }
        let members = metadata.workspace_packages().iter().map(|package| package.name.to_string()).collect();
        Self { members, direct }
    }

    /// Everything that a crate reaches, each with the dependency that leads there.
    fn reached(&self, from: &str) -> BTreeMap<&str, &str> {
        let mut reached = BTreeMap::new();
        let mut next: Vec<(&str, &str)> =
            self.direct.get(from).into_iter().flatten().map(|name| (name.as_str(), name.as_str())).collect();
        while let Some((name, through)) = next.pop() {
            if reached.insert(name, through).is_none() {
                next.extend(self.direct.get(name).into_iter().flatten().map(|name| (name.as_str(), through)));
            }
        }
        reached
    }
}

/// Compares the graph with the table.
pub(crate) fn check(graph: &Graph) -> Vec<Violation> {
    let mut violations = Vec::new();
    for member in &graph.members {
        let Some(layer) = LAYERS.iter().find(|layer| layer.name == member) else {
            violations.push(format!("{member}: has no row in the table of layers"));
            continue;
        };
        for dependency in graph.direct.get(member).into_iter().flatten() {
            if !layer.may_depend_on.contains(&dependency.as_str()) {
                violations.push(format!("{member}: may not depend on {dependency}"));
            }
        }
        for (name, through) in graph.reached(member) {
            if layer.must_not_reach.contains(&name) {
                violations.push(format!("{member}: must never reach {name}, and does through {through}"));
            }
        }
    }
    violations
}

#[cfg(test)]
mod tests {
    use super::*;

    fn graph(edges: &[(&str, &[&str])]) -> Graph {
        let direct =
            edges.iter().map(|(from, to)| ((*from).to_owned(), to.iter().map(|name| (*name).to_owned()).collect()));
        Graph { members: BTreeSet::from([edges[0].0.to_owned()]), direct: direct.collect() }
    }

    #[test]
    fn a_dependency_that_is_not_in_the_row_is_a_violation() {
        assert_eq!(check(&graph(&[("endstate-model", &["serde", "endstate-odata"])])), Vec::<String>::new());
        assert_eq!(check(&graph(&[("endstate-model", &["regex"])])), ["endstate-model: may not depend on regex"]);
    }

    #[test]
    fn what_must_never_be_reached_is_found_behind_others() {
        let graph =
            graph(&[("endstate-model", &["endstate-odata"]), ("endstate-odata", &["serde"]), ("serde", &["tokio"])]);
        assert_eq!(check(&graph), ["endstate-model: must never reach tokio, and does through endstate-odata"]);
    }

    #[test]
    fn a_crate_without_a_row_is_a_violation() {
        assert_eq!(check(&graph(&[("endstate-new", &[])])), ["endstate-new: has no row in the table of layers"]);
    }
}
