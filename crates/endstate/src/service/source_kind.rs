//! The API that states are read from.

use endstate_model::{Entity, MachineSecurityState, StateSource};

use crate::cli::StatesFrom;
use crate::config::endpoint::Api;
use crate::config::settings::Settings;

/// The API that states are read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SourceKind {
    Preview,
    Assessments,
    Hunting,
    Export,
}

impl SourceKind {
    /// The source of these settings; the first one for `auto`.
    pub(crate) fn from_settings(settings: &Settings) -> Self {
        match settings.service.states_from {
            StatesFrom::Auto | StatesFrom::Preview => Self::Preview,
            StatesFrom::Assessments => Self::Assessments,
            StatesFrom::Hunting => Self::Hunting,
            StatesFrom::Export => Self::Export,
        }
    }

    /// The setting that names it.
    pub(crate) fn setting(self) -> StatesFrom {
        match self {
            Self::Preview => StatesFrom::Preview,
            Self::Assessments => StatesFrom::Assessments,
            Self::Hunting => StatesFrom::Hunting,
            Self::Export => StatesFrom::Export,
        }
    }

    /// What it is called in a sentence.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Preview => "the documented collection",
            Self::Assessments => "the secure configuration assessment",
            Self::Hunting => "advanced hunting",
            Self::Export => "the export of the assessment",
        }
    }

    /// The API that has the source.
    pub(crate) fn api(self) -> Api {
        match self {
            Self::Preview => Api::Preview,
            Self::Assessments | Self::Export => Api::Defender,
            Self::Hunting => Api::Graph,
        }
    }

    /// The path of the collection or query, under the root of its API.
    pub(super) fn path(self) -> &'static str {
        match self {
            Self::Preview => MachineSecurityState::ENTITY_SET,
            Self::Assessments => "machines/SecureConfigurationsAssessmentByMachine",
            Self::Hunting => "security/runHuntingQuery",
            Self::Export => "machines/SecureConfigurationsAssessmentExport",
        }
    }

    /// Calls in a minute and in an hour that the service allows (Microsoft's pages of each API).
    pub(super) fn call_limits(self) -> (u32, u32) {
        match self {
            Self::Preview => (100, 1_500),
            Self::Assessments => (30, 1_000),
            Self::Hunting => (45, 1_500),
            Self::Export => (5, 20),
        }
    }

    /// The source that a state or a receipt names.
    pub(crate) fn from_states(source: &StateSource) -> Self {
        match source {
            StateSource::Assessments => Self::Assessments,
            StateSource::Hunting => Self::Hunting,
            StateSource::Export => Self::Export,
            _ => Self::Preview,
        }
    }

    /// The name in states and receipts.
    pub(crate) fn state_source(self) -> StateSource {
        match self {
            Self::Preview => StateSource::Preview,
            Self::Assessments => StateSource::Assessments,
            Self::Hunting => StateSource::Hunting,
            Self::Export => StateSource::Export,
        }
    }
}
