//! Which module of a crate names which other, from the code itself.
//!
//! A path is resolved to the file that has the item, also through `pub use` in a root or a
//! `mod.rs`, because a re-export hides an import but not a dependency. A parent and its children
//! may name each other: seen from outside, they are one thing. All other imports become edges
//! between siblings, so the folders of a crate form a graph, and so do the files of each folder.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::Context;
use syn::visit::{self, Visit};
use syn::{Attribute, Item, ItemMod, ItemUse, UseTree};

/// A module by its path from the crate's root; the root is empty.
pub(crate) type ModulePath = Vec<String>;

/// The modules of one crate.
#[derive(Debug, Default)]
pub(crate) struct ModuleGraph {
    modules: BTreeMap<ModulePath, ParsedModule>,
}

#[derive(Debug, Default)]
struct ParsedModule {
    /// Absolute paths that the module names, such as `[cli, PullArgs]`.
    named: BTreeSet<Vec<String>>,
    /// Names that it re-exports, and the paths that they mean.
    re_exports: BTreeMap<String, Vec<String>>,
}

impl ModuleGraph {
    /// Adds a file; the path is seen from the crate's `src`. A file `tests.rs` may name anything.
    pub(crate) fn add(&mut self, path: &str, text: &str) -> anyhow::Result<()> {
        if path.ends_with("/tests.rs") {
            return Ok(());
        }
        let file = syn::parse_file(text).with_context(|| path.to_owned())?;
        let module = module_path(path);
        let mut names = Names { module: module.clone(), parsed: ParsedModule::default() };
        names.visit_file(&file);
        self.modules.insert(module, names.parsed);
        Ok(())
    }

    /// The cycles among siblings, each as `a -> b -> a`, in order.
    pub(crate) fn cycles(&self) -> Vec<String> {
        let mut cycles = Vec::new();
        for (parent, mut edges) in self.edges() {
            let full = |name: &String| parent.iter().chain([name]).cloned().collect::<Vec<_>>().join("::");
            while let Some(cycle) = find_cycle(&edges) {
                cycles.push(cycle.iter().map(full).collect::<Vec<_>>().join(" -> "));
                // Without its last edge, the next search finds another cycle.
                if let [.., from, to] = cycle.as_slice() {
                    edges.entry(from.clone()).or_default().remove(to);
                }
            }
        }
        cycles
    }

    /// The edges among the children of each module.
    fn edges(&self) -> BTreeMap<ModulePath, BTreeMap<String, BTreeSet<String>>> {
        let mut edges: BTreeMap<ModulePath, BTreeMap<String, BTreeSet<String>>> = BTreeMap::new();
        for (from, parsed) in &self.modules {
            for path in &parsed.named {
                let Some(to) = self.resolve(path, 0) else { continue };
                let common = from.iter().zip(&to).take_while(|(from, to)| from == to).count();
                if let (Some(from_child), Some(to_child)) = (from.get(common), to.get(common)) {
                    let siblings = edges.entry(from[..common].to_vec()).or_default();
                    siblings.entry(from_child.clone()).or_default().insert(to_child.clone());
                }
            }
        }
        edges
    }

    /// The module that has the item at a path. `depth` bounds re-exports of re-exports.
    fn resolve(&self, path: &[String], depth: usize) -> Option<ModulePath> {
        let length = (0..=path.len()).rev().find(|length| self.modules.contains_key(&path[..*length]))?;
        let (module, rest) = path.split_at(length);
        let target = rest.first().and_then(|name| self.modules[module].re_exports.get(name));
        match target {
            Some(target) if depth < 8 && target.as_slice() != path => self.resolve(target, depth + 1),
            // An item of the root without a re-export belongs to the root, which is everyone's
            // parent.
            _ => Some(module.to_vec()),
        }
    }
}

/// One cycle of a graph, beginning and ending with the same node; `None` if it has no cycle.
fn find_cycle(edges: &BTreeMap<String, BTreeSet<String>>) -> Option<Vec<String>> {
    let mut done = BTreeSet::new();
    edges.keys().find_map(|start| cycle_from(start, edges, &mut Vec::new(), &mut done))
}

fn cycle_from(
    node: &str,
    edges: &BTreeMap<String, BTreeSet<String>>,
    path: &mut Vec<String>,
    done: &mut BTreeSet<String>,
) -> Option<Vec<String>> {
    if let Some(start) = path.iter().position(|earlier| earlier == node) {
        return Some(path[start..].iter().cloned().chain([node.to_owned()]).collect());
    }
    if done.contains(node) {
        return None;
    }
    path.push(node.to_owned());
    let found = edges.get(node).into_iter().flatten().find_map(|next| cycle_from(next, edges, path, done));
    path.pop();
    done.insert(node.to_owned());
    found
}

/// The module of a file: `cli/mod.rs` is `cli`, `cli/pull.rs` is `cli::pull`, a root is empty.
fn module_path(path: &str) -> ModulePath {
    let path = Path::new(path).with_extension("");
    let mut module: ModulePath = path.iter().map(|part| part.to_string_lossy().into_owned()).collect();
    if module.last().is_some_and(|last| last == "mod") || module == ["lib"] || module == ["main"] {
        module.pop();
    }
    module
}

/// Collects what a file names.
struct Names {
    module: ModulePath,
    parsed: ParsedModule,
}

