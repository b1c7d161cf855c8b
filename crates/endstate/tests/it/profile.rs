//! `--profile`: names a source in a configuration file whose contents no output shows.

use super::program::{Program, run};
use super::server::FixedServer;

#[test]
fn a_profile_names_the_source_and_options_win_over_it() {
    let server = FixedServer::pages(&[r#"{"value":[]}"#]);
    let program = Program::new();
    std::fs::create_dir_all(program.path("home/endstate")).unwrap();
    program.write("home/endstate/token", "from-profile\n");
    let config =
        format!("[profile.contoso]\nservice-root = \"{}\"\ntoken-file = \"token\"\n\n[profile.other]\n", server.root);
    program.write("home/endstate/config.toml", &config);

    let run = |arguments: &[&str]| {
        let arguments = [&["pull", "--profile", "contoso"], arguments].concat();
        let ran =
            run(program.command(&arguments).env("XDG_CONFIG_HOME", program.path("home")).env("OTHER", "from-option"));
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        server.requests().last().unwrap().lines().find(|line| line.starts_with("authorization")).unwrap().to_owned()
    };
    assert_eq!(
        run(&[]),
        "authorization: Bearer from-profile",
        "a relative path starts at the folder of the configuration file"
    );
    assert_eq!(run(&["--config", "home/endstate/config.toml"]), "authorization: Bearer from-profile");
    assert_eq!(run(&["--token-env", "OTHER"]), "authorization: Bearer from-option");

    let other = FixedServer::pages(&[r#"{"value":[]}"#]);
    run(&["--service-root", &other.root]);
    assert_eq!(other.requests().len(), 1);
}

#[test]
fn an_unusable_profile_says_why_without_showing_the_file_contents() {
    let program = Program::new();
    let mut shown = Vec::new();
    let mut refused = |config: Option<&str>| {
        let name = "config.toml";
        match config {
            Some(text) => program.write(name, text),
            None => std::fs::remove_file(program.path(name)).unwrap(),
        }
        let ran = program.run(&["pull", "--profile", "contoso", "--config", name]);
        assert_eq!(ran.code, Some(1));
        assert!(!ran.stderr.contains("hidden"), "{}", ran.stderr);
        shown.push(ran.stderr);
    };

    refused(Some("[profile.other]\n[profile.third]\n"));
    refused(Some("[profile.contoso]\ntoken = \"hidden\"\n"));
    refused(Some("[profile.contoso]\ntoken-env = \"hidden\n"));
    refused(Some("[profile.contoso]\ntoken-env = \"A\"\ntoken-file = \"b\"\n"));
    refused(Some("profile = \"hidden\"\n"));
    refused(Some("[profile]\ncontoso = \"hidden\"\n"));
    refused(Some("[profile.contoso]\nca-file = [\"hidden\"]\n"));
    refused(None);

    insta::assert_snapshot!(shown.join("\n"), @r#"
    error: unknown profile 'contoso'; config.toml has other, third

    error: profile 'contoso' in config.toml cannot be used
      caused by: 'token' would put a secret into a file that is copied and shared; name its source instead: token-env, token-file or token-command

    error: config.toml is not a configuration file
      caused by: line 2: invalid basic string, expected `"`

    error: profile 'contoso' in config.toml sets both token-env and token-file; the token can have only one source

    error: config.toml is not a configuration file
      caused by: line 1: a setting has the wrong type

    error: config.toml is not a configuration file
      caused by: line 2: a setting has the wrong type

    error: profile 'contoso' in config.toml cannot be used
      caused by: 'ca-file' must be a string, a number, true or false

    error: cannot read config.toml; write one with `endstate init`, or name another with --config
      caused by: No such file or directory (os error 2)
    "#);

    assert_eq!(program.run(&["pull", "--profile", "contoso", "--demo"]).code, Some(2));
    program.write("config.toml", "[profile.other]\n");
    assert_eq!(program.run(&["pull", "--config", "config.toml"]).code, Some(2), "it has no default profile");
}
