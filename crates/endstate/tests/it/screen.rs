//! What a person sees: nothing from outside acts on the terminal, and tables fit it.
#![cfg(target_os = "linux")]

use std::fmt::Write as _;
use std::process::Command;

use serde_json::json;

use super::program::{Program, Ran, TOKEN, run, steady};
use super::server::FixedServer;

/// What would clear a screen, forge a line and reorder letters.
const FORGED: &str = "\u{1b}[2J\u{9b}31mok\r\n\u{202e}all | good <b>[x](y)`";
const SHOWN: &str = "\\u{1b}[2J\\u{9b}31mok\\u{d}\\u{a}\\u{202e}all";

/// Whether a text has a character that a terminal acts on, except line feeds.
fn acts(text: &str) -> bool {
    text.chars().any(|letter| letter != '\n' && (letter.is_control() || ('\u{202a}'..='\u{202e}').contains(&letter)))
}

fn forged_server() -> FixedServer {
    let state = json!({
        "id": FORGED, "build": 1, "revision": 1, "architecture": FORGED, "osVersion": FORGED,
        "propertiesRequireAttention": [FORGED],
    });
    FixedServer::pages(&[&json!({ "value": [state, { "id": [], "text": FORGED }] }).to_string()])
}

/// Runs the program on a terminal of `script`, which shows stdout and stderr.
fn on_a_terminal(program: &Program, arguments: &str) -> Ran {
    let endstate = program.command(&[]);
    let mut command = Command::new("script");
    command.args(["-qec", &format!("{} {arguments}", endstate.get_program().display()), "/dev/null"]);
    for (name, value) in endstate.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    let mut ran = run(command.current_dir(program.path("")).env("TERM", "xterm").env("NO_COLOR", "1"));
    // The terminal itself ends a line with both, and progress draws with escapes of its own.
    ran.stdout = ran.stdout.replace("\r\n", "\n");
    ran
}

#[test]
fn values_of_a_service_are_escaped_in_tables_and_messages() {
    let server = forged_server();
    let program = Program::new();
    for arguments in [&["triage"][..], &["triage", "--by", "architecture"], &["pull", "--format", "table"]] {
        let ran = program.run(&[arguments, &["--service-root", &server.root]].concat());
        assert!(!acts(&ran.stdout) && !acts(&ran.stderr), "{arguments:?}: {:?}{:?}", ran.stdout, ran.stderr);
        assert!(ran.stdout.contains(SHOWN) && ran.stderr.contains("\\u{9b}"), "{arguments:?}: {}", ran.stdout);
    }
}

#[test]
fn a_markdown_cell_cannot_become_markup_or_a_new_row() {
    let server = forged_server();
    let ran = Program::new().run(&["triage", "--service-root", &server.root, "--format", "markdown"]);
    let row = ran.stdout.lines().find(|line| line.starts_with("| \\\\u{1b}") || line.contains("good")).unwrap();
    assert!(row.contains(r"all \| good \<b\>\[x\](y)\`"), "{row}");
    assert!(!acts(&ran.stdout));
}

#[test]
fn data_for_programs_is_verbatim_in_a_pipe_and_escaped_on_a_terminal() {
    let server = forged_server();
    let program = Program::new();
    let piped = program.run(&["pull", "--service-root", &server.root]);
    let item: serde_json::Value = serde_json::from_str(piped.stdout.lines().next().unwrap()).unwrap();
    assert_eq!(item["id"], FORGED, "a pipe gets the value as it is");
    assert!(piped.stdout.contains('\u{202e}'), "and its bytes");

    let shown = on_a_terminal(&program, &format!("pull -q --service-root {}", server.root));
    assert!(shown.stdout.contains("\\u{202e}all") && !acts(&shown.stdout), "{:?}", shown.stdout);
    let json = on_a_terminal(&program, &format!("triage -q --format json --service-root {}", server.root));
    assert!(json.stdout.contains("\\u{202e}all") && !acts(&json.stdout), "{:?}", json.stdout);
}

