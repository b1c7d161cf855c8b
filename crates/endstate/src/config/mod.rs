//! Settings: from the command line, the environment and a configuration file, for one tenant or
//! several.

pub(crate) mod draft;
pub(crate) mod endpoint;
mod environment;
pub(crate) mod file;
pub(crate) mod profiles;
pub(crate) mod setting_source;
pub(crate) mod settings;
