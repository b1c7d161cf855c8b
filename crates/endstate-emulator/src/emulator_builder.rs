//! Sets up and starts an emulated service.

use std::fmt;
use std::io;
#[cfg(feature = "sign-in")]
use std::net::SocketAddr;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::routing::post;
use endstate_model::{CveKbMap, KbInfo, MachineGroup, MachineSecurityState};
use serde::Serialize;
use tokio::net::TcpListener;

#[cfg(feature = "sign-in")]
use crate::SignIn;
use crate::call_limits::ServedCalls;
use crate::collection::Collection;
use crate::contents::{Contents, Row};
use crate::control::{RESET_PATH, reset};
use crate::defender::{Defender, Settings};
use crate::fault_plan::FaultPlan;
use crate::faulty_listener::FaultyListener;
use crate::front::{Front, answer};
#[cfg(feature = "sign-in")]
use crate::identity::Secure;
use crate::machine_groups::machine_groups;
use crate::own_runtime::OwnRuntime;
use crate::query::LARGEST_PAGE;
use crate::server::Server;
use crate::service::Service;
use crate::update_catalog;
use crate::{CallLimits, DeviceOrder, Emulator, Fault, Fleet, Paging};

/// Sets up an [`Emulator`].
#[derive(Clone)]
#[must_use = "nothing runs until `start` is called"]
pub struct EmulatorBuilder {
    devices: u64,
    page_size: u64,
    seed: u64,
    day: u32,
    order: DeviceOrder,
    paging: Option<Paging>,
    token: String,
    limits: CallLimits,
    clock: Arc<dyn Fn() -> Duration + Send + Sync>,
    faults: Vec<Fault>,
    host: IpAddr,
    port: u16,
    has_control: bool,
    states: Option<Vec<Row>>,
    records_requests: bool,
    pub(crate) defender: Settings,
    #[cfg(feature = "sign-in")]
    pub(crate) sign_in: Option<SignIn>,
}

/// The constructor is here, so the emulator does not depend on its builder.
impl Emulator {
    /// Returns a builder of an emulator with 444 devices, as many as in the document, in pages of
    /// 100.
    pub fn builder() -> EmulatorBuilder {
        let start = Instant::now();
        EmulatorBuilder {
            devices: 444,
            page_size: 100,
            seed: 1,
            day: 1,
            order: DeviceOrder::default(),
            paging: None,
            token: Self::DEFAULT_TOKEN.to_owned(),
            limits: CallLimits::default(),
            clock: Arc::new(move || start.elapsed()),
            faults: Vec::new(),
            host: IpAddr::V4(Ipv4Addr::LOCALHOST),
            port: 0,
            has_control: true,
            states: None,
            records_requests: false,
            defender: Settings::default(),
            #[cfg(feature = "sign-in")]
            sign_in: None,
        }
    }
}

impl EmulatorBuilder {
    /// Sets the number of devices in the fleet.
    pub fn devices(mut self, devices: u64) -> Self {
        self.devices = devices;
        self
    }

    /// Sets the number of devices on a page, unless the caller prefers another size. As in the real
    /// service, the range is 1 to 10,000.
    pub fn page_size(mut self, devices: u64) -> Self {
        self.page_size = devices.clamp(1, LARGEST_PAGE);
        self
    }

    /// Sets the seed of the generated fleet.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Sets the day of the fleet, from 1. See [`Fleet::on_day`].
    pub fn day(mut self, day: u32) -> Self {
        self.day = day;
        self
    }

    /// Sets the order of the devices in the documented collection; their ids rise by default.
    pub fn order(mut self, order: DeviceOrder) -> Self {
        self.order = order;
        self
    }

    /// Sets the style of next links in all collections. By default, security states have skip
    /// tokens and the other collections have `$skip`.
    pub fn paging(mut self, paging: Paging) -> Self {
        self.paging = Some(paging);
        self
    }

    /// Sets the accepted token.
    pub fn token(mut self, token: impl Into<String>) -> Self {
        self.token = token.into();
        self
    }

    /// Sets the limits of calls.
    pub fn limits(mut self, limits: CallLimits) -> Self {
        self.limits = limits;
        self
    }

