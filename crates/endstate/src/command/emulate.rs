//! `endstate emulate`: an emulated tenant on this machine, until Ctrl-C.

use std::num::NonZeroU32;

use anyhow::Context;
use endstate_emulator::{CallLimits, Emulator, Fault};

use crate::args::EmulateArgs;
use crate::exit::Exit;
use crate::interrupt;
use crate::output;

pub(crate) async fn run(args: &EmulateArgs) -> anyhow::Result<Exit> {
    if args.fault.iter().any(|fault| fault == "help") {
        output::data(&Fault::help())?;
        return Ok(Exit::Done);
    }
    let faults: Result<Vec<Fault>, _> = args.fault.iter().map(|fault| fault.parse()).collect();
    let faults = match faults {
        Ok(faults) => faults,
        Err(error) => {
            output::error(&error.into());
            return Ok(Exit::Usage);
        }
    };
    let limits = CallLimits {
        per_minute: NonZeroU32::new(args.calls_per_minute),
        per_hour: NonZeroU32::new(args.calls_per_hour),
    };
    let mut builder = Emulator::builder()
        .devices(args.devices)
        .page_size(args.page_size)
        .seed(args.seed)
        .day(args.day)
        .limits(limits)
        .faults(faults)
        .port(args.port);
    if let Some(paging) = args.paging {
        builder = builder.paging(paging.into());
    }
    let emulator =
        builder.start().await.with_context(|| format!("port {} on 127.0.0.1 cannot be listened on", args.port))?;
    let interrupt = interrupt::listen();
    let EmulateArgs { devices, page_size, .. } = args;
    output::say(format_args!("{devices} emulated devices in pages of {page_size}, until Ctrl-C. From another shell:"));
    // Data: a script can read the lines from a pipe.
    let (token, root) = (emulator.token(), emulator.service_root());
    output::data(&format!("export ENDSTATE_TOKEN={token}\nendstate triage --service-root {root}\n"))?;
    interrupt.await.context("Ctrl-C cannot be listened for")?;
    output::say(format_args!("{} requests were answered", emulator.calls()));
    emulator.stop().await;
    Ok(Exit::Done)
}
