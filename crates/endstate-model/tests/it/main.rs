//! The tests of `endstate-model` through its public interface.
#![expect(clippy::unwrap_used, reason = "a test that cannot continue should say where")]

mod assessment;
mod attention;
mod machine;
mod names;
mod os_version;
mod siblings;
mod state;
mod windows_release;