#[test]
fn errors_names_of_files_and_messages_of_services_are_escaped() {
    let program = Program::new();
    let missing = program.run(&["triage", "a\u{1b}[2J.ndjson"]);
    assert!(missing.stderr.starts_with("error: cannot read a\\u{1b}[2J.ndjson"), "{:?}", missing.stderr);
    let condition = program.run(&["triage", "--demo", "--where", "build = 1 and \u{1b}x"]);
    assert!(!acts(&condition.stderr) && condition.stderr.contains('^'), "{:?}", condition.stderr);

    let body = json!({ "error": { "code": FORGED, "message": FORGED } }).to_string();
    let server = FixedServer::start(|_| {
        let answer = ("403 Forbidden", String::new(), body);
        std::collections::HashMap::from([("/testwdatppreview/machinesecuritystates".to_owned(), answer)])
    });
    for more in [&[][..], &["-vv"]] {
        let ran = program.run(&[&["pull", "--service-root", &server.root], more].concat());
        assert!(!acts(&ran.stderr) && ran.stderr.contains("\\u{202e}all"), "{:?}", ran.stderr);
        assert!(!ran.stderr.contains(TOKEN));
    }
}

#[test]
fn rows_and_progress_never_share_a_terminal() {
    let program = Program::new();
    let rows = on_a_terminal(&program, "pull --demo --max-pages 1");
    assert!(!rows.stdout.contains("connecting") && !rows.stdout.contains('\r'), "{:?}", &rows.stdout[..200]);
    let to_a_file = on_a_terminal(&program, "pull --demo -o d.ndjson");
    assert!(to_a_file.stdout.contains("connecting"), "{:?}", to_a_file.stdout);
    let quiet = on_a_terminal(&program, "pull --demo -q -o d.ndjson");
    assert_eq!(quiet.stdout, "");
}

#[test]
fn every_table_fits_its_terminal_and_keeps_ids_whole() {
    let _steady = steady().bind_to_scope();
    let program = Program::new();
    let commands = [
        "triage --demo --limit 3 --by category --behind",
        "triage --demo --limit 1 --by release --at 2026-11-23",
        "triage --demo --limit 1 --by combination",
        "triage --demo --limit 1 --by tenant --fail-on any:90% --fail-on EdrSensorOff",
        "updates --demo --by device --limit 2",
        "updates --demo --by cve --limit 2",
        "updates --demo --limit 2",
        "diff --demo --limit 2",
        "clouds",
        "triage --demo --source hunting --limit 2 --by group",
        "list --demo --source hunting --limit 2",
        "show ws-0127 --demo --source hunting",
        "explain FirewallOff",
    ];

    for width in [60, 80, 100, 200_usize] {
        let mut shown = String::new();
        for command in commands {
            let arguments: Vec<_> = command.split(' ').collect();
            let ran = run(program.command(&arguments).env("COLUMNS", width.to_string()));
            // Lines to copy are whole.
            let whole = ["http://127.0.0.1", "PowerShell: ", "Microsoft's page: "];
            let rows = ran.stdout.lines().filter(|line| !whole.iter().any(|start| line.starts_with(start)));
            let wide: Vec<_> = rows.filter(|line| line.chars().count() > width).collect();
            assert!(wide.is_empty(), "{width} columns, {command}: {wide:?}");
            writeln!(shown, "$ endstate {command}\n{}", ran.stdout).unwrap();
        }
        // Each name is whole, on one line, and so is each id on a wide terminal.
        assert!(shown.contains("ws-0127.contoso.example"), "{width}");
        assert!(width < 200 || shown.contains("49aa01114c36198ff1fb9117f3fc13f898a6a64a"), "{width}");
        insta::assert_snapshot!(format!("tables_{width}"), shown);
    }
}
