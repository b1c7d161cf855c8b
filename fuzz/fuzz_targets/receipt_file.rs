//! Reads any bytes as the receipt of a file. Reading must not panic, and only a receipt of a
//! complete pull makes a file complete.
#![no_main]
#![allow(dead_code, unused_imports, reason = "the modules are those of the program, of which this uses a part")]

include!("../program_modules.in");

use libfuzzer_sys::fuzz_target;

use crate::store::completeness::Completeness;
use crate::store::receipt::Receipt;

fuzz_target!(|content: &[u8]| {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("d.ndjson");
    std::fs::write(&file, "{\"id\":\"a\"}\n").expect("a file that can be written");
    std::fs::write(Receipt::path_beside(&file), content).expect("a file that can be written");
    let Ok(Some(receipt)) = Receipt::read(&Receipt::path_beside(&file)) else { return };
    let read = store::reader::FileRead { rows: 1, ..Default::default() };
    let completeness = Completeness::from_file(&file, &read, Some(&receipt));
    assert!(!completeness.outcome.is_complete() || receipt.outcome().is_complete() && receipt.rows == 1);
});
