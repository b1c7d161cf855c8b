//! The transcripts of the README and of the documentation are what the program prints.
//!
//! `TRYCMD=overwrite cargo test --package endstate transcripts` writes the output below each
//! command. A line `...` means any lines, and `[..]` any text within a line.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::program::Program;

#[test]
fn transcripts_are_what_the_program_prints() {
    let program = Program::new();
    // Nothing of the machine is in a transcript: no sign-in, no settings, no color.
    let (endstate, folder) = (env!("CARGO_BIN_EXE_endstate"), program.path(""));
    let folder = folder.display();
    let script = format!("#!/bin/sh\ncd '{folder}' && exec env -i HOME='{folder}' '{endstate}' \"$@\"\n");
    program.write("endstate", &script);
    let wrapper = program.path("endstate");
    fs::set_permissions(&wrapper, fs::Permissions::from_mode(0o755)).unwrap();

    let tests = trycmd::TestCases::new();
    tests.register_bin("endstate", wrapper);
    tests.case("../../README.md").case("README.md").case("../../docs/*.md");
}
