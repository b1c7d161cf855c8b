//! Pulls all devices of an emulated service over hyper, and shows that a look-alike host is
//! refused.
//!
//! ```sh
//! cargo run --package endstate-paging --all-features --example hyper
//! ```
#![expect(clippy::print_stdout, reason = "an example prints for the person who runs it")]

#[path = "../emulated/mod.rs"]
mod emulated;
mod transport;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    emulated::pull(transport::Hyper::new()).await
}
