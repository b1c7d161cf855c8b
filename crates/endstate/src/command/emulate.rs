//! `endstate emulate`: an emulated tenant on this machine, until Ctrl-C.

use std::collections::BTreeSet;
use std::env;
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::process;
use std::time::Duration;

use anyhow::{Context, bail};
use endstate_emulator::{
    CallLimits, DefenderFault, DeviceCodeScript, DeviceOrder, Emulator, Fault, FaultError, MachinesPaging, Paging,
    SignIn,
};
use endstate_model::MachineSecurityState;
use serde_json::{Map, Value};

use crate::cli::{DeviceCodeEnd, EmulateArgs, MachinesPagingStyle, OrderStyle, PagingStyle};
use crate::exit::{Exit, UsageError};
use crate::rows::Row;
use crate::store::{reader, regular_file};
use crate::terminal::interrupt;
use crate::terminal::number::{counted, grouped};
use crate::terminal::output;

pub(crate) async fn run(args: &EmulateArgs) -> anyhow::Result<Exit> {
    if args.fault.iter().any(|fault| fault == "help") {
        output::data(&format!("{}\n{}", Fault::help(), DefenderFault::help()))?;
        return Ok(Exit::Done);
    }
    let Faults { pages, defender } = Faults::parse(&args.fault)?;
    let limits = CallLimits::NONE
        .per_minute(NonZeroU32::new(args.calls_per_minute))
        .per_hour(NonZeroU32::new(args.calls_per_hour));

    let mut builder = Emulator::builder()
        .devices(args.devices)
        .page_size(args.page_size)
        .seed(args.seed)
        .day(args.day)
        .limits(limits)
        .faults(pages)
        .defender_faults(defender)
        .order(match args.order {
            OrderStyle::Rising => DeviceOrder::Rising,
            OrderStyle::Shuffled => DeviceOrder::Shuffled,
            OrderStyle::Reversed => DeviceOrder::Reversed,
        })
        .machines_paging(match args.machines_paging {
            MachinesPagingStyle::Skip => MachinesPaging::Skip,
            MachinesPagingStyle::Link => MachinesPaging::Link,
            MachinesPagingStyle::GrowingLink => MachinesPaging::GrowingLink,
        })
        .host(args.host)
        .port(args.port)
        .token(args.token.as_str())
        .control(!args.no_control);
    if let Some(paging) = args.paging {
        builder = builder.paging(match paging {
            PagingStyle::Skiptoken => Paging::SkipToken,
            PagingStyle::Skip => Paging::Skip,
        });
    }
    if args.sign_in {
        builder = builder.sign_in(sign_in(args)?);
    }
    let mut devices = args.devices;
    if let Some(path) = &args.states {
        let states = states(path)?;
        devices = states.len() as u64;
        builder = builder.states(states);
    }
    let emulator = builder.start().await.with_context(|| {
        format!("cannot listen on {}; choose another port with --port", SocketAddr::new(args.host, args.port))
    })?;
    let mut interrupt = interrupt::listen();
    if !args.host.is_loopback() {
        output::warn(format_args!("listening on {}: any machine that reaches it can use the emulator", args.host));
    }

    let mut ca_file = None;
    let lines = if let Some(pem) = emulator.certificate_authority() {
        let path = ca_file.insert(write_ca(args, pem)?);
        sign_in_lines(&emulator, path)
    } else {
        let variables = [
            ("ENDSTATE_TOKEN", emulator.token().to_owned()),
            ("ENDSTATE_SERVICE_ROOT", emulator.service_root()),
            ("ENDSTATE_DEFENDER_ROOT", emulator.defender_root()),
            ("ENDSTATE_GRAPH_ROOT", emulator.graph_root()),
        ];
        format!("{}endstate triage\n", exports(&variables))
    };
    output::say(format_args!(
        "Serving {} of an emulated tenant in pages of {} until Ctrl-C. In another shell, run:",
        counted(devices, "device"),
        grouped(args.page_size)
    ));
    // Data: a script can read the lines from a pipe.
    output::data(&lines)?;
    if let Some(path) = &args.ready_file {
        // The file has the token.
        regular_file::replace(path, ".new", &regular_file::private(), lines.as_bytes())
            .with_context(|| format!("cannot write {}; choose another file with --ready-file", path.display()))?;
    }
    interrupt.first().await.context("cannot listen for Ctrl-C")?;
    output::say(format_args!("Answered {}", counted(emulator.calls(), "request")));
    let unused = emulator.unused_faults();
    if !unused.is_empty() {
        let faults = counted(unused.len() as u64, "fault");
        output::warn(format_args!("{faults} that never fired: {}", unused.join(", ")));
    }
    if let Some(path) = &args.ready_file {
        // If it is gone already, nothing is left to remove.
        let _ = fs::remove_file(path);
    }
    emulator.stop().await;
    if let (Some(path), None) = (ca_file, &args.write_ca) {
        // It was for this run. If it is gone already, nothing is left to remove.
        let _ = fs::remove_file(path);
    }
    Ok(Exit::Done)
}

