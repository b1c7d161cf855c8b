//! For tests of this crate and of crates that use it: a transport that replays pages, a clock that
//! does not wait, and the rules of every transport.

mod conformance;
mod manual_clock;
mod replay_transport;
mod scripted_server;

pub use conformance::{TEST_TOKEN, Violation, violations};
pub use manual_clock::ManualClock;
pub use replay_transport::ReplayTransport;
