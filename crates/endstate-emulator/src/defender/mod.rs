//! Today's APIs of Defender for Endpoint and of Microsoft Graph, for the same fleet.

mod antivirus;
mod antivirus_rows;
mod assessment;
mod assessment_rows;
mod call;
mod configuration;
mod device;
mod device_details;
mod draw;
mod export;
mod export_file;
mod fault;
mod fault_constructors;
mod fault_plan;
mod findings;
mod graph_error;
mod hunting;
mod hunting_query;
mod hunting_rows;
mod hunting_vulnerabilities;
mod machines;
mod machines_paging;
mod options;
mod platform;
mod preview_machines;
mod settings;
mod situation;
mod times;
mod vulnerabilities;
mod vulnerability_rows;

use std::fmt;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Body;
use axum::http::{Method, Response, StatusCode};
use jiff::Timestamp;

pub(crate) use self::call::Call;
use self::device::Devices;
pub use self::fault::DefenderFault;
use self::fault::DefenderFaultKind;
use self::fault_plan::DefenderFaultPlan;
pub use self::machines_paging::MachinesPaging;
pub(crate) use self::settings::Settings;
pub use self::situation::DeviceSituation;
use self::times::after;
use crate::Fleet;
use crate::resource::Resource;
use crate::service::lock;
use crate::skip_token::Seal;

/// The path of today's APIs of Defender for Endpoint.
pub(crate) const DEFENDER_PATH: &str = "/api";

/// The path of Microsoft Graph.
pub(crate) const GRAPH_PATH: &str = "/v1.0";

/// The state of today's APIs.
pub(crate) struct Defender {
    devices: Devices,
    settings: Settings,
    faults: Mutex<DefenderFaultPlan>,
    /// The page size of the preview family.
    preview_page_size: u64,
    seal: Seal,
    vulnerability_seal: Seal,
    /// The number of exports so far.
    exports: AtomicU32,
    /// The generation of the files of an export, from 0.
    generation: AtomicU32,
    /// Time since a fixed point, and this time at the start.
    clock: Clock,
    started: Duration,
}

/// Returns the time since a fixed point.
pub(crate) type Clock = Arc<dyn Fn() -> Duration + Send + Sync>;

/// A path that these APIs serve.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Route {
    Machines,
    PreviewMachines,
    Assessments,
    Export,
    ExportFile,
    Antivirus,
    Vulnerabilities,
    Hunting,
}

impl Route {
    /// Returns the route of a path, whose segments are written in both cases.
    pub(crate) fn for_path(path: &str) -> Option<Self> {
        Some(match path.to_ascii_lowercase().as_str() {
            "/api/machines" => Self::Machines,
            "/testwdatppreview/machines" => Self::PreviewMachines,
            "/api/machines/secureconfigurationsassessmentbymachine" => Self::Assessments,
            "/api/machines/secureconfigurationsassessmentexport" => Self::Export,
            "/api/deviceavinfo" => Self::Antivirus,
            "/api/machines/softwarevulnerabilitiesbymachine" => Self::Vulnerabilities,
            "/v1.0/security/runhuntingquery" => Self::Hunting,
            file if file.starts_with(export::FOLDER) => Self::ExportFile,
            _ => return None,
        })
    }

    /// Returns the resource for which a token must be issued, or `None` if the URL is the
    /// permission.
    pub(crate) fn resource(self) -> Option<Resource> {
        match self {
            Self::PreviewMachines | Self::Hunting => Some(Resource::Graph),
            Self::Machines | Self::Assessments | Self::Export | Self::Antivirus | Self::Vulnerabilities => {
                Some(Resource::Defender)
            }
            Self::ExportFile => None,
        }
    }

    /// Returns the method of its requests.
    pub(crate) fn method(self) -> Method {
        if self == Self::Hunting { Method::POST } else { Method::GET }
    }
}

impl Defender {
    pub(crate) fn new(fleet: Fleet, settings: Settings, preview_page_size: u64, clock: Clock) -> Self {
        let now = settings.now.unwrap_or_else(Timestamp::now);
        Self {
            devices: Devices { fleet, now },
            faults: Mutex::new(DefenderFaultPlan::new(settings.faults.clone())),
            settings,
            preview_page_size,
            seal: Seal::new(fleet.seed(), fleet.len(), &format!("assessments of day {}", fleet.day())),
            vulnerability_seal: Seal::new(
                fleet.seed(),
                fleet.len(),
                &format!("vulnerabilities of day {}", fleet.day()),
            ),
            exports: AtomicU32::new(0),
            generation: AtomicU32::new(0),
            started: clock(),
            clock,
        }
    }

    /// Responds to an admitted call.
    pub(crate) fn respond(&self, route: Route, call: &Call<'_>) -> Response<Body> {
        let outcome = match route {
            Route::Machines => machines::machines(self, call),
            Route::PreviewMachines => preview_machines::preview_machines(self, call),
            Route::Assessments => assessment::assessments(self, call),
            Route::Export => export::export(self, call),
            Route::ExportFile => Ok(export_file::export_file(self, call)),
            Route::Antivirus => antivirus_rows::antivirus(self, call),
            Route::Vulnerabilities => vulnerabilities::vulnerabilities(self, call),
            Route::Hunting => Ok(hunting::hunt(self, call)),
        };
        outcome.unwrap_or_else(|message| call.error(StatusCode::BAD_REQUEST, "BadRequest", &message))
    }

    /// Puts the APIs back to their start.
    pub(crate) fn reset(&self) {
        lock(&self.faults).reset();
        self.exports.store(0, Ordering::Relaxed);
        self.generation.store(0, Ordering::Relaxed);
    }

    /// Returns the faults that affected no request, as they were written.
    pub(crate) fn unused_faults(&self) -> Vec<String> {
        lock(&self.faults).unused()
    }

    /// Returns the time of the service.
    fn time(&self) -> Timestamp {
        after(self.devices.now, (self.clock)().saturating_sub(self.started))
    }

    /// Returns the first fault of these kinds that is still to come, and counts it down.
    fn take(&self, is_its: impl Fn(DefenderFaultKind) -> bool) -> Option<DefenderFaultKind> {
        lock(&self.faults).take(is_its)
    }
}

impl fmt::Debug for Defender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Defender").field("devices", &self.devices).finish_non_exhaustive()
    }
}
