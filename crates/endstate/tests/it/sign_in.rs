//! Every way to sign in over https, from the command line to the last device. Nothing that the
//! program shows or writes contains a secret.

use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};

use endstate_emulator::{DeviceCodeScript, Emulator, SignIn};

use super::program::{Program, Ran, TOKEN, run, steady};
use super::server::RunningEmulator;

/// An emulator with an identity service, and a program that finds both through environment
/// variables, among them those that Azure's tools share.
pub(crate) struct Tenant {
    pub(crate) emulator: RunningEmulator,
    pub(crate) program: Program,
}

impl Tenant {
    pub(crate) fn new(sign_in: SignIn) -> Self {
        let builder = Emulator::builder().devices(23).page_size(5).sign_in(sign_in);
        let (emulator, program) = (RunningEmulator::start(builder), Program::new());
        program.write("ca.pem", emulator.emulator.certificate_authority().unwrap());
        Self { emulator, program }
    }

    /// The command, without a credential.
    pub(crate) fn bare(&self, arguments: &[&str]) -> Command {
        let emulator = &self.emulator.emulator;
        let mut command = self.program.command(arguments);
        command.env_remove("ENDSTATE_TOKEN");
        command.env("PATH", "/bin:/usr/bin");
        command.env("ENDSTATE_SERVICE_ROOT", emulator.secure_service_root().unwrap());
        command.env("ENDSTATE_DEFENDER_ROOT", emulator.secure_defender_root().unwrap());
        command.env("ENDSTATE_GRAPH_ROOT", emulator.secure_graph_root().unwrap());
        command.env("ENDSTATE_CA_FILE", self.program.path("ca.pem"));
        command.env("AZURE_AUTHORITY_HOST", emulator.authority().unwrap());
        command
    }

    /// The command of the registered application, without its secret.
    pub(crate) fn app(&self, arguments: &[&str]) -> Command {
        let mut command = self.bare(arguments);
        command.env("AZURE_TENANT_ID", SignIn::TENANT).env("AZURE_CLIENT_ID", SignIn::CLIENT);
        command
    }

    /// Pulls everything, and returns the sign-in method that the log names.
    fn pull_all(&self, command: &mut Command) -> String {
        let ran = run(command);
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        assert_eq!(ran.stdout.lines().count(), 23);
        self.assert_no_secret(&ran);
        let line = ran.stderr.lines().find(|line| line.contains("signing in ")).unwrap();
        line.split_once("method=").unwrap().1.to_owned()
    }

    /// Checks that neither the output nor a written file contains a secret.
    pub(crate) fn assert_no_secret(&self, ran: &Ran) {
        let emulator = &self.emulator.emulator;
        let mut written = format!("{}{}", ran.stdout, ran.stderr);
        for name in self.program.files().iter().filter(|name| name.contains("json")) {
            written += &self.program.read(name);
        }
        let federated = emulator.federated_token().unwrap();
        let issued = ["eyJ", "emulated-device-code", "emulated-refresh-token", "hidden"];
        let secrets = [SignIn::DEFAULT_SECRET, TOKEN, testkit::CLIENT_KEY_PASSWORD, &federated];
        let endpoint_secrets = [emulator.machine_identity().unwrap().1, emulator.pipelines().unwrap().1];
        for secret in secrets.iter().chain(&issued).chain(&endpoint_secrets) {
            assert!(!written.contains(secret), "{secret} is in: {written}");
        }
    }

    /// Writes a command-line tool that records its arguments and then runs `script`. Returns a
    /// `PATH` that has the tool.
    pub(crate) fn tool(&self, name: &str, script: &str) -> String {
        let path = self.program.path(name);
        self.program.write(name, &format!("#!/bin/sh\necho \"$@\" >> {0}.calls\n{script}\n", path.display()));
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        format!("{}:/bin:/usr/bin", path.parent().unwrap().display())
    }
}

const PULL: &[&str] = &["pull", "-vvv", "--receipt", "receipt.json"];

