//! For tests of this crate and of crates that use it: a transport that replays pages, and a clock
//! that does not wait.

mod manual_clock;
mod replay_transport;

pub use manual_clock::ManualClock;
pub use replay_transport::ReplayTransport;
