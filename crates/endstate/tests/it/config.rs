//! `endstate config`: shows each setting with its source, and writes a configuration file that
//! never holds a secret.

use super::program::{Program, run};

const CONFIG: &str = r#"
[profile.contoso]
tenant = "contoso.onmicrosoft.com"
client = "11111111-0000-4000-8000-000000000001"
cloud = "gcc"
calls-per-minute = 60
calls-per-hour = 600
ahead = 2
client-secret-file = "contoso.secret"
output = "{profile}.csv"
"#;

/// The lines of `config show` for these settings, with single spaces.
pub(super) fn shown(text: &str, names: &[&str]) -> String {
    let is_named = |line: &&str| names.iter().any(|name| line.starts_with(&format!("{name} ")));
    text.lines().filter(is_named).map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ") + "\n").collect()
}

#[test]
fn settings_come_from_option_environment_profile_default_in_that_order() {
    let program = Program::new();
    program.write("config.toml", CONFIG);
    let mut command = program.command(&[
        "config",
        "show",
        "--config",
        "config.toml",
        "--profile",
        "contoso",
        "--calls-per-minute",
        "7",
    ]);
    command
        .env("AZURE_TENANT_ID", "fabrikam.com")
        .env("ENDSTATE_CALLS_PER_MINUTE", "8")
        .env("ENDSTATE_CALLS_PER_HOUR", "9");

    let ran = run(&mut command);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);

    let names = [
        "cloud",
        "auth",
        "tenant",
        "client-secret-file",
        "calls-per-minute",
        "calls-per-hour",
        "ahead",
        "retries",
        "output",
        "authority",
        "defender-root",
        "graph-root",
    ];
    insta::assert_snapshot!(shown(&ran.stdout, &names), @"
    cloud gcc profile 'contoso' in config.toml
    defender-root https://api-gcc.securitycenter.microsoft.us/api cloud gcc
    graph-root https://graph.microsoft.com/v1.0 cloud gcc
    authority https://login.microsoftonline.com cloud gcc
    auth auto (uses client-secret) default
    tenant contoso.onmicrosoft.com profile 'contoso' in config.toml
    client-secret-file contoso.secret profile 'contoso' in config.toml
    calls-per-minute 7 --calls-per-minute
    calls-per-hour 9 environment ENDSTATE_CALLS_PER_HOUR
    ahead 2 profile 'contoso' in config.toml
    retries 6 default
    output {profile}.csv profile 'contoso' in config.toml
    ");
}