/// The rows of a file, in its order and as they are, without their tenant.
fn states(path: &Path) -> anyhow::Result<Vec<Map<String, Value>>> {
    let (mut states, mut tenants) = (Vec::new(), BTreeSet::new());
    let read = reader::read(path, |row: &Row<'_, MachineSecurityState>| {
        tenants.insert(row.tenant.map(ToOwned::to_owned));
        let state: serde_json::Result<Map<_, _>> = serde_json::from_str(row.raw.as_str());
        states.extend(state.map(|mut state| {
            state.remove("tenant");
            state
        }));
        Ok(())
    })?;
    if tenants.len() > 1 {
        let shown = path.display();
        bail!(UsageError::new(format!("{shown} has rows of several tenants; an emulator is one tenant")));
    }
    if read.is_cut_off || read.continues.is_some() {
        output::warn(format_args!("{} is only a part: the emulator counts the devices in it", path.display()));
    }
    Ok(states)
}

/// The scripted faults, of pages and of today's APIs.
#[derive(Debug, Default)]
struct Faults {
    pages: Vec<Fault>,
    defender: Vec<DefenderFault>,
}

impl Faults {
    fn parse(texts: &[String]) -> Result<Self, UsageError> {
        let mut faults = Self::default();
        for text in texts {
            let is_named = |name: &str| text.strip_prefix(name).is_some_and(|rest| !rest.starts_with(is_of_name));
            if DefenderFault::names().any(is_named) {
                let fault = text.parse().map_err(|error| UsageError::new(format!("{error}; see --fault help")))?;
                faults.defender.push(fault);
            } else {
                let fault: Result<Fault, FaultError> = text.parse();
                faults.pages.push(fault.map_err(|error| UsageError::new(format!("{error}; see --fault help")))?);
            }
        }
        Ok(faults)
    }
}

/// Whether a character can be part of a fault's name.
fn is_of_name(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || letter == '-'
}

/// The identity service of the arguments.
fn sign_in(args: &EmulateArgs) -> anyhow::Result<SignIn> {
    let mut sign_in =
        SignIn::new().token_lifetime(Duration::from_secs(args.token_lifetime)).device_code(match args.device_code {
            DeviceCodeEnd::Approve => DeviceCodeScript::Approved { after: 2 },
            DeviceCodeEnd::Decline => DeviceCodeScript::Declined { after: 2 },
            DeviceCodeEnd::Expire => DeviceCodeScript::Expired { after: 2 },
        });
    if let Some(calls) = args.token_calls {
        sign_in = sign_in.token_calls(calls);
    }
    if let Some(path) = &args.client_certificate {
        let pem = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        sign_in = sign_in.certificate(pem);
    }
    Ok(sign_in)
}

/// Writes the certificate authority that clients have to trust: to the chosen file, else to a new
/// temporary file. The file must not exist, because another user could have created it.
fn write_ca(args: &EmulateArgs, pem: &str) -> anyhow::Result<PathBuf> {
    let mut options = OpenOptions::new();
    let path = if let Some(path) = &args.write_ca {
        options.write(true).create(true).truncate(true);
        path.clone()
    } else {
        options.write(true).create_new(true);
        env::temp_dir().join(format!("endstate-emulator-{}.pem", process::id()))
    };
    let written = options.open(&path).and_then(|mut file| file.write_all(pem.as_bytes()));
    written.with_context(|| format!("cannot write {}; choose another file with --write-ca", path.display()))?;
    Ok(path)
}

/// The value as one word of a shell.
fn quoted(value: &str) -> String {
    let is_plain = value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/._:-".contains(&byte));
    if is_plain { value.to_owned() } else { format!("'{}'", value.replace('\'', r"'\''")) }
}

/// What a client of the identity service and of https needs, also in variables that Azure's tools
/// share.
fn sign_in_lines(emulator: &Emulator, ca_file: &Path) -> String {
    let variables = [
        ("AZURE_AUTHORITY_HOST", emulator.authority().unwrap_or_default().to_owned()),
        ("AZURE_TENANT_ID", SignIn::TENANT.to_owned()),
        ("AZURE_CLIENT_ID", SignIn::CLIENT.to_owned()),
        ("AZURE_CLIENT_SECRET", emulator.client_secret().unwrap_or_default().to_owned()),
        ("ENDSTATE_SERVICE_ROOT", emulator.secure_service_root().unwrap_or_default()),
        ("ENDSTATE_DEFENDER_ROOT", emulator.secure_defender_root().unwrap_or_default()),
        ("ENDSTATE_GRAPH_ROOT", emulator.secure_graph_root().unwrap_or_default()),
        ("ENDSTATE_CA_FILE", ca_file.display().to_string()),
    ];
    format!("{}endstate doctor\nendstate triage\n", exports(&variables))
}

/// Lines that set the variables in a shell.
fn exports(variables: &[(&str, String)]) -> String {
    let lines = variables.iter().map(|(name, value)| format!("export {name}={}\n", quoted(value)));
    lines.collect::<Vec<_>>().concat()
}
