//! Device security states and the types that they consist of, with no input or output.
//!
//! "The document" is the vendor's page *Get machines security states collection API*. "The vendor's
//! report" is the Power BI template of the same data, which contains the table of properties.
#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod architecture;
mod assessment;
mod attention_properties;
mod attention_property;
mod category;
mod cve_kb_map;
mod date;
mod device;
mod device_id;
mod entity;
mod field;
#[cfg(feature = "schemars")]
mod json_schema;
mod kb_info;
mod kb_number;
mod machine;
mod machine_group;
mod machine_security_state;
mod nearest_name;
mod open_enum;
mod os_version;
mod parsed_state;
mod severity;
mod state_entity;
mod state_knowledge;
mod state_of_members;
mod unknown_name;
mod utc_time;
mod windows_release;

pub use architecture::Architecture;
pub use assessment::{Assessment, StateSource};
pub use attention_properties::AttentionProperties;
pub use attention_property::AttentionProperty;
pub use category::Category;
pub use cve_kb_map::CveKbMap;
pub use date::{Date, NotADate};
pub use device::Device;
pub use device_id::DeviceId;
pub use entity::Entity;
pub use field::{Field, FieldKind, FieldValue, ValueNames};
pub use kb_info::KbInfo;
pub use kb_number::{compare_kb_numbers, kb_number, missing_kbs, newest_kbs_first};
pub use machine::Machine;
pub use machine_group::MachineGroup;
pub use machine_security_state::MachineSecurityState;
pub use nearest_name::nearest_name;
pub use os_version::{OsVersion, OsVersionParts};
pub use parsed_state::ParsedState;
pub use severity::Severity;
pub use unknown_name::UnknownName;
pub use utc_time::{NotATime, UtcTime};
pub use windows_release::{Servicing, ServicingStatus, WindowsRelease};
