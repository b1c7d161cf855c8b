//! An HTTP client whose connections are given up once one of them has failed.
//!
//! A client keeps connections for later requests. HTTP/2 sends every request over one of them, and
//! a request that times out leaves it open: the next attempt would use the same dead connection,
//! and so would all others.

use std::fmt;
use std::sync::{Mutex, PoisonError};

use reqwest::Client;

use crate::Result;

/// The client of the next request.
pub(crate) struct Connections {
    build: Box<dyn Fn() -> Result<Client> + Send + Sync>,
    current: Mutex<CurrentClient>,
}

/// A client, with its number.
#[derive(Debug, Clone)]
pub(crate) struct CurrentClient {
    pub(crate) client: Client,
    generation: u64,
}

impl Connections {
    /// Builds the first client.
    ///
    /// # Errors
    /// The error of `build`.
    pub(crate) fn new(build: impl Fn() -> Result<Client> + Send + Sync + 'static) -> Result<Self> {
        let current = Mutex::new(CurrentClient { client: build()?, generation: 0 });
        Ok(Self { build: Box::new(build), current })
    }

    /// The client to use now.
    pub(crate) fn current(&self) -> CurrentClient {
        self.current.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Notes that a connection of `failed` failed. Requests that are under way keep theirs; later
    /// ones get new connections. Of several failures of one client, the first counts.
    pub(crate) fn give_up(&self, failed: &CurrentClient) {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        if current.generation != failed.generation {
            return;
        }
        // It could be built before, so it can be built again. If not, the old one has to do.
        if let Ok(client) = (self.build)() {
            *current = CurrentClient { client, generation: current.generation + 1 };
        }
    }
}

impl fmt::Debug for Connections {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connections").field("current", &self.current).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[test]
    fn requests_that_fail_together_give_up_a_connection_once() {
        let built = Arc::new(AtomicU32::new(0));
        let counted = Arc::clone(&built);
        let connections = Connections::new(move || {
            counted.fetch_add(1, Ordering::Relaxed);
            Ok(Client::new())
        });
        let connections = connections.unwrap();

        let (first, second) = (connections.current(), connections.current());
        connections.give_up(&first);
        connections.give_up(&second);
        assert_eq!(built.load(Ordering::Relaxed), 2);
        connections.give_up(&connections.current());
        assert_eq!(built.load(Ordering::Relaxed), 3);
    }
}