impl Names {
    /// The absolute form of a path that begins with `crate`, `self` or `super`; `None` for a path
    /// that begins with anything else, such as another crate.
    fn absolute(&self, path: &[String]) -> Option<Vec<String>> {
        let mut absolute = match path.first().map(String::as_str) {
            Some("crate") => Vec::new(),
            Some("self") => self.module.clone(),
            Some("super") => self.module[..self.module.len().checked_sub(1)?].to_vec(),
            _ => return None,
        };
        for segment in &path[1..] {
            match segment.as_str() {
                "super" => drop(absolute.pop()),
                "self" => {}
                name => absolute.push(name.to_owned()),
            }
        }
        Some(absolute)
    }

    fn note(&mut self, path: &[String]) {
        self.parsed.named.extend(self.absolute(path));
    }

    fn note_use(&mut self, tree: &UseTree, prefix: &[String], is_public: bool) {
        let with = |name: String| prefix.iter().cloned().chain([name]).collect::<Vec<_>>();
        match tree {
            UseTree::Path(path) => self.note_use(&path.tree, &with(path.ident.to_string()), is_public),
            UseTree::Name(name) => self.note_leaf(&with(name.ident.to_string()), &name.ident.to_string(), is_public),
            UseTree::Rename(name) => {
                self.note_leaf(&with(name.ident.to_string()), &name.rename.to_string(), is_public);
            }
            UseTree::Glob(_) => self.note(prefix),
            UseTree::Group(group) => group.items.iter().for_each(|item| self.note_use(item, prefix, is_public)),
        }
    }

    fn note_leaf(&mut self, path: &[String], name: &str, is_public: bool) {
        // `pub use child::Name` in a parent has no prefix: a child of this module.
        let is_relative = !matches!(path[0].as_str(), "crate" | "self" | "super");
        let absolute =
            if is_relative { Some(self.module.iter().chain(path).cloned().collect()) } else { self.absolute(path) };
        if is_public {
            self.parsed.re_exports.extend(absolute.map(|path| (name.to_owned(), path)));
        } else {
            self.parsed.named.extend(absolute.filter(|_| !is_relative));
        }
    }
}

impl<'ast> Visit<'ast> for Names {
    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        let is_public = !matches!(item.vis, syn::Visibility::Inherited);
        self.note_use(&item.tree, &[], is_public);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let segments: Vec<_> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        self.note(&segments);
        visit::visit_path(self, path);
    }

    fn visit_item(&mut self, item: &'ast Item) {
        // Tests may look at anything.
        let is_test = |attributes: &[Attribute]| attributes.iter().any(is_cfg_test);
        if !matches!(item, Item::Mod(ItemMod { attrs, .. }) if is_test(attrs)) {
            visit::visit_item(self, item);
        }
    }
}

fn is_cfg_test(attribute: &Attribute) -> bool {
    attribute.path().is_ident("cfg") && attribute.parse_args::<syn::Path>().is_ok_and(|path| path.is_ident("test"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cycles(files: &[(&str, &str)]) -> Vec<String> {
        let mut graph = ModuleGraph::default();
        for (path, text) in files {
            graph.add(path, text).unwrap();
        }
        graph.cycles()
    }

    #[test]
    fn two_modules_that_import_each_other_are_a_cycle() {
        let files = [("lib.rs", "mod a; mod b;"), ("a.rs", "use crate::b::B;"), ("b.rs", "use super::a::A;")];
        assert_eq!(cycles(&files), ["a -> b -> a"]);
        assert_eq!(cycles(&[("lib.rs", ""), ("a.rs", "use crate::b::B;"), ("b.rs", "")]), Vec::<String>::new());
    }

    #[test]
    fn a_re_export_of_the_root_does_not_hide_a_cycle() {
        let root = "mod a; mod b; pub use a::A; pub use b::B as Other;";
        let files = [("lib.rs", root), ("a.rs", "use crate::Other;"), ("b.rs", "fn f(_: crate::A) {}")];
        assert_eq!(cycles(&files), ["a -> b -> a"]);
    }

    #[test]
    fn folders_are_seen_as_one_thing_from_outside() {
        let files = [
            ("main.rs", ""),
            ("cli/mod.rs", "mod pull; pub(crate) use self::pull::Args;"),
            ("cli/pull.rs", "use crate::store::Path;"),
            ("store/mod.rs", ""),
            ("store/file.rs", "use crate::cli::Args;"),
        ];
        assert_eq!(cycles(&files), ["cli -> store -> cli"]);
    }

    #[test]
    fn a_parent_and_its_child_may_name_each_other() {
        let files = [("lib.rs", ""), ("a.rs", "mod b; use self::b::B;"), ("a/b.rs", "use super::A;")];
        assert_eq!(cycles(&files), Vec::<String>::new());
    }

    #[test]
    fn tests_may_name_anything() {
        let inline = "#[cfg(test)] mod tests { use crate::b::B; }";
        let files = [("lib.rs", ""), ("a.rs", inline), ("b.rs", "use crate::a::A;")];
        assert_eq!(cycles(&files), Vec::<String>::new());
        let files = [("lib.rs", ""), ("a.rs", ""), ("a/tests.rs", "use crate::b::B;"), ("b.rs", "use crate::a::A;")];
        assert_eq!(cycles(&files), Vec::<String>::new());
    }
}
