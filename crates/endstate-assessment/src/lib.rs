//! What today's Defender says of a device, folded into its security state, with no input or output.
#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod antivirus_info;
mod configuration_column;
mod configuration_fold;
mod configuration_row;
mod device_record;
mod evidence;
mod export_files;
mod fold;
mod hunting_columns;
mod hunting_query;
mod hunting_results;
mod hunting_row;
mod mapping;
mod seen_members;
mod system_family;
mod text_table;
mod update_vulnerability;
mod vulnerability_fold;
mod vulnerability_row;

pub use antivirus_info::{AntivirusInfo, AntivirusMode};
pub use configuration_fold::ConfigurationFold;
pub use configuration_row::{ConfigurationId, ConfigurationRow};
pub use export_files::{ExportFiles, NotAnExport};
pub use fold::{FoldCounts, StateFold};
pub use hunting_columns::UnreadableRow;
pub use hunting_query::HuntingQuery;
pub use hunting_results::{HuntingResults, NotAnAnswer};
pub use hunting_row::HuntingRow;
pub use mapping::{Confidence, PropertyMapping};
pub use update_vulnerability::UpdateVulnerability;
pub use vulnerability_fold::VulnerabilityFold;
pub use vulnerability_row::VulnerabilityRow;
