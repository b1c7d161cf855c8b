//! Runs a command that prints a secret, within bounds on its time and its output.

use std::io;
use std::process::{ExitStatus, Output, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::{Child, Command};

/// Maximum bytes that a command may print. A token has a few thousand.
pub(crate) const LONGEST_OUTPUT: u64 = 64 * 1024;

/// How long the output is read after the end of the command. A child that it left behind may keep
/// the output open without end.
const AFTER_THE_END: Duration = Duration::from_millis(200);

/// Runs a command to its end, and returns what it printed. Its stdin is empty. Its stderr is as
/// `command` has it: inherited, or piped and returned.
///
/// # Errors
/// The error of the system if the command cannot be started. [`io::ErrorKind::TimedOut`] after
/// `time_limit`, and [`io::ErrorKind::FileTooLarge`] after [`LONGEST_OUTPUT`]. In each case, and if
/// the future is dropped, all processes of the command's group are ended.
pub(crate) async fn run(mut command: Command, time_limit: Duration) -> io::Result<Output> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).kill_on_drop(true);
    // A group of its own, because a shell starts further processes.
    #[cfg(unix)]
    command.process_group(0);
    let mut child = command.spawn()?;
    let _group = ProcessGroup::new(&child);

    let ended = tokio::time::timeout(time_limit, output_of(&mut child)).await;
    ended.unwrap_or_else(|_| {
        let message = format!("the command did not end within {} s", time_limit.as_secs_f64());
        Err(io::Error::new(io::ErrorKind::TimedOut, message))
    })
}

async fn output_of(child: &mut Child) -> io::Result<Output> {
    let mut stdout = Bounded::new(child.stdout.take());
    let mut stderr = Bounded::new(child.stderr.take());
    let status: ExitStatus = {
        let read = async { tokio::try_join!(stdout.read(), stderr.read()).map(|_| ()) };
        tokio::pin!(read);
        tokio::select! {
            // The output may end long before the command, or long after it.
            ended = &mut read => {
                ended?;
                child.wait().await?
            }
            status = child.wait() => {
                if let Ok(ended) = tokio::time::timeout(AFTER_THE_END, read).await {
                    ended?;
                }
                status?
            }
        }
    };
    Ok(Output { status, stdout: stdout.bytes, stderr: stderr.bytes })
}

/// The output of a command, up to a limit.
struct Bounded<R> {
    stream: Option<R>,
    bytes: Vec<u8>,
}

impl<R: AsyncRead + Unpin> Bounded<R> {
    fn new(stream: Option<R>) -> Self {
        Self { stream, bytes: Vec::new() }
    }

    async fn read(&mut self) -> io::Result<()> {
        let Some(stream) = &mut self.stream else { return Ok(()) };
        stream.take(LONGEST_OUTPUT + 1).read_to_end(&mut self.bytes).await?;
        if self.bytes.len() as u64 > LONGEST_OUTPUT {
            let message = format!("the command printed more than {LONGEST_OUTPUT} bytes");
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, message));
        }
        Ok(())
    }
}

/// The process groups of commands that are running.
static RUNNING: Mutex<Vec<u32>> = Mutex::new(Vec::new());

/// Ends the commands that are running, with all processes that they started. For a program that is
/// about to exit and drops no futures: the commands have process groups of their own, which Ctrl-C
/// in a terminal does not reach.
pub fn end_running_commands() {
    let running = std::mem::take(&mut *RUNNING.lock().unwrap_or_else(PoisonError::into_inner));
    running.into_iter().for_each(kill_group);
}

/// A command's process group, which is ended with this value.
struct ProcessGroup {
    /// `None` if the command had ended already.
    leader: Option<u32>,
}

impl ProcessGroup {
    fn new(child: &Child) -> Self {
        let leader = child.id();
        RUNNING.lock().unwrap_or_else(PoisonError::into_inner).extend(leader);
        Self { leader }
    }
}

impl Drop for ProcessGroup {
    fn drop(&mut self) {
        let Some(leader) = self.leader else { return };
        let mut running = RUNNING.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(place) = running.iter().position(|running| *running == leader) {
            running.swap_remove(place);
            kill_group(leader);
        }
    }
}

/// What is left of a group, if anything is.
#[cfg(unix)]
fn kill_group(leader: u32) {
    use rustix::process::{Pid, Signal, kill_process_group};

    if let Some(group) = i32::try_from(leader).ok().and_then(Pid::from_raw) {
        // Usually the command has ended, and no process is left.
        let _ = kill_process_group(group, Signal::KILL);
    }
}

/// Other systems have no process groups. The command itself is ended when it is dropped.
#[cfg(not(unix))]
fn kill_group(_leader: u32) {}
