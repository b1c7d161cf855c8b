//! What a run of the program takes: memory and time.

use std::fs::File;
use std::process::{Command, Stdio};
use std::time::Duration;

use tempfile::NamedTempFile;
use wait4::Wait4;

/// How a run ended, and what it took.
pub(crate) struct Used {
    pub(crate) code: Option<i32>,
    pub(crate) stderr: String,
    /// Peak memory in bytes.
    pub(crate) memory: u64,
    /// Time on the processor.
    pub(crate) time: Duration,
}

/// Runs the program to its end.
pub(crate) fn measured(command: &mut Command) -> Used {
    let stderr = NamedTempFile::new().unwrap();
    let error = File::create(stderr.path()).unwrap();
    let mut child = command.stdout(Stdio::null()).stderr(error).spawn().unwrap();
    let id = child.id();
    let waiting = std::thread::spawn(move || child.wait4().unwrap());

    let mut memory = 0;
    while !waiting.is_finished() {
        memory = memory.max(peak_memory(id).unwrap_or_default());
        std::thread::sleep(Duration::from_millis(2));
    }
    let used = waiting.join().unwrap();
    let stderr = std::fs::read_to_string(stderr.path()).unwrap();
    Used { code: used.status.code(), stderr, memory, time: used.rusage.utime }
}

/// The peak memory of a process so far, in bytes, as Linux reports it. The peak that `wait4`
/// reports includes that of the tests themselves, from which the process was forked.
fn peak_memory(id: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).ok()?;
    let value = |name: &str| status.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
    value("Name:").filter(|name| *name == "endstate")?;
    Some(value("VmHWM:")?.trim_end_matches(" kB").parse::<u64>().ok()? * 1024)
}
