//! The files of an export, and of which generation they are.

use std::collections::{HashMap, HashSet};

use endstate_odata::PageUrl;

/// The files that a service lists.
///
/// Their URLs may expire, so a list may be fetched again. It then has other URLs of the same files,
/// which differ only in their queries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileList {
    files: Vec<PageUrl>,
    generation: Option<String>,
}

impl FileList {
    /// A list of these files. `generation` is what the service says of when they were made; files
    /// of two generations do not belong together. A file that is listed twice counts once.
    pub fn new(files: impl IntoIterator<Item = PageUrl>, generation: Option<String>) -> Self {
        let mut files: Vec<_> = files.into_iter().collect();
        let mut seen = HashSet::new();
        files.retain(|file| seen.insert(name(file).to_owned()));
        Self { files, generation }
    }

    /// The files, in the order of the service.
    pub fn files(&self) -> &[PageUrl] {
        &self.files
    }

    /// What the service says of when the files were made.
    pub fn generation(&self) -> Option<&str> {
        self.generation.as_deref()
    }

    /// The same files in the same order, with the URLs of a newer list; `None` if the newer list is
    /// of another generation, or has other files.
    pub(crate) fn renewed(&self, newer: &Self) -> Option<Self> {
        if self.generation != newer.generation || self.files.len() != newer.files.len() {
            return None;
        }
        // An export of a large fleet has thousands of files.
        let newer_by_name: HashMap<_, _> = newer.files.iter().map(|file| (name(file), file)).collect();
        let find = |file| newer_by_name.get(name(file)).map(|newer| PageUrl::clone(newer));
        let files = self.files.iter().map(find).collect::<Option<_>>()?;
        Some(Self { files, generation: self.generation.clone() })
    }
}

/// A file's URL without its query, which is new in each list.
fn name(file: &PageUrl) -> &str {
    let url = file.as_str();
    &url[..url.find(['?', '#']).unwrap_or(url.len())]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(files: &[&str], generation: &str) -> FileList {
        let files = files.iter().map(|file| PageUrl::new(&format!("https://host/{file}")).unwrap());
        FileList::new(files, Some(generation.to_owned()))
    }

    #[test]
    fn a_newer_list_of_the_same_files_brings_new_urls_in_the_old_order() {
        let renewed = list(&["a?s=1", "b?s=1"], "g").renewed(&list(&["b?s=2", "a?s=2"], "g")).unwrap();
        assert_eq!(renewed, list(&["a?s=2", "b?s=2"], "g"));
    }

    #[test]
    fn other_files_or_another_time_are_another_generation() {
        let old = list(&["a?s=1", "b?s=1"], "g");
        for newer in [list(&["a", "b"], "h"), list(&["a"], "g"), list(&["a", "c"], "g"), list(&["a", "b", "c"], "g")] {
            assert_eq!(old.renewed(&newer), None, "{newer:?}");
        }
    }

    #[test]
    fn a_file_that_is_listed_twice_is_read_once() {
        assert_eq!(list(&["a?s=1", "b", "a?s=2"], "g"), list(&["a?s=1", "b"], "g"));
    }
}
