//! The links that a walk has followed, in 16 bytes each: a server may send long ones without end.

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};

use endstate_odata::PageUrl;

/// A set of links. It keeps 128 bits of each, with keys that no server knows, so no server can make
/// one link look like another.
#[derive(Debug, Default)]
pub(crate) struct VisitedLinks {
    keys: [RandomState; 2],
    links: HashSet<[u64; 2]>,
}

impl VisitedLinks {
    /// Adds a link. Returns `false` if it was there already.
    pub(crate) fn insert(&mut self, url: &PageUrl) -> bool {
        self.links.insert(self.digest(url))
    }

    /// Whether a link was added.
    pub(crate) fn contains(&self, url: &PageUrl) -> bool {
        self.links.contains(&self.digest(url))
    }

    fn digest(&self, url: &PageUrl) -> [u64; 2] {
        [&self.keys[0], &self.keys[1]].map(|key| key.hash_one(url))
    }
}
