//! Sign-ins that fail: what the identity service says, and what to do next.

use std::process::Command;

use endstate_emulator::SignIn;

use super::program::{run, steady};
use super::sign_in::Tenant;

#[test]
fn a_failed_sign_in_shows_the_service_message_and_the_next_step() {
    let tenant = Tenant::new(SignIn::new());
    let mut shown = Vec::new();
    let mut fails = |what: &str, command: &mut Command| {
        let ran = run(command);
        assert_eq!(ran.code, Some(1), "{what}: {}", ran.stderr);
        tenant.assert_no_secret(&ran);
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
    fails("nothing at all", &mut tenant.bare(&["pull"]));
    fails("no az", &mut tenant.bare(&["pull", "--auth", "azure-cli"]));

    let path = tenant.tool("az", "echo \"ERROR: Please run 'az login' to setup account.\" >&2; exit 1");
    fails("not signed in to az", tenant.bare(&["pull", "--auth", "azure-cli"]).env("PATH", path));
    fails("untrusted", tenant.app(&["pull", "--retries", "0"]).env(secret, "hidden").env_remove("ENDSTATE_CA_FILE"));

    steady().bind(|| insta::assert_snapshot!(shown.join("\n"), @"
    wrong secret
    error: could not get a token
      caused by: the sign-in with a client secret was refused
      the identity service says: AADSTS7000215: Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app 'UUID'.
      tenant UUID
    hint: Use the secret's value, not its ID. The value is shown only once, when the secret is created. To create a new one: https://entra.microsoft.com > App registrations > the app > Certificates & secrets.

    wrong tenant
    error: could not get a token
      caused by: the sign-in with a client secret was refused
      the identity service says: AADSTS90002: Tenant 'contoso.com' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud.
      tenant contoso.com
    hint: Check --tenant and --cloud: that cloud has no such tenant.

    wrong client
    error: could not get a token
      caused by: the sign-in with a client secret was refused
      the identity service says: AADSTS700016: Application with identifier 'other' was not found in the directory 'UUID'.
      tenant UUID
    hint: Check --client (the application ID) and --tenant: the app is not in that tenant, or has no consent there.

    wrong audience
    page 1, attempt 1: the service answered 401 Unauthorized to https://HOST/testwdatppreview/machinesecuritystates; retrying in N s
    error: the service answered 401 Unauthorized to https://HOST/testwdatppreview/machinesecuritystates
      the service says: InvalidAuthenticationToken: Access token validation failure. Invalid audience.
      correlation id: UUID
      tenant UUID
    hint: The token has expired, or is for another service. Get a new one whose audience is this service. `endstate doctor` shows the audience.

    no such service
    error: could not get a token
      caused by: the sign-in with a client secret was refused
      the identity service says: AADSTS500011: The resource principal named https://nothing.invalid was not found in the tenant named UUID. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant.
      tenant UUID
    hint: The tenant does not have the service that the token is for. Check --cloud and --scope, and that the tenant has Defender for Endpoint.

    not a default scope
    error: could not get a token
      caused by: the sign-in with a client secret was refused
      the identity service says: AADSTS1002012: The provided value for scope https://graph.microsoft.com/User.Read is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier (application ID URI).
      tenant UUID
    hint: Check --scope: the scope of an application ends with /.default.

    no secret
    error: could not get a token
      caused by: the environment variable AZURE_CLIENT_SECRET is not set
      tenant UUID
    hint: `endstate config show` with the same options shows each setting and its source.

    a secret for a name
    error: --auth client-secret cannot be used
      caused by: a setting that ends in -env must be the name of an environment variable, not its value

    nothing at all
    error: not signed in: no sign-in is configured
    hint: With the Azure CLI: install it, run `az login`, and then the same command again.
    hint: With an app registration: run `endstate init`, which asks what it needs and writes a profile. A token in ENDSTATE_TOKEN works, too. `endstate help sign-in` describes every way.
    hint: Without a tenant: add --demo.

    no az
    error: could not get a token
      caused by: the sign-in with the Azure CLI failed: az not found on PATH
    hint: Install the Azure CLI, add `az` to the PATH and run `az login`, or choose another sign-in with --auth.

    not signed in to az
    error: could not get a token
      caused by: the sign-in with the Azure CLI failed: ERROR: Please run 'az login' to setup account.
    hint: Install the Azure CLI, add `az` to the PATH and run `az login`, or choose another sign-in with --auth.

    untrusted
    error: could not get a token
      caused by: the sign-in with a client secret could not reach the identity service: no response from https://HOST
      caused by: invalid peer certificate: UnknownIssuer
      tenant UUID
    hint: Check --authority, DNS and the proxy (HTTPS_PROXY). If the proxy inspects TLS, set --ca-file.
    "));
}

#[test]
fn a_tenant_that_is_missing_or_no_single_one_is_wrong_usage() {
    let tenant = Tenant::new(SignIn::new());
    let missing = run(&mut tenant.bare(&["pull", "--auth", "client-secret"]));
    let every = run(&mut tenant.app(&["pull", "--auth", "client-secret", "--tenant", "common"]));
    assert_eq!((missing.code, every.code), (Some(2), Some(2)));
    insta::assert_snapshot!(format!("{}{}", missing.stderr, every.stderr), @"
    error: --auth client-secret cannot be used
      caused by: a tenant is missing; set --tenant, AZURE_TENANT_ID, or 'tenant' in a profile
    error: --auth client-secret cannot be used
      caused by: 'common' is not one tenant; set --tenant to a tenant's GUID or domain
    ");
}
