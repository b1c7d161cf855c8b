//! Layers: which crate may depend on which, and what none of its dependencies may reach.

use std::collections::{BTreeMap, BTreeSet};

use cargo_metadata::{DependencyKind, Metadata, PackageId};

use super::Violation;

/// A row of the table of layers.
struct Layer {
    name: &'static str,
    /// The crates of this workspace on which it may depend.
    depends_on: &'static [&'static str],
    /// Nothing in here may be reached, directly or through others.
    must_not_reach: &'static [&'static str],
    /// For crates of values and pure functions, every external dependency that is allowed.
    external: Option<&'static [&'static str]>,
}

/// HTTP, runtimes and asynchrony, for which values and pure functions have no use.
const IMPURE: &[&str] =
    &["reqwest", "hyper", "http", "url", "tokio", "async-trait", "futures-core", "futures-util", "axum"];

/// The table of layers, lowest first. It lists what holds the layers apart: the edges inside the
/// workspace, and what a crate must never reach. Other dependencies have their reason in the
/// workspace's manifest.
const LAYERS: &[Layer] = &[
    Layer {
        name: "endstate-odata",
        depends_on: &[],
        must_not_reach: IMPURE,
        external: Some(&["hashbrown", "memchr", "percent-encoding", "serde", "serde_json", "thiserror"]),
    },
    Layer {
        name: "endstate-model",
        depends_on: &["endstate-odata"],
        must_not_reach: IMPURE,
        external: Some(&["jiff", "memchr", "schemars", "serde", "strsim"]),
    },
    Layer {
        name: "endstate-assessment",
        depends_on: &["endstate-odata", "endstate-model"],
        must_not_reach: IMPURE,
        external: Some(&["hashbrown", "serde", "serde_json", "thiserror"]),
    },
    Layer {
        name: "endstate-analysis",
        depends_on: &["endstate-odata", "endstate-model"],
        must_not_reach: IMPURE,
        external: Some(&["hashbrown", "indexmap", "schemars", "serde"]),
    },
    Layer {
        name: "endstate-history",
        depends_on: &["endstate-model", "endstate-analysis"],
        must_not_reach: &["endstate-paging", "endstate-emulator", "endstate", "clap"],
        external: None,
    },
    Layer {
        name: "endstate-paging",
        depends_on: &["endstate-odata"],
        must_not_reach: &["reqwest", "hyper", "endstate-model"],
        external: None,
    },
    Layer {
        name: "endstate-reqwest",
        depends_on: &["endstate-odata", "endstate-paging"],
        must_not_reach: &["endstate-model", "endstate-analysis", "endstate-emulator", "endstate", "clap", "axum"],
        external: None,
    },
    Layer {
        name: "endstate-emulator",
        depends_on: &["endstate-model"],
        must_not_reach: &[
            "endstate-paging",
            "endstate-reqwest",
            "endstate-analysis",
            "endstate-assessment",
            "endstate",
            "reqwest",
            "clap",
        ],
        external: None,
    },
    Layer {
        name: "endstate",
        depends_on: &[
            "endstate-analysis",
            "endstate-assessment",
            "endstate-emulator",
            "endstate-history",
            "endstate-model",
            "endstate-odata",
            "endstate-paging",
            "endstate-reqwest",
        ],
        must_not_reach: &["openssl-sys", "native-tls"],
        external: None,
    },
    Layer { name: "testkit", depends_on: &[], must_not_reach: &[], external: Some(&[]) },
    Layer { name: "xtask", depends_on: &["endstate-emulator"], must_not_reach: &["reqwest"], external: None },
];

/// Which crate depends on which, without development dependencies.
#[derive(Debug, Default)]
pub(crate) struct Graph {
    /// The crates of the workspace.
    members: BTreeSet<String>,
    /// Direct dependencies, of every package that is reached.
    direct: BTreeMap<String, BTreeSet<String>>,
}

impl Graph {
    /// The graph as cargo resolves it, with all features of the workspace.
    pub(crate) fn from_metadata(metadata: &Metadata) -> Self {
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
            let is_internal = LAYERS.iter().any(|layer| layer.name == dependency);
            let allowed = if is_internal { Some(layer.depends_on) } else { layer.external };
            if allowed.is_some_and(|allowed| !allowed.contains(&dependency.as_str())) {
                violations.push(format!("{member}: must not depend on {dependency}"));
            }
        }
        for (name, through) in graph.reached(member) {
            if layer.must_not_reach.contains(&name) {
                violations.push(format!("{member}: must never reach {name}, but does through {through}"));
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
        assert_eq!(check(&graph(&[("endstate-model", &["regex"])])), ["endstate-model: must not depend on regex"]);
        assert_eq!(
            check(&graph(&[("endstate-paging", &["endstate-model"])])),
            [
                "endstate-paging: must not depend on endstate-model",
                "endstate-paging: must never reach endstate-model, but does through endstate-model"
            ]
        );
        assert_eq!(check(&graph(&[("endstate-paging", &["regex"])])), Vec::<String>::new(), "not a pure crate");
    }

    #[test]
    fn what_must_never_be_reached_is_found_behind_others() {
        let graph =
            graph(&[("endstate-model", &["endstate-odata"]), ("endstate-odata", &["serde"]), ("serde", &["tokio"])]);
        assert_eq!(check(&graph), ["endstate-model: must never reach tokio, but does through endstate-odata"]);
    }

    #[test]
    fn a_crate_without_a_row_is_a_violation() {
        assert_eq!(check(&graph(&[("endstate-new", &[])])), ["endstate-new: has no row in the table of layers"]);
    }
}
