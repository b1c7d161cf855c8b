//! A running emulated service.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use crate::address::reachable;
use crate::front::Front;
#[cfg(feature = "sign-in")]
use crate::identity::Identity;
use crate::own_runtime::OwnRuntime;
use crate::server::Server;
use crate::service::{SERVICE_PATH, Service, lock};
use crate::{Fleet, RecordedRequest};

/// A running service on loopback. See the crate's example. Dropping it stops the service at once.
#[derive(Debug)]
pub struct Emulator {
    pub(crate) service: Arc<Service>,
    pub(crate) front: Arc<Front>,
    pub(crate) address: SocketAddr,
    pub(crate) servers: Vec<Server>,
    /// The runtime of an emulator that has its own.
    pub(crate) runtime: Option<OwnRuntime>,
    #[cfg(feature = "sign-in")]
    pub(crate) identity: Option<Identity>,
}

impl Emulator {
    /// The accepted token, unless another is set. It is valid only for emulators.
    pub const DEFAULT_TOKEN: &str = "emulated-token";

    /// Returns the base URL of the collections, such as `http://127.0.0.1:40123/testwdatppreview`.
    pub fn service_root(&self) -> String {
        format!("{}{SERVICE_PATH}", self.origin())
    }

    pub(crate) fn origin(&self) -> String {
        format!("http://{}", reachable(self.address))
    }

    /// Returns the accepted token.
    pub fn token(&self) -> &str {
        &self.service.token
    }

    /// Returns the fleet.
    pub fn fleet(&self) -> Fleet {
        self.service.fleet
    }

    /// Returns the number of requests so far, including refused ones.
    pub fn calls(&self) -> u64 {
        self.service.calls.load(Ordering::Relaxed)
    }

    /// Returns the requests so far, in order, if they are
    /// [recorded](crate::EmulatorBuilder::record_requests).
    pub fn requests(&self) -> Vec<RecordedRequest> {
        lock(&self.front.requests).clone().unwrap_or_default()
    }

    /// Returns the devices on pages that were sent whole: their ids, or their JSON if they have no
    /// id. The emulator records them only if faults are scripted.
    pub fn served(&self) -> BTreeSet<String> {
        lock(&self.service.faults).served().clone()
    }

    /// Returns the scripted faults that have affected no request so far, as they were written. In a
    /// test, such a fault tests nothing.
    pub fn unused_faults(&self) -> Vec<String> {
        let mut unused = lock(&self.service.faults).unused();
        unused.extend(self.front.defender.unused_faults());
        unused
    }

    /// Stops the service after it finishes the responses in progress.
    pub async fn stop(mut self) {
        for server in &mut self.servers {
            server.begin_to_stop();
        }
        for server in &mut self.servers {
            server.wait().await;
        }
        drop(self.runtime.take());
    }
}
