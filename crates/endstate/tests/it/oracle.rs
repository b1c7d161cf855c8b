//! The analysis against a second calculation that is not ours: a Python program that serves random
//! odd fleets over HTTP, and recomputes what the program says of them.

use std::path::Path;
use std::process::Command;

use super::program::run;

#[test]
fn a_python_program_computes_the_same_from_random_odd_fleets() {
    let is_installed = Command::new("python3").arg("--version").output().is_ok_and(|ran| ran.status.success());
    // On a build machine, a skipped test would go unnoticed.
    assert!(is_installed || std::env::var_os("CI").is_none(), "Python is not installed");
    if !is_installed {
        return;
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oracle/recompute.py");
    let mut command = Command::new("python3");
    command.arg(script).args([env!("CARGO_BIN_EXE_endstate"), "1000", "10"]);
    let ran = run(&mut command);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), "10 fleets agree\n"), "{}", ran.stderr);
}
