//! Measures how long it takes to decode an in-memory page of 10,000 devices: the best of 30 runs,
//! in microseconds per device.
//!
//! ```sh
//! cargo run --release --manifest-path benchmarks/decoding/Cargo.toml
//! ```

use std::borrow::Cow;
use std::hint::black_box;
use std::time::Instant;

use endstate_emulator::Fleet;
use endstate_model::{Entity, MachineSecurityState, ParsedState};
use endstate_odata::Page;
use serde::Deserialize;
use serde_json::value::RawValue;

const DEVICES: usize = 10_000;

#[derive(Deserialize)]
struct RawPage<'a> {
    #[serde(borrow)]
    value: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
struct LazyPage<'a> {
    #[serde(borrow)]
    value: Vec<sonic_rs::LazyValue<'a>>,
}

#[derive(Deserialize)]
struct TypedPage<'a> {
    #[serde(borrow)]
    value: Vec<State<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "the benchmark only decodes the fields")]
struct State<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    build: Option<u32>,
    revision: Option<u32>,
    #[serde(borrow)]
    architecture: Option<Cow<'a, str>>,
    #[serde(borrow)]
    os_version: Option<Cow<'a, str>>,
    #[serde(borrow)]
    properties_require_attention: Vec<Cow<'a, str>>,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let fleet = Fleet::new(1, 1_000_000);
    let states: Result<Vec<_>, _> = (50_000..60_000).map(|at| serde_json::to_string(&fleet.device(at))).collect();
    let body = format!("{{\"@odata.count\":1000000,\"value\":[{}]}}", states?.join(","));

    time("serde_json: envelope, items as they are", || {
        Ok(black_box(serde_json::from_str::<RawPage<'_>>(&body)?).value.len())
    })?;
    time("sonic-rs: envelope, items as they are", || {
        Ok(black_box(sonic_rs::from_str::<LazyPage<'_>>(&body)?).value.len())
    })?;
    time("endstate: envelope, items as they are", || Ok(black_box(Page::parse(&body)?).items().len()))?;

    time("serde_json: every field borrowed", || {
        Ok(black_box(serde_json::from_str::<TypedPage<'_>>(&body)?).value.len())
    })?;
    time("sonic-rs: every field borrowed", || Ok(black_box(sonic_rs::from_str::<TypedPage<'_>>(&body)?).value.len()))?;
    time("endstate: every field borrowed", || {
        let page = Page::parse(&body)?;
        Ok(page.items().iter().filter_map(|item| black_box(ParsedState::read(*item))).count())
    })?;
    time("endstate: each row known to be a state", || {
        let page = Page::parse(&body)?;
        Ok(page.items().iter().filter(|item| black_box(MachineSecurityState::is_certainly_valid(**item))).count())
    })
}

fn time(
    name: &str,
    mut decode: impl FnMut() -> Result<usize, Box<dyn std::error::Error>>,
) -> Result<(), Box<dyn std::error::Error>> {
    let mut best = f64::MAX;
    for _ in 0..30 {
        let begun = Instant::now();
        assert_eq!(decode()?, DEVICES);
        best = best.min(begun.elapsed().as_secs_f64());
    }
    println!("{name:44} {:.3}", best * 1e6 / DEVICES as f64);
    Ok(())
}
