//! The README and docs/sign-in.md describe what the program does.

use super::program::Program;

const SIGN_IN: &str = include_str!("../../../../docs/sign-in.md");

/// The first column of the table with this header row, without backquotes.
fn first_column<'d>(document: &'d str, head: &str) -> Vec<&'d str> {
    let (_, table) = document.split_once(head).unwrap();
    let rows = table.lines().skip(1).take_while(|line| line.starts_with('|'));
    rows.map(|row| row.split('|').nth(1).unwrap().trim().trim_matches('`')).collect()
}

#[test]
fn the_sign_in_page_lists_the_methods_in_the_order_of_the_help() {
    let help = Program::new().run(&["pull", "--help"]).stdout;
    let (_, help) = help.split_once("--auth <METHOD>").unwrap();
    let (_, values) = help.split_once("Possible values:").unwrap();
    let values = values.split("[default: auto]").next().unwrap().lines();
    let names = values.filter_map(|line| line.trim().strip_prefix("- ")?.split(':').next());
    let expected: Vec<_> = names.filter(|name| *name != "auto").collect();
    assert_eq!(first_column(SIGN_IN, "| `--auth` | who | what it needs |\n"), expected);
}

#[test]
fn the_sign_in_page_lists_the_known_clouds_and_only_one_as_documented() {
    let table = Program::new().run(&["clouds"]).stdout;
    let documented: Vec<_> =
        first_column(SIGN_IN, "| `--cloud` | `--region` | sign-in | service | serves this collection |\n");
    assert_eq!(documented, ["commercial", "commercial", "gcc", "gcc-high", "dod"]);
    for cloud in documented {
        assert!(table.lines().any(|line| line.starts_with(&format!("{cloud} "))), "{cloud}");
    }
    assert_eq!(table.matches(" documented").count(), 1);
    assert_eq!(SIGN_IN.lines().filter(|line| line.starts_with('|') && line.ends_with("| documented |")).count(), 1);
}

#[test]
fn the_profiles_of_the_page_can_be_used() {
    let profiles: Vec<_> = SIGN_IN.split("```toml\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
    assert_eq!(profiles.len(), 2);
    let program = Program::new();
    program.write("config.toml", &profiles.concat());
    let show = |profile: &str| {
        let ran = program.run(&["config", "show", "--config", "config.toml", "--profile", profile]);
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        ran.stdout
    };
    assert!(show("contoso").contains("device-code"));
    assert!(show("contoso-schedule").contains("https://eu.api.security.microsoft.com/testwdatppreview"));
}

#[test]
fn the_page_of_exit_codes_explains_each_reason() {
    let page = include_str!("../../../../docs/exit-codes.md");
    let words = first_column(page, "| reason | what happened | what to do |\n");
    assert_eq!(words, endstate_paging::Reason::ALL.map(endstate_paging::Reason::as_str));
    let readme = include_str!("../../../../README.md");
    let rows = readme.split_once("| exit | meaning |\n|---|---|\n").unwrap().1.split("\n\n").next().unwrap();
    for row in rows.lines() {
        let beginning = format!("\n{}| ", row.trim_end_matches('|'));
        assert!(page.contains(&beginning), "{row}");
    }
}

#[test]
fn the_examples_for_jq_print_something() {
    let is_installed = std::process::Command::new("jq").arg("--version").output().is_ok();
    if !is_installed {
        assert!(std::env::var_os("CI").is_none(), "jq is not installed, and this test may not be skipped in CI");
        return;
    }
    let page = include_str!("../../../../docs/schemas/README.md");
    let examples: Vec<_> =
        page.lines().filter(|line| line.starts_with("endstate ") && line.contains(" | jq ")).collect();
    assert!(examples.len() >= 4, "{examples:?}");
    let program = Program::new();
    let bin = std::path::Path::new(env!("CARGO_BIN_EXE_endstate")).parent().unwrap();
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    for example in examples {
        let mut bash = std::process::Command::new("bash");
        bash.args(["-o", "pipefail", "-c", example]).current_dir(program.path("")).env("PATH", &path);
        let ran = super::program::run(&mut bash);
        assert_eq!(ran.code, Some(0), "{example}: {}", ran.stderr);
        assert!(ran.stdout.lines().count() > 1 && !ran.stdout.contains("null"), "{example}: {}", ran.stdout);
    }
}
