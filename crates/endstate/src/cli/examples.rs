//! The examples with which the long help of each command begins. A test parses each of them.

pub(super) const ENDSTATE: &str = "\
Examples:
  endstate triage --demo                      try it without a tenant
  endstate init                               connect a tenant
  endstate triage                             which devices need attention, and why
  endstate pull -o devices.ndjson             every device, and proof that none is missing
  endstate explain FirewallOff                what a property means, and how to fix it";

pub(super) const PULL: &str = "\
Examples:
  endstate pull -o devices.ndjson             every device, as the service sent it
  endstate pull -o devices.ndjson --resume    continue a pull that was stopped
  endstate pull --source hunting --json       from one of today's sources, as one array
  endstate pull --profile 'customer-*' -o '{profile}.ndjson'
  endstate pull --into history                keep the pull in a history";

pub(super) const TRIAGE: &str = "\
Examples:
  endstate triage                             live; add --demo to try it
  endstate triage devices.ndjson --by group   from a file, by device group
  endstate triage --where \"property has FirewallOff\" --limit 50
  endstate triage --since monday.ndjson --fail-on new
  endstate triage devices.ndjson -o found.sarif";

pub(super) const LIST: &str = "\
Examples:
  endstate list --where \"group eq 'Servers' and lastSeen lt 7d\"
  endstate list --columns name,version,property --sort name -o devices.csv
  endstate list devices.ndjson -o devices.html";

pub(super) const SHOW: &str = "\
Examples:
  endstate show ws-0127                       by name; the id works, too
  endstate show ws-0127 devices.ndjson        from a file
  endstate show ws-0127 --demo --source hunting";

pub(super) const UPDATES: &str = "\
Examples:
  endstate updates                            which updates are missing
  endstate updates --by cve                   which vulnerabilities they fix
  endstate updates --by device --limit 50     the most exposed devices";

pub(super) const DIFF: &str = "\
Examples:
  endstate diff monday.ndjson tuesday.ndjson
  endstate diff history@2026-11-01 history@2026-11-24
  endstate diff --demo --json";

pub(super) const REPORT: &str = "\
Examples:
  endstate report -o report.html              one page that needs nothing else
  endstate report devices.ndjson --since history -o report.html
  endstate report --demo --format markdown";

pub(super) const SERVE: &str = "\
Examples:
  endstate serve --demo --every 1m            http://127.0.0.1:9464/report
  endstate serve --all-profiles --every 1h
  endstate serve --listen 0.0.0.0:9464 --host-name endstate.contoso.example";

pub(super) const HISTORY: &str = "\
Examples:
  endstate pull --into history                add a pull
  endstate history add history *.ndjson       add files
  endstate history trend history --by group   is it getting better?
  endstate history trend --demo               thirty days of the emulated tenant";

pub(super) const EXPLAIN: &str = "\
Examples:
  endstate explain FirewallOff                a property; 'Firewall off' works, too
  endstate explain Antivirus                  a category, and its properties
  endstate explain page_lost                  an outcome or its reason
  endstate explain 4                          an exit code";

pub(super) const EMULATE: &str = "\
Examples:
  endstate emulate --port 8080                a tenant of 444 devices on this machine
  endstate emulate --devices 100000 --fault throttled@3*2=0.5
  endstate emulate --sign-in                  with an identity service";

pub(super) const DOCTOR: &str = "\
Examples:
  endstate doctor                             check everything that a pull needs
  endstate doctor --profile contoso --source hunting
  endstate doctor --all-profiles --json";

pub(super) const INIT: &str = "\
Examples:
  endstate init                               asks what it needs
  endstate init --tenant contoso.onmicrosoft.com --auth azure-cli --source hunting
  endstate init --profile build --token-command \"print-token build\" --no-check";

pub(super) const CONFIG: &str = "\
Examples:
  endstate config profiles                    which profiles exist
  endstate config show --profile contoso      each setting, and where it comes from
  endstate config set source hunting --profile contoso
  endstate config set default-profile contoso";

pub(super) const CLOUDS: &str = "\
Examples:
  endstate clouds                             hosts of each cloud
  endstate clouds --json                      also scopes, and the source of each row";

pub(super) const COMPLETIONS: &str = "\
Examples:
  endstate completions bash > ~/.local/share/bash-completion/completions/endstate
  endstate completions powershell >> $PROFILE";

pub(super) const MAN: &str = "\
Examples:
  endstate man triage                         the manual page of a command
  endstate man --folder ~/.local/share/man/man1";

pub(super) const HELP: &str = "\
Examples:
  endstate help triage                        the help of a command
  endstate help sign-in                       a page of the documentation";

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, Parser};

    use super::super::Cli;

    /// The words of an example, without what explains it after two spaces or a redirection.
    fn words(line: &str) -> Vec<String> {
        let line = line.trim().split(" >").next().unwrap();
        let command = line.split("   ").next().unwrap();
        let mut words = vec![String::new()];
        let mut quote = None;
        for letter in command.chars() {
            match (letter, quote) {
                ('\'' | '"', None) => quote = Some(letter),
                (letter, Some(open)) if letter == open => quote = None,
                (' ', None) => words.push(String::new()),
                (letter, _) => words.last_mut().unwrap().push(letter),
            }
        }
        words
    }

    #[test]
    fn the_long_help_of_every_command_begins_with_examples_that_work() {
        let mut root = Cli::command();
        root.build();
        for command in std::iter::once(&root).chain(root.get_subcommands()) {
            let name = command.get_name().to_owned();
            let help = command.clone().render_long_help().to_string();
            let examples = help.strip_prefix("Examples:\n").unwrap_or_else(|| panic!("{name}: {help}"));
            let lines: Vec<_> = examples.lines().take_while(|line| line.starts_with("  endstate ")).collect();
            assert!(lines.len() > 1, "{name}: {help}");
            for line in lines {
                assert!(Cli::try_parse_from(words(line)).is_ok(), "{line}: {:?}", words(line));
            }
        }
    }

    #[test]
    fn the_short_help_of_every_command_fits_a_screen() {
        fn check(command: &clap::Command, path: &str) {
            let help = command.clone().render_help().to_string();
            let lines = help.lines().count();
            assert!(lines <= 40, "{path}: {lines} lines\n{help}");
            let global = help.find("Global options:").unwrap_or_else(|| panic!("{path}: {help}"));
            assert!(!help[global..].contains("Options:"), "{path}: global options come last\n{help}");
            for inner in command.get_subcommands() {
                check(inner, &format!("{path} {}", inner.get_name()));
            }
        }
        let mut root = Cli::command();
        root.build();
        check(&root, "endstate");
    }
}
