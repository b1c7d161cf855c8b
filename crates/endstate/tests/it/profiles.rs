//! `endstate config set`, `edit`, `profiles` and `path`, and which profile a command uses.

use super::config::shown;
use super::program::{Program, run};

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
    let error = "error: default-profile names no profile; `endstate config set default-profile NAME` changes it\n";
    assert!(wrong.stderr.starts_with(error), "{}", wrong.stderr);
    assert_eq!(program.run(&["config", "set", "default-profile", "own"]).code, Some(0));
    assert!(tenant(&[]).starts_with("tenant own.onmicrosoft.com "));
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
    program.write("wrong.toml", &CUSTOMERS.replace("\"own\" #", "\"gone\" #"));
    let wrong = program.run(&["config", "profiles", "--config", "wrong.toml"]);
    assert!(wrong.code == Some(1) && wrong.stdout.contains("customer-a"), "{}{}", wrong.stdout, wrong.stderr);
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
    error: default-profile names no profile; `endstate config set default-profile NAME` changes it
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

    std::fs::remove_file(program.path("home/endstate/config.toml")).unwrap();
    assert_eq!(edit("exit 3").code, Some(1));
    assert!(!program.path("home/endstate/config.toml").exists(), "an example is no profile of the user");
}

#[test]
fn a_file_that_is_named_must_exist() {
    let program = Program::new();
    let named = program.run(&["config", "show", "--config", "missing.toml"]);
    assert_eq!(named.code, Some(1));
    assert!(named.stderr.starts_with("error: cannot read missing.toml; "), "{}", named.stderr);
    let of_environment = run(program.command(&["config", "show"]).env("ENDSTATE_CONFIG", "missing.toml"));
    assert_eq!(of_environment.stderr, named.stderr);
    assert_eq!(program.run(&["config", "show"]).code, Some(0), "the user's own file need not exist");
}

#[test]
fn twenty_changes_at_once_are_all_kept() {
    let program = Program::new();
    let names: Vec<_> = (0..20).map(|number| format!("p{number}")).collect();
    let changes: Vec<_> =
        names.iter().map(|name| program.start(&["config", "set", "tenant", "x.example", "--profile", name])).collect();
    for mut change in changes {
        assert!(change.wait().unwrap().success());
    }
    let file = program.read("home/endstate/config.toml");
    assert_eq!(file.matches("tenant = \"x.example\"").count(), 20, "{file}");
    assert_eq!(file.matches("default-profile").count(), 1, "the first one is the default: {file}");
}

#[test]
fn a_name_that_is_a_pattern_or_a_path_is_no_profile() {
    let program = with_profiles(CUSTOMERS);
    for name in ["customer-*", "a/b", "", ".", "a[b]", "a\nb", " a"] {
        let ran = program.run(&["config", "set", "source", "hunting", "--profile", name]);
        assert_eq!(ran.code, Some(2), "{name:?}: {}", ran.stderr);
        let ran = program.run(&["init", "--tenant", "x.example", "--no-check", "--profile", name]);
        assert_eq!(ran.code, Some(2), "{name:?}: {}", ran.stderr);
    }
    assert_eq!(program.read("home/endstate/config.toml"), CUSTOMERS);
}

#[test]
fn a_secret_in_an_address_or_a_name_does_not_come_into_the_file() {
    let program = with_profiles(CUSTOMERS);
    for arguments in [
        ["service-root", "https://user:hidden@host.example/x"],
        ["graph-root", "https://user:hidden@host.example/x"],
        ["token=hidden", "x"],
        ["certificate-password-env", "123456"],
    ] {
        let ran = program.run(&[&["config", "set"][..], &arguments].concat());
        assert_eq!(ran.code, Some(1), "{arguments:?}: {}", ran.stderr);
        assert!(!ran.stderr.contains("hidden") && !ran.stderr.contains("123456"), "{}", ran.stderr);
    }
    assert_eq!(program.read("home/endstate/config.toml"), CUSTOMERS);
}

#[test]
fn a_link_is_followed_and_one_without_a_target_is_refused() {
    let program = Program::new();
    program.write("real.toml", CUSTOMERS);
    std::os::unix::fs::symlink("real.toml", program.path("link.toml")).unwrap();
    let set = |file: &str| program.run(&["config", "set", "source", "hunting", "--config", file]);
    assert_eq!(set("link.toml").code, Some(0));
    assert!(program.path("link.toml").is_symlink() && program.read("real.toml").contains("source = \"hunting\"\n"));
    std::os::unix::fs::symlink("gone.toml", program.path("dangling.toml")).unwrap();
    let ran = set("dangling.toml");
    assert!(ran.code == Some(1) && ran.stderr.contains("is a link to a file that does not exist"), "{}", ran.stderr);
}
