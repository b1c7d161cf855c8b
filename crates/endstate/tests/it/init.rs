//! First contact: what a fresh machine says, and `endstate init`.

use std::io::Write;
use std::process::{Command, Stdio};

use endstate_emulator::Emulator;

use super::program::{Program, Ran, run, steady};
use super::server::RunningEmulator;

/// Runs a command on a machine without any sign-in.
fn on_a_fresh_machine(program: &Program, arguments: &[&str]) -> Ran {
    run(program.command(arguments).env_remove("ENDSTATE_TOKEN").env("PATH", program.path("")))
}

#[test]
fn a_fresh_machine_says_that_no_one_is_signed_in_and_how_to_continue() {
    let program = Program::new();
    let triage = on_a_fresh_machine(&program, &["triage"]);
    assert_eq!((triage.code, &*triage.stdout), (Some(1), ""));
    insta::assert_snapshot!(triage.stderr, @"
    error: not signed in: no sign-in is configured
    hint: With the Azure CLI: install it, run `az login`, and then the same command again.
    hint: With an app registration: run `endstate init`, which asks what it needs and writes a profile. A token in ENDSTATE_TOKEN works, too. `endstate help sign-in` describes every way.
    hint: Without a tenant: add --demo.
    ");
    for command in [&["pull"][..], &["list"], &["updates"], &["report", "-o", "r.html"], &["show", "ws-1"]] {
        let ran = on_a_fresh_machine(&program, command);
        assert_eq!((ran.code, ran.stderr.as_str()), (Some(1), triage.stderr.as_str()), "{command:?}");
    }
    // Each way on is there.
    for command in [&["triage", "--demo"][..], &["init", "--help"], &["help", "sign-in"]] {
        assert_eq!(on_a_fresh_machine(&program, command).code, Some(0), "{command:?}");
    }
}

#[test]
fn the_demo_shows_a_profile_that_can_be_used_and_writes_nothing() {
    let program = Program::new();
    let ran = on_a_fresh_machine(&program, &["init", "--demo"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(!program.path("home").exists(), "nothing is written");
    let (_, profile) = ran.stderr.split_once("\n[profile.contoso]\n").unwrap();
    let (profile, _) = profile.split_once("\n\n").unwrap();
    program.write("config.toml", &format!("[profile.contoso]\n{profile}\n"));
    let shown = program.run(&["config", "profiles", "--config", "config.toml"]);
    assert_eq!(shown.code, Some(0), "{}", shown.stderr);
    assert!(shown.stdout.contains("contoso.onmicrosoft.com"), "{}", shown.stdout);
}

#[test]
fn without_a_terminal_init_asks_nothing_and_ends_with_a_triage() {
    let program = Program::new();
    let emulator = RunningEmulator::start(Emulator::builder().devices(40));
    let root = emulator.root();
    let arguments = ["init", "--tenant", "contoso.onmicrosoft.com", "--service-root", &root, "--source", "preview"];
    let ran = program.run(&arguments);
    assert_eq!(ran.code, Some(0), "{}{}", ran.stdout, ran.stderr);
    assert!(ran.stderr.contains("Wrote profile 'contoso', the default profile, to "), "{}", ran.stderr);
    assert!(ran.stderr.contains("All checks passed\n\n$ endstate triage --profile contoso\n"), "{}", ran.stderr);
    assert!(ran.stdout.contains("\ncomplete: all 40 devices (1 page; "), "{}", ran.stdout);
    let file = program.read("home/endstate/config.toml").replace(&root, "http://127.0.0.1:PORT/");
    insta::assert_snapshot!(file, @r#"
    default-profile = "contoso"

    [profile.contoso]
    service-root = "http://127.0.0.1:PORT/"
    source = "preview"
    tenant = "contoso.onmicrosoft.com"
    "#);

    let again = program.run(&arguments);
    assert_eq!(again.code, Some(2));
    assert!(again.stderr.contains("profile 'contoso' already exists in "), "{}", again.stderr);
    let more = program.run(&["init", "--profile", "other", "--token-file", "other.token", "--no-check"]);
    assert_eq!(more.code, Some(0), "{}", more.stderr);
    let file = program.read("home/endstate/config.toml");
    let path = program.path("other.token");
    assert!(file.starts_with("default-profile = \"contoso\"\n"), "{file}");
    assert!(file.ends_with(&format!("[profile.other]\ntoken-file = \"{}\"\n", path.display())), "{file}");
}

#[test]
fn a_profile_that_fails_its_check_is_kept_with_a_remedy() {
    let program = Program::new();
    let nothing = program.run(&["init"]);
    assert_eq!(nothing.code, Some(2), "nothing says what the profile needs: {}", nothing.stderr);
    let ran = program.run(&["init", "--service-root", "http://127.0.0.1:1/x", "--source", "preview"]);
    assert_eq!(ran.code, Some(1));
    let hint = "hint: Fix what failed, with `endstate config set SETTING VALUE --profile default` if it is a setting.";
    assert!(ran.stderr.contains(hint), "{}", ran.stderr);
    assert!(program.read("home/endstate/config.toml").contains("[profile.default]"));
}

/// Runs a command at a terminal where a person types these lines.
fn at_a_terminal(program: &Program, arguments: &str, typed: &str) -> Ran {
    let endstate = program.command(&[]);
    let mut command = Command::new("script");
    command.args(["-qec", &format!("{} {arguments}", endstate.get_program().display()), "/dev/null"]);
    for (name, value) in endstate.get_envs().filter_map(|(name, value)| Some((name, value?))) {
        command.env(name, value);
    }
    command.env("TERM", "xterm").env("NO_COLOR", "1").current_dir(program.path(""));
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(typed.as_bytes()).unwrap();
    let ended = child.wait_with_output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap().replace("\r\n", "\n");
    Ran { code: ended.status.code(), stdout: text(ended.stdout), stderr: text(ended.stderr) }
}

#[test]
fn at_a_terminal_init_asks_until_the_answers_can_be_used() {
    let program = Program::new();
    let typed = "moon\ngcc\ntoken\n\nhunting\nfirst\n";
    let ran = at_a_terminal(&program, "init --no-check", typed);
    assert_eq!(ran.code, Some(0), "{}{}", ran.stdout, ran.stderr);
    let _steady = steady().bind_to_scope();
    assert!(ran.stdout.contains("Cloud: commercial, gcc, gcc-high or dod [commercial]: "), "{}", ran.stdout);
    assert!(ran.stdout.contains("error: cloud from the answer cannot be used: it must be one of"), "{}", ran.stdout);
    insta::assert_snapshot!(program.read("home/endstate/config.toml"), @r#"
    default-profile = "first"

    [profile.first]
    auth = "token"
    cloud = "gcc"
    source = "hunting"
    "#);

    let ended = at_a_terminal(&program, "init --no-check", "gcc\n\u{4}");
    assert_eq!(ended.code, Some(1), "{}", ended.stdout);
    assert!(ended.stdout.contains("nothing was written"), "{}", ended.stdout);
    assert!(!program.read("home/endstate/config.toml").contains("[profile.default]"));
}