#[test]
fn a_client_secret_is_taken_from_each_of_its_places() {
    let tenant = Tenant::new(SignIn::new());
    let program = &tenant.program;
    program.write("secret", SignIn::DEFAULT_SECRET);
    let automatic = "\"client-secret\" auth=\"auto\"";
    assert_eq!(tenant.pull_all(tenant.app(PULL).env("AZURE_CLIENT_SECRET", SignIn::DEFAULT_SECRET)), automatic);
    let with = |arguments: &[&'static str]| [PULL, arguments].concat();
    let named = with(&["--client-secret-env", "OTHER", "--auth", "client-secret"]);
    let explicit = "\"client-secret\" auth=\"client-secret\"";
    assert_eq!(tenant.pull_all(tenant.app(&named).env("OTHER", SignIn::DEFAULT_SECRET)), explicit);
    assert_eq!(tenant.pull_all(&mut tenant.app(&with(&["--client-secret-file", "secret"]))), automatic);
    assert_eq!(tenant.pull_all(&mut tenant.app(&with(&["--client-secret-command", "cat secret"]))), automatic);
    for (option, secret) in [("--client-secret-file", SignIn::DEFAULT_SECRET), ("--token-file", TOKEN)] {
        let mut command = tenant.app(&with(&[option, "-"]));
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(format!("{secret}\n").as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn a_certificate_signs_in_with_the_variables_that_azures_tools_share() {
    let tenant = Tenant::new(SignIn::new().certificate(testkit::CLIENT_CERTIFICATE));
    let automatic = "\"client-certificate\" auth=\"auto\"";
    for (name, bytes) in testkit::CLIENT_CERTIFICATE_FILES {
        let path = tenant.program.path(name);
        std::fs::write(&path, bytes).unwrap();
        let mut command = tenant.app(PULL);
        command.env("AZURE_CLIENT_CERTIFICATE_PATH", &path);
        if matches!(name, "client.pfx" | "client-encrypted.pem") {
            command.env("AZURE_CLIENT_CERTIFICATE_PASSWORD", testkit::CLIENT_KEY_PASSWORD);
        }
        assert_eq!(tenant.pull_all(command.env("AZURE_CLIENT_SEND_CERTIFICATE_CHAIN", "true")), automatic);
    }
    tenant.program.write("password", testkit::CLIENT_KEY_PASSWORD);
    let arguments = ["--certificate", "client.pfx", "--certificate-password-file", "password"];
    assert_eq!(tenant.pull_all(&mut tenant.app(&[PULL, &arguments].concat())), automatic);
}

#[test]
fn a_pod_a_pipeline_and_a_machine_sign_in_as_themselves() {
    let tenant = Tenant::new(SignIn::new());
    let emulator = &tenant.emulator.emulator;
    tenant.program.write("federated", &emulator.federated_token().unwrap());
    let mut pod = tenant.app(PULL);
    pod.env("AZURE_FEDERATED_TOKEN_FILE", tenant.program.path("federated"));
    assert_eq!(tenant.pull_all(&mut pod), "\"workload-identity\" auth=\"auto\"");

    let (endpoint, token) = emulator.pipelines().unwrap();
    let mut pipeline = tenant.bare(PULL);
    pipeline
        .env("AZURESUBSCRIPTION_TENANT_ID", SignIn::TENANT)
        .env("AZURESUBSCRIPTION_CLIENT_ID", SignIn::CLIENT)
        .env("AZURESUBSCRIPTION_SERVICE_CONNECTION_ID", "connection")
        .env("SYSTEM_OIDCREQUESTURI", endpoint)
        .env("SYSTEM_ACCESSTOKEN", token);
    assert_eq!(tenant.pull_all(&mut pipeline), "\"azure-pipelines\" auth=\"auto\"");

    let (endpoint, header) = emulator.machine_identity().unwrap();
    let managed_identity = |command: &mut Command| {
        tenant.pull_all(command.env("IDENTITY_ENDPOINT", &endpoint).env("IDENTITY_HEADER", header))
    };
    assert_eq!(
        managed_identity(&mut tenant.bare(PULL)),
        "\"managed-identity\" auth=\"auto\"",
        "the system-assigned identity"
    );
    assert_eq!(
        managed_identity(&mut tenant.app(PULL)),
        "\"managed-identity\" auth=\"auto\"",
        "a user-assigned identity"
    );
}

#[test]
fn a_signed_in_command_line_tool_is_called_once_per_pull() {
    let tenant = Tenant::new(SignIn::new());
    let path = tenant.tool("azd", &format!("echo '{{\"token\":\"{TOKEN}\",\"expiresOn\":\"2099-01-01T00:00:00Z\"}}'"));
    assert_eq!(tenant.pull_all(tenant.bare(PULL).env("PATH", &path)), "\"azure-developer-cli\" auth=\"auto\"");

    let path = tenant.tool(
        "az",
        &format!("echo '{{\"accessToken\":\"{TOKEN}\",\"expires_on\":4070908800,\"tokenType\":\"Bearer\"}}'"),
    );
    assert_eq!(
        tenant.pull_all(tenant.bare(PULL).env("PATH", &path)),
        "\"azure-cli\" auth=\"auto\"",
        "az comes before azd"
    );

    // The environment of Azure Cloud Shell, whose managed identity is not available this way.
    let mut cloud_shell = tenant.bare(PULL);
    cloud_shell.env("PATH", &path).env("MSI_ENDPOINT", "http://localhost:50342/oauth2/token");
    assert_eq!(tenant.pull_all(&mut cloud_shell), "\"azure-cli\" auth=\"auto\"");

    let mut with_tenant = tenant.bare(&[PULL, &["--auth", "azure-cli", "--tenant", "contoso.com"]].concat());
    tenant.pull_all(with_tenant.env("PATH", &path));

    let scope = format!("{}/.default", tenant.emulator.emulator.authority().unwrap());
    let calls = tenant.program.read("az.calls");
    let expected = format!("account get-access-token -o json --scope {scope}");
    assert_eq!(
        calls,
        format!("{expected}\n{expected}\n{expected} --tenant contoso.com\n"),
        "once per pull, however many pages"
    );
}

#[test]
fn auto_takes_the_first_that_is_configured_in_the_documented_order() {
    let tenant = Tenant::new(SignIn::new());
    let both = tenant.tool("azd", "exit 1");
    tenant.tool("az", "exit 1");

    let methods: [(&str, &[(&str, &str)]); 8] = [
        ("token", &[("ENDSTATE_TOKEN", "x")]),
        ("client-secret", &[("AZURE_CLIENT_SECRET", "x")]),
        ("client-certificate", &[("AZURE_CLIENT_CERTIFICATE_PATH", "x")]),
        ("workload-identity", &[("AZURE_FEDERATED_TOKEN_FILE", "x")]),
        (
            "azure-pipelines",
            &[
                ("AZURESUBSCRIPTION_SERVICE_CONNECTION_ID", "x"),
                ("SYSTEM_ACCESSTOKEN", "x"),
                ("SYSTEM_OIDCREQUESTURI", "https://x"),
            ],
        ),
        ("managed-identity", &[("IDENTITY_ENDPOINT", "https://x"), ("IDENTITY_HEADER", "x")]),
        ("azure-cli", &[]),
        ("azure-developer-cli", &[]),
    ];

    for (place, (name, _)) in methods.iter().enumerate() {
        if *name == "azure-developer-cli" {
            std::fs::remove_file(tenant.program.path("az")).unwrap();
        }

        let mut command = tenant.app(&["config", "show"]);
        command.envs(methods[place..].iter().flat_map(|(_, variables)| variables.iter().copied())).env("PATH", &both);
        let shown = run(&mut command).stdout;
        assert!(shown.contains(&format!("auto (uses {name}) ")), "{name}: {shown}");
    }
}

#[test]
fn a_person_types_in_a_code_and_declined_and_expired_are_told_apart() {
    let arguments = [PULL, &["--auth", "device-code"]].concat();
    let mut shown = Vec::new();

    for script in [
        DeviceCodeScript::Approved { after: 2 },
        DeviceCodeScript::Declined { after: 1 },
        DeviceCodeScript::Expired { after: 1 },
    ] {
        let tenant = Tenant::new(SignIn::new().device_code(script));
        let ran = run(&mut tenant.app(&arguments));
        tenant.assert_no_secret(&ran);
        let messages = ran.stderr.lines().filter(|line| !line.contains(" INFO ") && !line.contains(" DEBUG "));
        shown.push(format!("{:?}\n{}\n", ran.code, messages.collect::<Vec<_>>().join("\n")));
    }

    steady().bind(|| {
        insta::assert_snapshot!(shown.join("\n"), @"
        Some(0)
        To sign in, open https://HOST/devicelogin on any device and enter the code EMUL00000 (valid for 15 min)
        complete: all 23 devices (5 pages; matches the service's count)
          tenant UUID
          receipt in receipt.json

        Some(1)
        To sign in, open https://HOST/devicelogin on any device and enter the code EMUL00000 (valid for 15 min)
        error: could not get a token
          caused by: the sign-in with a device code failed: it was declined on the page where the code was typed in
          tenant UUID
        hint: Run the same command again to get a new code.
          receipt in receipt.json

        Some(1)
        To sign in, open https://HOST/devicelogin on any device and enter the code EMUL00000 (valid for 15 min)
        error: could not get a token
          caused by: the sign-in with a device code failed: the code expired before it was typed in
          tenant UUID
        hint: Run the same command again to get a new code.
          receipt in receipt.json
        ");
    });
}

#[test]
fn what_is_shown_of_settings_and_by_the_doctor_has_no_secret_either() {
    let tenant = Tenant::new(SignIn::new());
    for arguments in [&["doctor", "-vvv"][..], &["doctor", "--json"], &["config", "show"], &["triage", "-vvvv"]] {
        for secret in [SignIn::DEFAULT_SECRET, "hidden"] {
            let mut command = tenant.app(arguments);
            command.env("AZURE_CLIENT_SECRET", secret).env("AZURE_CLIENT_CERTIFICATE_PASSWORD", "hidden");
            tenant.assert_no_secret(&run(command.env("RUST_LOG", "trace")));
        }
    }
}

#[test]
fn a_brief_outage_of_the_identity_service_costs_retries_but_no_device() {
    let tenant = Tenant::new(SignIn::new().unavailable(2));
    let mut command = tenant.app(&[PULL, &["--retry-delay", "0.01"]].concat());
    tenant.pull_all(command.env("AZURE_CLIENT_SECRET", SignIn::DEFAULT_SECRET));
    let receipt: serde_json::Value = serde_json::from_str(&tenant.program.read("receipt.json")).unwrap();
    assert_eq!((&receipt["outcome"], &receipt["retries"]), (&"complete".into(), &2.into()));
}

#[test]
fn a_token_that_expires_during_a_pull_is_renewed_and_no_device_is_lost() {
    let tenant = Tenant::new(SignIn::new().token_calls(2));
    for ahead in ["0", "4"] {
        let mut command = tenant.app(&[PULL, &["--ahead", ahead]].concat());
        tenant.pull_all(command.env("AZURE_CLIENT_SECRET", SignIn::DEFAULT_SECRET));
        let receipt: serde_json::Value = serde_json::from_str(&tenant.program.read("receipt.json")).unwrap();
        assert_eq!((&receipt["outcome"], &receipt["devices"]), (&"complete".into(), &23.into()));
        // Five pages, two calls per token: the third and the fifth page each need a new token.
        assert_eq!(receipt["retries"], 2, "ahead {ahead}");
    }
}
