//! Every way to sign in, from the command line to the last device, over https; and no secret in anything that is shown or written.

use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};

use endstate_emulator::{DeviceCodeScript, Emulator, SignIn};

use super::program::{Program, Ran, TOKEN, ran, steady};
use super::server::RunningEmulator;

/// An emulator with an identity service, and a program that is told of both by the variables that Azure's tools share.
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

    /// The command, with nothing to sign in with.
    pub(crate) fn bare(&self, arguments: &[&str]) -> Command {
        let emulator = &self.emulator.emulator;
        let mut command = self.program.command(arguments);
        command.env_remove("ENDSTATE_TOKEN");
        command.env("PATH", "/bin:/usr/bin");
        command.env("ENDSTATE_SERVICE_ROOT", emulator.secure_service_root().unwrap());
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

    /// Pulls everything, as talkative as can be; what the log says was taken.
    fn pulls(&self, command: &mut Command) -> String {
        let ran = ran(command);
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        assert_eq!(ran.stdout.lines().count(), 23);
        self.shows_no_secret(&ran);
        let line = ran.stderr.lines().find(|line| line.contains("signing in ")).unwrap();
        line.split_once("method=").unwrap().1.to_owned()
    }

    /// Neither what was printed nor what was written has a secret in it.
    fn shows_no_secret(&self, ran: &Ran) {
        let emulator = &self.emulator.emulator;
        let mut written = format!("{}{}", ran.stdout, ran.stderr);
        for name in self.program.files().iter().filter(|name| name.contains("json")) {
            written += &self.program.read(name);
        }
        let federated = emulator.federated_token().unwrap();
        let given_out = ["eyJ", "emulated-device-code", "emulated-refresh-token", "hidden"];
        let secrets = [SignIn::DEFAULT_SECRET, TOKEN, testkit::CLIENT_KEY_PASSWORD, &federated];
        let machine = [emulator.machine_identity().unwrap().1, emulator.pipelines().unwrap().1];
        for secret in secrets.iter().chain(&given_out).chain(&machine) {
            assert!(!written.contains(secret), "{secret} is in: {written}");
        }
    }

    /// A command line tool on the path that answers this and notes what it was asked.
    fn tool(&self, name: &str, answer: &str) -> String {
        let path = self.program.path(name);
        self.program.write(name, &format!("#!/bin/sh\necho \"$@\" >> {0}.asked\n{answer}\n", path.display()));
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
    assert_eq!(tenant.pulls(tenant.app(PULL).env("AZURE_CLIENT_SECRET", SignIn::DEFAULT_SECRET)), automatic);
    let with = |arguments: &[&'static str]| [PULL, arguments].concat();
    let named = with(&["--client-secret-env", "OTHER", "--auth", "client-secret"]);
    let asked = "\"client-secret\" auth=\"client-secret\"";
    assert_eq!(tenant.pulls(tenant.app(&named).env("OTHER", SignIn::DEFAULT_SECRET)), asked);
    assert_eq!(tenant.pulls(&mut tenant.app(&with(&["--client-secret-file", "secret"]))), automatic);
    assert_eq!(tenant.pulls(&mut tenant.app(&with(&["--client-secret-command", "cat secret"]))), automatic);
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
        assert_eq!(tenant.pulls(command.env("AZURE_CLIENT_SEND_CERTIFICATE_CHAIN", "true")), automatic);
    }
    tenant.program.write("password", testkit::CLIENT_KEY_PASSWORD);
    let arguments = ["--certificate", "client.pfx", "--certificate-password-file", "password"];
    assert_eq!(tenant.pulls(&mut tenant.app(&[PULL, &arguments].concat())), automatic);
}

#[test]
fn a_pod_a_pipeline_and_a_machine_sign_in_as_themselves() {
    let tenant = Tenant::new(SignIn::new());
    let emulator = &tenant.emulator.emulator;
    tenant.program.write("federated", &emulator.federated_token().unwrap());
    let mut pod = tenant.app(PULL);
    pod.env("AZURE_FEDERATED_TOKEN_FILE", tenant.program.path("federated"));
    assert_eq!(tenant.pulls(&mut pod), "\"workload-identity\" auth=\"auto\"");

    let (endpoint, token) = emulator.pipelines().unwrap();
    let mut pipeline = tenant.bare(PULL);
    pipeline
        .env("AZURESUBSCRIPTION_TENANT_ID", SignIn::TENANT)
        .env("AZURESUBSCRIPTION_CLIENT_ID", SignIn::CLIENT)
        .env("AZURESUBSCRIPTION_SERVICE_CONNECTION_ID", "connection")
        .env("SYSTEM_OIDCREQUESTURI", endpoint)
        .env("SYSTEM_ACCESSTOKEN", token);
    assert_eq!(tenant.pulls(&mut pipeline), "\"azure-pipelines\" auth=\"auto\"");

    let (endpoint, header) = emulator.machine_identity().unwrap();
    let machine = |command: &mut Command| {
        tenant.pulls(command.env("IDENTITY_ENDPOINT", &endpoint).env("IDENTITY_HEADER", header))
    };
    assert_eq!(machine(&mut tenant.bare(PULL)), "\"managed-identity\" auth=\"auto\"", "that of the system");
    assert_eq!(machine(&mut tenant.app(PULL)), "\"managed-identity\" auth=\"auto\"", "an assigned one");
}

#[test]
fn whoever_is_signed_in_to_a_command_line_tool_is_taken_and_asked_for_once() {
    let tenant = Tenant::new(SignIn::new());
    let path = tenant.tool("azd", &format!("echo '{{\"token\":\"{TOKEN}\",\"expiresOn\":\"2099-01-01T00:00:00Z\"}}'"));
    assert_eq!(tenant.pulls(tenant.bare(PULL).env("PATH", &path)), "\"azure-developer-cli\" auth=\"auto\"");
    let path = tenant.tool(
        "az",
        &format!("echo '{{\"accessToken\":\"{TOKEN}\",\"expires_on\":4070908800,\"tokenType\":\"Bearer\"}}'"),
    );
    assert_eq!(
        tenant.pulls(tenant.bare(PULL).env("PATH", &path)),
        "\"azure-cli\" auth=\"auto\"",
        "it comes before azd"
    );
    // As Azure's Cloud Shell is, whose own identity is not to be had this way.
    let mut cloud_shell = tenant.bare(PULL);
    cloud_shell.env("PATH", &path).env("MSI_ENDPOINT", "http://localhost:50342/oauth2/token");
    assert_eq!(tenant.pulls(&mut cloud_shell), "\"azure-cli\" auth=\"auto\"");
    let mut of_tenant = tenant.bare(&[PULL, &["--auth", "azure-cli", "--tenant", "contoso.com"]].concat());
    tenant.pulls(of_tenant.env("PATH", &path));
    let scope = format!("{}/.default", tenant.emulator.emulator.authority().unwrap());
    let asked = tenant.program.read("az.asked");
    let expected = format!("account get-access-token -o json --scope {scope}");
    assert_eq!(
        asked,
        format!("{expected}\n{expected}\n{expected} --tenant contoso.com\n"),
        "once a pull, however many pages"
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
        let shown = ran(&mut command).stdout;
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
        let ran = ran(&mut tenant.app(&arguments));
        tenant.shows_no_secret(&ran);
        let talk = ran.stderr.lines().filter(|line| !line.contains(" INFO ") && !line.contains(" DEBUG "));
        shown.push(format!("{:?}\n{}\n", ran.code, talk.collect::<Vec<_>>().join("\n")));
    }
    steady().bind(|| {
        insta::assert_snapshot!(shown.join("\n"), @"
        Some(0)
        To sign in, open https://HOST/devicelogin on any device and enter the code EMUL00000 (valid for 15 min)
        complete: all 23 devices (5 pages; matches the service's count)
          receipt in receipt.json

        Some(1)
        To sign in, open https://HOST/devicelogin on any device and enter the code EMUL00000 (valid for 15 min)
        error: could not get a token
          caused by: the sign-in with a device code failed: it was declined on the page where the code was typed in
        hint: Run the same command again to get a new code.
          receipt in receipt.json

        Some(1)
        To sign in, open https://HOST/devicelogin on any device and enter the code EMUL00000 (valid for 15 min)
        error: could not get a token
          caused by: the sign-in with a device code failed: the code expired before it was typed in
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
            tenant.shows_no_secret(&ran(command.env("RUST_LOG", "trace")));
        }
    }
}

#[test]
fn an_identity_service_that_is_not_well_for_a_moment_costs_a_retry_and_no_device() {
    let tenant = Tenant::new(SignIn::new().unwell(2));
    let mut command = tenant.app(&[PULL, &["--retry-delay", "0.01"]].concat());
    tenant.pulls(command.env("AZURE_CLIENT_SECRET", SignIn::DEFAULT_SECRET));
    let receipt: serde_json::Value = serde_json::from_str(&tenant.program.read("receipt.json")).unwrap();
    assert_eq!((&receipt["outcome"], &receipt["retries"]), (&"complete".into(), &2.into()));
}

#[test]
fn a_token_that_ends_in_the_middle_of_a_pull_is_renewed_and_no_device_is_lost() {
    let tenant = Tenant::new(SignIn::new().token_calls(2));
    for ahead in ["0", "4"] {
        let mut command = tenant.app(&[PULL, &["--ahead", ahead]].concat());
        tenant.pulls(command.env("AZURE_CLIENT_SECRET", SignIn::DEFAULT_SECRET));
        let receipt: serde_json::Value = serde_json::from_str(&tenant.program.read("receipt.json")).unwrap();
        assert_eq!((&receipt["outcome"], &receipt["devices"]), (&"complete".into(), &23.into()));
        // Five pages, two calls a token: the third and the fifth page need a new one each.
        assert_eq!(receipt["retries"], 2, "ahead {ahead}");
    }
    // A token of one's own cannot be renewed: what was read is kept, and marked.
    let ran = tenant.program.run(&["pull", "--service-root", &tenant.emulator.root(), "--max-pages", "1"]);
    assert_eq!(ran.code, Some(4));
}

#[test]
fn what_is_wrong_with_a_sign_in_is_said_in_the_words_of_the_identity_service_with_the_next_step() {
    let tenant = Tenant::new(SignIn::new());
    let mut shown = Vec::new();
    let mut fails = |what: &str, command: &mut Command| {
        let ran = ran(command);
        assert_eq!(ran.code, Some(1), "{what}: {}", ran.stderr);
        tenant.shows_no_secret(&ran);
        shown.push(format!("{what}\n{}", ran.stderr));
    };
    let secret = "AZURE_CLIENT_SECRET";
    fails("wrong secret", tenant.app(&["pull"]).env(secret, "hidden"));
    fails("wrong tenant", tenant.app(&["pull", "--tenant", "contoso.com"]).env(secret, SignIn::DEFAULT_SECRET));
    fails("wrong client", tenant.app(&["pull", "--client", "other"]).env(secret, SignIn::DEFAULT_SECRET));
    let with_scope = |scope: &str| {
        let mut command = tenant.app(&["pull", "--scope", scope]);
        command.env(secret, SignIn::DEFAULT_SECRET);
        command
    };
    fails("wrong audience", &mut with_scope("https://api.securitycenter.microsoft.com/.default"));
    fails("no such service", &mut with_scope("https://nothing.invalid/.default"));
    fails("not a default scope", &mut with_scope("https://graph.microsoft.com/User.Read"));
    fails("no secret", &mut tenant.app(&["pull", "--auth", "client-secret"]));
    fails("a secret for a name", tenant.app(&["pull", "--client-secret-env", "hidden~secret"]).env(secret, "hidden"));
    fails("no tenant", tenant.bare(&["pull", "--auth", "client-secret"]).env(secret, "hidden"));
    fails("every tenant", tenant.app(&["pull", "--tenant", "common"]).env(secret, "hidden"));
    fails("nothing at all", &mut tenant.bare(&["pull"]));
    fails("no az", &mut tenant.bare(&["pull", "--auth", "azure-cli"]));
    let path = tenant.tool("az", "echo \"ERROR: Please run 'az login' to setup account.\" >&2; exit 1");
    fails("nobody in az", tenant.bare(&["pull", "--auth", "azure-cli"]).env("PATH", path));
    fails("untrusted", tenant.app(&["pull", "--retries", "0"]).env(secret, "hidden").env_remove("ENDSTATE_CA_FILE"));
    steady().bind(|| insta::assert_snapshot!(shown.join("\n"), @"
    wrong secret
    error: could not get a token
      caused by: the sign-in with a client secret was refused
      the identity service says: AADSTS7000215: Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app 'UUID'.
    hint: Use the secret's value, not its ID. The value is shown only once, when the secret is created. To create a new one: https://entra.microsoft.com > App registrations > the app > Certificates & secrets.

    wrong tenant
    error: could not get a token
      caused by: the sign-in with a client secret was refused
      the identity service says: AADSTS90002: Tenant 'contoso.com' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud.
    hint: Check --tenant and --cloud: that cloud has no such tenant.

    wrong client
    error: could not get a token
      caused by: the sign-in with a client secret was refused
      the identity service says: AADSTS700016: Application with identifier 'other' was not found in the directory 'UUID'.
    hint: Check --client (the application ID) and --tenant: the app is not in that tenant, or has no consent there.

    wrong audience
    page 1, attempt 1: the service answered 401 Unauthorized to https://HOST/testwdatppreview/machinesecuritystates; retrying in N s
    error: the service answered 401 Unauthorized to https://HOST/testwdatppreview/machinesecuritystates
      the service says: InvalidAuthenticationToken: Access token validation failure. Invalid audience.
      correlation id: UUID
    hint: The token has expired, or is for another service. Get a new one whose audience is this service. `endstate doctor` shows the audience.

    no such service
    error: could not get a token
      caused by: the sign-in with a client secret was refused
      the identity service says: AADSTS500011: The resource principal named https://nothing.invalid was not found in the tenant named UUID. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant.
    hint: The tenant does not have the service that the token is for. Check --cloud and --scope, and that the tenant has Defender for Endpoint.

    not a default scope
    error: could not get a token
      caused by: the sign-in with a client secret was refused
      the identity service says: AADSTS1002012: The provided value for scope https://graph.microsoft.com/User.Read is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier (application ID URI).
    hint: Check --scope: the scope of an application ends with /.default.

    no secret
    error: could not get a token
      caused by: the environment variable AZURE_CLIENT_SECRET is not set
    hint: `endstate config show` with the same options shows each setting and its source.

    a secret for a name
    error: --auth client-secret cannot be used
      caused by: a setting that ends in -env must be the name of an environment variable, not its value

    no tenant
    error: --auth client-secret cannot be used
      caused by: a tenant is missing; set --tenant, AZURE_TENANT_ID, or 'tenant' in a profile

    every tenant
    error: --auth client-secret cannot be used
      caused by: 'common' is not one tenant; set --tenant to a tenant's GUID or domain

    nothing at all
    error: could not get a token
      caused by: the environment variable ENDSTATE_TOKEN is not set
    hint: Set ENDSTATE_TOKEN, or choose a sign-in with --auth or --profile. Without a tenant, try --demo.

    no az
    error: could not get a token
      caused by: the sign-in with the Azure CLI failed: az not found on PATH
    hint: `endstate doctor` with the same options shows which step fails.

    nobody in az
    error: could not get a token
      caused by: the sign-in with the Azure CLI failed: ERROR: Please run 'az login' to setup account.
    hint: `endstate doctor` with the same options shows which step fails.

    untrusted
    error: could not get a token
      caused by: the sign-in with a client secret could not reach the identity service: no response from https://HOST
      caused by: invalid peer certificate: UnknownIssuer
    hint: Check --authority, DNS and the proxy (HTTPS_PROXY). If the proxy inspects TLS, set --ca-file.
    "));
}