    /// Sets the clock for the limits of calls. It returns the time since a fixed point. The default
    /// is real time.
    pub fn clock(mut self, clock: impl Fn() -> Duration + Send + Sync + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Scripts faults, in addition to faults from earlier calls.
    pub fn faults(mut self, faults: impl IntoIterator<Item = Fault>) -> Self {
        self.faults.extend(faults);
        self
    }

    /// Sets the address to listen on; loopback by default. On any other address, any program that
    /// reaches the port can use the emulator.
    pub fn host(mut self, host: IpAddr) -> Self {
        self.host = host;
        self
    }

    /// Sets whether `POST /_emulator/reset` puts the emulator back to its start: all scripted
    /// faults are to come again, and no call was served yet. It does by default.
    pub fn control(mut self, has_control: bool) -> Self {
        self.has_control = has_control;
        self
    }

    /// Sets the port to listen on. With 0, the default, the system chooses a port. With an identity
    /// service, it is the port of https; plain http then has another port, which the system
    /// chooses.
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// Serves these states as the documented collection, in this order, instead of the generated
    /// fleet: [`MachineSecurityState`]s, or JSON objects whose members are served as they are.
    /// Today's APIs still have the fleet.
    pub fn states<S: Serialize>(mut self, states: impl IntoIterator<Item = S>) -> Self {
        self.states = Some(states.into_iter().map(|state| Row::with_own_id(&state)).collect());
        self
    }

    /// Records each request to the emulated APIs, without its body, for [`Emulator::requests`].
    /// Without this, a service that runs for days keeps nothing.
    pub fn record_requests(mut self) -> Self {
        self.records_requests = true;
        self
    }

    /// Starts the service on a thread of its own, and returns once it listens. For a client that
    /// blocks its thread, in a test with or without a runtime: on the runtime of the test, the
    /// service could not respond until the client gives up.
    ///
    /// ```
    /// use std::io::{Read, Write};
    ///
    /// use endstate_emulator::Emulator;
    ///
    /// let emulator = Emulator::builder().devices(1).start_blocking()?;
    /// let address = emulator.service_root().replace("http://", "").replace("/testwdatppreview", "");
    /// let mut connection = std::net::TcpStream::connect(address)?;
    /// write!(connection, "GET /none HTTP/1.0\r\n\r\n")?;
    /// let mut answer = String::new();
    /// connection.read_to_string(&mut answer)?;
    /// assert!(answer.starts_with("HTTP/1.0 401"), "{answer}");
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Errors
    /// As for [`start`](Self::start), and if no thread can be started.
    pub fn start_blocking(self) -> io::Result<Emulator> {
        let runtime = OwnRuntime::new()?;
        let mut emulator = runtime.run(self.start())?;
        emulator.runtime = Some(runtime);
        Ok(emulator)
    }

    /// Starts the service on the current tokio runtime. A client that blocks this runtime waits
    /// forever; [`start_blocking`](Self::start_blocking) is for those.
    ///
    /// # Errors
    /// If the emulator cannot listen on the port, or cannot create certificates.
    pub async fn start(self) -> io::Result<Emulator> {
        let listener = TcpListener::bind((self.host, self.plain_port())).await?;
        let address = listener.local_addr()?;
        let mut listener = FaultyListener::new(listener)?;
        let collections = self.collections();
        let fleet = self.fleet();

        let mut faults = FaultPlan::new(self.faults);
        if let Some(duration) = faults.take_refusal(1) {
            listener.refuse_for(duration);
        }
        #[cfg(feature = "sign-in")]
        let secure = match self.sign_in {
            Some(sign_in) => Some(Secure::prepare(sign_in, SocketAddr::new(self.host, self.port), address).await?),
            None => None,
        };

        let service = Arc::new(Service {
            collections,
            fleet,
            page_size: self.page_size,
            token: self.token,
            #[cfg(feature = "sign-in")]
            tokens: secure.as_ref().map(Secure::tokens),
            served: Mutex::new(ServedCalls::new(self.limits)),
            clock: self.clock,
            faults: Mutex::new(faults),
            pause: Arc::clone(&listener.pause),
            calls: AtomicU64::new(0),
            address: address.to_string(),
        });

        let defender = Defender::new(fleet, self.defender, self.page_size, Arc::clone(&service.clock));
        let requests = Mutex::new(self.records_requests.then(Vec::new));
        let front = Arc::new(Front { service: Arc::clone(&service), defender, requests });

        let mut router = Router::new();
        if self.has_control {
            router = router.route(RESET_PATH, post(reset));
        }
        let router = router.fallback(answer).with_state(Arc::clone(&front));
        #[cfg(feature = "sign-in")]
        if let Some(secure) = secure {
            let (identity, secured) = secure.start(router.clone());
            let servers = vec![Server::start(listener, router), secured];
            return Ok(Emulator { service, front, address, servers, runtime: None, identity: Some(identity) });
        }
        Ok(Emulator {
            service,
            front,
            address,
            servers: vec![Server::start(listener, router)],
            runtime: None,
            #[cfg(feature = "sign-in")]
            identity: None,
        })
    }
}

impl EmulatorBuilder {
    /// The port of plain http.
    fn plain_port(&self) -> u16 {
        #[cfg(feature = "sign-in")]
        if self.sign_in.is_some() {
            return 0;
        }
        self.port
    }

    fn fleet(&self) -> Fleet {
        Fleet::new(self.seed, self.devices).on_day(self.day)
    }

    /// Returns the collections, with the names of their entity sets in Microsoft's documents.
    fn collections(&self) -> Vec<Collection> {
        let tenant = (self.seed, self.devices);
        let tokens = self.paging.unwrap_or(Paging::SkipToken);
        let skips = self.paging.unwrap_or(Paging::Skip);
        let states = match &self.states {
            None => Contents::Fleet(self.fleet(), self.order),
            Some(states) => Contents::Rows(states.clone()),
        };
        let groups = Contents::Rows(machine_groups());
        let updates = Contents::Rows(update_catalog::updates());
        let vulnerabilities = Contents::Rows(update_catalog::vulnerabilities());
        vec![
            Collection::for_entity::<MachineSecurityState>("MachineSecurityStates", states, tenant, tokens),
            Collection::for_entity::<MachineGroup>("MachineGroups", groups, tenant, skips),
            Collection::for_entity::<KbInfo>("KbInfo", updates, tenant, skips),
            Collection::for_entity::<CveKbMap>("CveKbMap", vulnerabilities, tenant, skips),
        ]
    }
}

impl fmt::Debug for EmulatorBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EmulatorBuilder")
            .field("devices", &self.devices)
            .field("page_size", &self.page_size)
            .field("seed", &self.seed)
            .field("faults", &self.faults)
            .finish_non_exhaustive()
    }
}
