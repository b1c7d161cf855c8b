//! `endstate help` and `endstate man`: what the user has without the repository.

use super::program::Program;

const TOPICS: [&str; 8] =
    ["sign-in", "sources", "conditions", "environment", "ci", "monitoring", "exit-codes", "attention"];

#[test]
fn each_topic_is_a_page_of_the_documentation_as_text() {
    let program = Program::new();
    for topic in TOPICS {
        let ran = program.run(&["help", topic]);
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        for line in ran.stdout.lines().filter(|line| !line.starts_with("    ")) {
            let is_long = line.chars().count() > 100 && !line.contains("https://");
            let is_markup = is_long || line.starts_with(['#', '|']) || line.contains("](") || line.contains("**");
            assert!(!is_markup, "{topic}: {line}");
        }
        let overview = program.run(&["help"]);
        assert!(overview.stdout.contains(topic), "{topic} is in the overview");
    }
    let [codes, sources] = ["exit-codes", "sources"].map(|topic| program.run(&["help", topic]).stdout);
    assert!(codes.contains("\n- 130\n  meaning: interrupted before anything was kept"), "{codes}");
    assert!(sources.contains("\n- `hunting`\n  reads: Microsoft Graph, advanced hunting"), "{sources}");
}

#[test]
fn the_help_of_a_command_is_the_same_in_both_places() {
    let program = Program::new();
    for command in [&["pull"][..], &["config", "show"], &["help"], &["emulate"]] {
        let help = program.run(&[&["help"], command].concat());
        assert_eq!(help.stdout.trim_end(), program.run(&[command, &["--help"]].concat()).stdout.trim_end());
    }
    assert_eq!(program.run(&["help"]).stdout.trim_end(), program.run(&["--help"]).stdout.trim_end());
}

#[test]
fn a_mistyped_command_or_topic_has_a_suggestion() {
    let program = Program::new();
    for (typed, error) in [
        (&["help", "signin"][..], "error: unknown name 'signin'; did you mean 'sign-in'?\n"),
        (&["help", "config", "sh0w"], "error: unknown name 'sh0w'; did you mean 'show'?\n"),
        (&["help", "sign-in", "x"], "error: 'sign-in' is a topic, and nothing can follow it\n"),
        (&["man", "trage"], "error: unknown name 'trage'; did you mean 'triage'?\n"),
        (&["help", "\u{1b}[2J"], "error: unknown name '\\u{1b}[2J'; `endstate help` lists commands and topics\n"),
    ] {
        let ran = program.run(typed);
        assert_eq!((ran.code, ran.stderr.as_str()), (Some(2), error));
    }
}

#[test]
fn each_command_has_a_manual_page() {
    let program = Program::new();
    let page = program.run(&["man", "config", "show"]).stdout;
    assert!(page.contains(".TH endstate-config-show 1"), "{page}");
    assert!(page.contains("\" \" \"endstate 0.") && page.contains("\"endstate manual\""), "{page}");
    assert!(page.contains("\\fB\\-\\-profile\\fR"), "{page}");

    assert_eq!(program.run(&["man", "--folder", "man/man1"]).code, Some(0));
    let written = std::fs::read_to_string(program.path("man/man1/endstate-config-show.1")).unwrap();
    assert_eq!(written, page);
    let help = program.run(&["--help"]).stdout;
    let (_, commands) = help.split_once("Commands:\n").unwrap();
    let commands: Vec<_> = commands.lines().take_while(|line| !line.is_empty()).collect();
    assert!(commands.len() > 12);
    for command in commands {
        let name = command.split_whitespace().next().unwrap();
        assert!(program.path(&format!("man/man1/endstate-{name}.1")).exists(), "{name}");
    }

    std::fs::write(program.path("taken"), "").unwrap();
    let ran = program.run(&["man", "--folder", "taken/man1"]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.stderr.starts_with("error: cannot write manual pages to taken/man1\n"), "{}", ran.stderr);
}

#[test]
fn completions_offer_topics_and_commands() {
    let script = Program::new().run(&["completions", "bash"]).stdout;
    let (_, help) = script.split_once("endstate__subcmd__help)").or(script.split_once("endstate__help)")).unwrap();
    let offered = help.lines().find(|line| line.contains("opts=")).unwrap();
    assert!(offered.contains("exit-codes") && offered.contains("triage"), "{offered}");
}
