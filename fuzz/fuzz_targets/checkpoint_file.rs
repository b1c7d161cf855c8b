//! Reads any bytes as a checkpoint. Reading must not panic.
#![no_main]
#![allow(dead_code, unused_imports, reason = "the modules are those of the program, of which this uses a part")]

include!("../program_modules.in");

use endstate_odata::PageUrl;
use libfuzzer_sys::fuzz_target;

use crate::store::checkpoint::{CheckpointFile, CheckpointIdentity};

fuzz_target!(|content: &[u8]| {
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    std::fs::write(file.path(), content).expect("a file that can be written");
    let identity = CheckpointIdentity {
        source: PageUrl::new("https://host.example/service/set").expect("a URL"),
        tenant: None,
        format: cli::RowFormat::Ndjson,
        keeps_duplicates: false,
        began_at: jiff::Timestamp::UNIX_EPOCH,
    };
    if let Ok(Some(checkpoint)) = CheckpointFile::read(file.path(), &identity) {
        let _ = checkpoint.check_age(file.path(), std::time::Duration::from_secs(60));
    }
});