#[test]
fn environment_variables_are_validated_like_the_options() {
    let program = Program::new();
    let failing = |name: &str, value: &str| {
        let ran = run(program.command(&["config", "show"]).env(name, value));
        assert_eq!(ran.code, Some(1), "{name}");
        ran.stderr
    };

    let errors = [
        failing("ENDSTATE_CLOUD", "moon"),
        failing("ENDSTATE_AUTH", "magic"),
        failing("ENDSTATE_TIMEOUT", "soon"),
        failing("ENDSTATE_AHEAD", "-1"),
        failing("ENDSTATE_EMPTY_ON_404", "maybe"),
        failing("AZURE_AUTHORITY_HOST", "http://login.example"),
    ];
    insta::assert_snapshot!(errors.concat(), @"
    error: cloud from environment ENDSTATE_CLOUD cannot be used: it must be one of commercial, gcc, gcc-high, dod
    error: auth from environment ENDSTATE_AUTH cannot be used: it must be one of auto, token, client-secret, client-certificate, workload-identity, azure-pipelines, managed-identity, azure-cli, azure-developer-cli, device-code
    error: timeout from environment ENDSTATE_TIMEOUT cannot be used: not a number of seconds, such as 300 or 0.5
    error: ahead from environment ENDSTATE_AHEAD cannot be used: it must be a whole number
    error: empty-on-404 from environment ENDSTATE_EMPTY_ON_404 must be true or false
    error: authority from environment AZURE_AUTHORITY_HOST cannot be used: plain http would expose the token on the network; only loopback may use it
    ");

    let empty = run(program.command(&["config", "show"]).env("AZURE_TENANT_ID", ""));
    assert_eq!(shown(&empty.stdout, &["tenant"]), "tenant - not set\n", "an empty variable counts as not set");
}

#[test]
fn an_unknown_setting_or_a_secret_in_the_file_is_refused_with_a_remedy() {
    let program = Program::new();
    let mut errors = String::new();

    for line in [
        "tenannt = \"x\"",
        "calls_per_minute = 3",
        "theme = \"blue\"",
        "client-secret = \"hidden\"",
        "password = \"hidden\"",
        "cloud = \"hidden\"",
        "retries = \"hidden\"",
        // Values that look like secrets of Microsoft Entra, in settings of any name.
        "client-secret-env = \"hid8Q~hidden-hidden.hidden_hidden~hidden-x\"",
        "client = \"hid8Q~hidden-hidden.hidden_hidden~hidden-x\"",
        "token-file = \"eyJhidden.eyJhidden.hidden\"",
        "token-env = \"hidden secret\"",
        "client-secret-file = \"a\"\nclient-secret-env = \"B\"",
    ] {
        program.write("config.toml", &format!("[profile.contoso]\n{line}\n"));
        let ran = program.run(&["config", "show", "--config", "config.toml", "--profile", "contoso"]);
        assert_eq!(ran.code, Some(1));
        assert!(!ran.stderr.contains("hidden"), "{}", ran.stderr);
        errors += &ran.stderr;
    }

    insta::assert_snapshot!(errors, @"
    error: profile 'contoso' in config.toml cannot be used
      caused by: unknown setting 'tenannt'; did you mean 'tenant'?
    error: profile 'contoso' in config.toml cannot be used
      caused by: unknown setting 'calls_per_minute'; did you mean 'calls-per-minute'?
    error: profile 'contoso' in config.toml cannot be used
      caused by: unknown setting 'theme'
    error: profile 'contoso' in config.toml cannot be used
      caused by: 'client-secret' would put a secret into a file that is copied and shared; name its source instead: client-secret-env, client-secret-file or client-secret-command
    error: profile 'contoso' in config.toml cannot be used
      caused by: 'password' would put a secret into a file that is copied and shared; name its source instead: certificate-password-env, certificate-password-file or certificate-password-command
    error: cloud from profile 'contoso' in config.toml cannot be used: it must be one of commercial, gcc, gcc-high, dod
    error: retries from profile 'contoso' in config.toml cannot be used: it must be a whole number
    error: profile 'contoso' in config.toml cannot be used
      caused by: the value of 'client-secret-env' looks like a secret, in a file that is copied and shared; name its source instead: client-secret-env with the name of a variable, client-secret-file or client-secret-command
    error: profile 'contoso' in config.toml cannot be used
      caused by: the value of 'client' looks like a secret, in a file that is copied and shared; name its source instead: client-secret-env with the name of a variable, client-secret-file or client-secret-command
    error: profile 'contoso' in config.toml cannot be used
      caused by: the value of 'token-file' looks like a secret, in a file that is copied and shared; name its source instead: token-env with the name of a variable, token-file or token-command
    error: profile 'contoso' in config.toml cannot be used
      caused by: 'token-env' must be the name of an environment variable
    error: profile 'contoso' in config.toml sets both client-secret-env and client-secret-file; the client-secret can have only one source
    ");
}

#[test]
fn init_writes_a_usable_file_and_never_overwrites_an_existing_one() {
    let program = Program::new();
    let init = || run(program.command(&["config", "init"]).env("XDG_CONFIG_HOME", program.path("home")));

    let first = init();
    assert_eq!(first.code, Some(0), "{}", first.stderr);
    let path = program.path("home/endstate/config.toml");
    assert_eq!(
        first.stderr,
        format!("Wrote {}. Fill it in, then run `endstate doctor --profile contoso`\n", path.display())
    );

    let mut show = program.command(&["config", "show", "--all-profiles"]);
    let shown_all = run(show.env("XDG_CONFIG_HOME", program.path("home")));
    assert_eq!(shown_all.code, Some(0), "{}", shown_all.stderr);

    // The settings that the file has as comments are valid too.
    let text = std::fs::read_to_string(&path).unwrap();
    let settings = text.lines().map(|line| line.strip_prefix("# ").filter(|rest| rest.contains(" = ")).unwrap_or(line));
    let one_source =
        settings.filter(|line| !line.starts_with("client-secret-env") && !line.starts_with("client-secret-file"));
    let uncommented = one_source.collect::<Vec<_>>().join("\n").replace("# [profile.fabrikam]", "[profile.fabrikam]");
    program.write("all.toml", &uncommented);
    let all = program.run(&["config", "show", "--config", "all.toml", "--all-profiles"]);
    assert_eq!(all.code, Some(0), "{}", all.stderr);

    std::fs::write(&path, "mine").unwrap();
    let second = init();
    assert_eq!(second.code, Some(1));
    assert!(second.stderr.contains("already exists and was not overwritten"), "{}", second.stderr);
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "mine");
}
