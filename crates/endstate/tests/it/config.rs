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
fn shown(text: &str, names: &[&str]) -> String {
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

/// A configuration file in the user's folder.
fn with_profiles(text: &str) -> Program {
    let program = Program::new();
    std::fs::create_dir_all(program.path("home/endstate")).unwrap();
    program.write("home/endstate/config.toml", text);
    program
}

const CUSTOMERS: &str = "\
# Ours.
default-profile = \"own\" # the usual one

[profile.own]
tenant = \"own.onmicrosoft.com\" # by its domain

[profile.customer-a]
tenant = \"a.onmicrosoft.com\"
cloud = \"gcc-high\"

[profile.customer-b]
tenant = \"b.onmicrosoft.com\"
source = \"hunting\"
";

#[test]
fn a_command_that_names_no_profile_uses_the_default_one() {
    let program = with_profiles(CUSTOMERS);
    let tenant = |arguments: &[&str]| {
        let ran = program.run(&[&["config", "show"], arguments].concat());
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        shown(&ran.stdout, &["tenant"])
    };
    assert!(tenant(&[]).starts_with("tenant own.onmicrosoft.com profile 'own' in "));
    assert!(tenant(&["--profile", "customer-a"]).starts_with("tenant a.onmicrosoft.com "));
    assert_eq!(tenant(&["--tenant", "x.example"]), "tenant x.example --tenant\n");
    assert_eq!(program.run(&["triage", "--demo", "--limit", "0"]).code, Some(0), "a demo has no profile");

    program.write("home/endstate/config.toml", &CUSTOMERS.replace("\"own\" #", "\"gone\" #"));
    let wrong = program.run(&["config", "show"]);
    assert_eq!(wrong.code, Some(1));
    assert!(
        wrong.stderr.contains("default-profile names no profile\n  caused by: unknown profile 'gone'; "),
        "{}",
        wrong.stderr
    );
}

#[test]
fn a_pattern_names_several_profiles() {
    let program = with_profiles(CUSTOMERS);
    let profiles = |arguments: &[&str]| program.run(&[&["config", "show"], arguments].concat());
    let both = profiles(&["--profile", "customer-*"]).stdout;
    assert!(both.contains("a.onmicrosoft.com") && both.contains("b.onmicrosoft.com") && !both.contains("own.on"));
    let all = profiles(&["--profile", "customer-b", "--profile", "*"]).stdout;
    assert_eq!(all.matches("onmicrosoft.com").count(), 3, "each profile once: {all}");
    let none = profiles(&["--profile", "partner-*"]);
    assert!(none.stderr.starts_with("error: no profile matches 'partner-*'; "), "{}", none.stderr);
    assert!(none.stderr.ends_with("has customer-a, customer-b, own\n"), "{}", none.stderr);
    let wrong = profiles(&["--profile", "customer-[a"]);
    assert_eq!(wrong.code, Some(2), "{}", wrong.stderr);
}

#[test]
fn profiles_are_listed_with_what_tells_them_apart() {
    let program = with_profiles(CUSTOMERS);
    insta::assert_snapshot!(program.run(&["config", "profiles"]).stdout, @"
    PROFILE     DEFAULT  TENANT               CLOUD       SOURCE   SIGN-IN
    customer-a           a.onmicrosoft.com    gcc-high    auto     auto
    customer-b           b.onmicrosoft.com    commercial  hunting  auto
    own         yes      own.onmicrosoft.com  commercial  auto     auto
    ");
    let path = program.run(&["config", "path"]);
    assert_eq!(path.stdout, format!("{}\n", program.path("home/endstate/config.toml").display()));
    assert_eq!(path.stderr, "");
}

#[test]
fn a_setting_is_changed_and_the_rest_of_the_file_stays() {
    let program = with_profiles(CUSTOMERS);
    let set = |arguments: &[&str]| {
        let ran = program.run(&[&["config", "set"], arguments].concat());
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    };
    set(&["tenant", "new.onmicrosoft.com"]);
    set(&["calls-per-minute", "60", "--profile", "customer-a"]);
    set(&["source", "--unset", "--profile", "customer-b"]);
    set(&["default-profile", "customer-b"]);
    set(&["no-devices", "true", "--profile", "partner"]);
    insta::assert_snapshot!(program.read("home/endstate/config.toml"), @r#"
    # Ours.
    default-profile = "customer-b" # the usual one

    [profile.own]
    tenant = "new.onmicrosoft.com" # by its domain

    [profile.customer-a]
    tenant = "a.onmicrosoft.com"
    cloud = "gcc-high"
    calls-per-minute = 60

    [profile.customer-b]
    tenant = "b.onmicrosoft.com"

    [profile.partner]
    no-devices = true
    "#);
}

#[test]
fn a_change_that_would_break_the_file_is_refused() {
    let program = with_profiles(CUSTOMERS);
    let refused = |arguments: &[&str]| {
        let ran = program.run(&[&["config", "set"], arguments].concat());
        assert_ne!(ran.code, Some(0), "{arguments:?}");
        assert_eq!(program.read("home/endstate/config.toml"), CUSTOMERS, "{arguments:?}");
        assert!(!ran.stderr.contains("hidden"), "{}", ran.stderr);
        ran.stderr.replace(&program.path("").display().to_string(), "FOLDER/")
    };

    let errors = [
        refused(&["client-secret", "hidden"]),
        refused(&["client", "hid8Q~hidden-hidden.hidden_hidden~hidden-x"]),
        refused(&["tenannt", "x.example"]),
        refused(&["calls-per-minute", "many"]),
        refused(&["default-profile", "partner"]),
        refused(&["source", "--unset"]),
    ];
    insta::assert_snapshot!(errors.concat(), @"
    error: profile 'own' in FOLDER/home/endstate/config.toml cannot be used
      caused by: 'client-secret' would put a secret into a file that is copied and shared; name its source instead: client-secret-env, client-secret-file or client-secret-command
    error: profile 'own' in FOLDER/home/endstate/config.toml cannot be used
      caused by: the value of 'client' looks like a secret, in a file that is copied and shared; name its source instead: client-secret-env with the name of a variable, client-secret-file or client-secret-command
    error: profile 'own' in FOLDER/home/endstate/config.toml cannot be used
      caused by: unknown setting 'tenannt'; did you mean 'tenant'?
    error: calls-per-minute from profile 'own' in FOLDER/home/endstate/config.toml cannot be used: it must be a whole number
    error: default-profile names no profile
      caused by: unknown profile 'partner'; FOLDER/home/endstate/config.toml has customer-a, customer-b, own
    error: profile 'own' does not set source
    ");
}

#[test]
fn an_edited_file_is_checked() {
    let program = with_profiles(CUSTOMERS);
    let edit = |script: &str| {
        program.write("editor.sh", script);
        let editor = format!("sh {}", program.path("editor.sh").display());
        run(program.command(&["config", "edit"]).env("EDITOR", editor).env_remove("VISUAL"))
    };
    let fine = edit("printf '[profile.more]\\n' >> \"$1\"");
    assert_eq!(fine.code, Some(0), "{}", fine.stderr);
    assert!(fine.stderr.ends_with("config.toml has 4 profiles, without an error\n"), "{}", fine.stderr);
    let wrong = edit("printf 'cloud = \"moon\"\\n' >> \"$1\"");
    assert_eq!(wrong.code, Some(1));
    assert!(wrong.stderr.contains("cloud from profile 'more' in "), "{}", wrong.stderr);
    assert!(wrong.stderr.ends_with("hint: Run `endstate config edit` again to fix it.\n"), "{}", wrong.stderr);
    assert_eq!(edit("exit 3").code, Some(1));
}
