//! Reads any bytes as a file of rows: ndjson, json, csv, or compressed. Reading must not panic, and
//! what it counts must add up.
#![no_main]
#![allow(dead_code, unused_imports, reason = "the modules are those of the program, of which this uses a part")]

include!("../program_modules.in");

use endstate_model::MachineSecurityState;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|content: &[u8]| {
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    std::fs::write(file.path(), content).expect("a file that can be written");
    let mut rows = 0;
    let read = store::reader::read::<MachineSecurityState>(file.path(), |row| {
        rows += 1;
        let _ = row.item();
        Ok(())
    });
    if let Ok(read) = read {
        assert!(read.unreadable.invalid_items + read.unreadable.partly_readable_items <= read.rows);
        assert!(rows <= read.rows);
    }
});
