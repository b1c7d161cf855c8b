//! `endstate doctor`: prints a line for each requirement of a pull, and a remedy for each failure.

use std::fmt::Write as _;
use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use endstate_emulator::SignIn;

use super::program::{Program, Ran, run, steady};
use super::server::{FixedServer, ok};
use super::sign_in::Tenant;

fn doctor(command: &mut Command) -> Ran {
    run(command)
}

fn settings() -> insta::Settings {
    let mut settings = steady();
    settings.add_filter(r"valid for \d+ min", "valid for N min");
    settings.add_filter(r"in \d+\.\d s", "in N s");
    settings
}

#[test]
fn all_checks_pass_for_a_correct_setup() {
    let tenant = Tenant::new(SignIn::new());
    let with_secret = |arguments: &[&str]| {
        let mut command = tenant.app(arguments);
        doctor(command.env("AZURE_CLIENT_SECRET", SignIn::DEFAULT_SECRET))
    };
    let ran = with_secret(&["doctor"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), "All checks passed\n"));
    settings().bind(|| insta::assert_snapshot!(ran.stdout, @"
    ok    configuration    custom service root (cloud: commercial): https://HOST/testwdatppreview, sign-in: auto (uses client-secret)
    ok    clock            0 s off the clock of https://HOST
    ok    name resolution  https://HOST
    ok    TLS              https://HOST answered
    ok    sign-in          got a token (client secret, 0.0 s)
    ok    token            for https://HOST, tenant UUID; application permissions: Machine.Read.All, ThreatHunting.Read.All, Vulnerability.Read.All; valid for N min
    ok    one page         1 device of 23 (0.0 s)
    ok    limits           99 of 100 calls left this minute, of 1500 an hour; other clients of the app share these limits
    "));
    let json: serde_json::Value = serde_json::from_str(&with_secret(&["doctor", "--json"]).stdout).unwrap();
    assert_eq!(json["all_passed"], true);
    let checks = json["tenants"][0]["checks"].as_array().unwrap();
    let names: Vec<_> = checks.iter().map(|check| check["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["configuration", "clock", "name resolution", "TLS", "sign-in", "token", "one page", "limits"]);
}

#[test]
fn a_failed_check_shows_its_remedy_and_dependent_checks_are_skipped() {
    let tenant = Tenant::new(SignIn::new());
    let mut shown = String::new();
    let mut fails = |what: &str, command: &mut Command| {
        let ran = doctor(command);
        assert_eq!(ran.code, Some(1), "{what}: {}{}", ran.stdout, ran.stderr);
        let wrong = ran.stdout.lines().filter(|line| !line.starts_with("ok") && !line.starts_with("skip"));
        writeln!(shown, "{what}\n{}\n", wrong.collect::<Vec<_>>().join("\n")).unwrap();
    };

    let secret = "AZURE_CLIENT_SECRET";
    fails("configuration", &mut tenant.app(&["doctor", "--auth", "client-certificate"]));
    fails("region", &mut tenant.app(&["doctor", "--cloud", "dod", "--region", "eu"]));
    fails("TLS", tenant.app(&["doctor"]).env(secret, SignIn::DEFAULT_SECRET).env_remove("ENDSTATE_CA_FILE"));
    tenant.program.write("empty.pem", "nothing");
    fails("authority file", &mut tenant.app(&["doctor", "--ca-file", "empty.pem"]));
    fails("sign-in", tenant.app(&["doctor"]).env(secret, "hidden"));
    let scope = "https://api.securitycenter.microsoft.com/.default";
    fails("audience", tenant.app(&["doctor", "--scope", scope]).env(secret, SignIn::DEFAULT_SECRET));
    let root = format!("{}/nothing", tenant.emulator.emulator.authority().unwrap());
    let preview = ["doctor", "--source", "preview", "--service-root", &root];
    fails("path", tenant.app(&preview).env(secret, SignIn::DEFAULT_SECRET));
    fails("name", tenant.app(&["doctor", "--service-root", "https://no-such-host.invalid/x"]).env(secret, "hidden"));

    let shown = shown.lines().filter(|line| !line.contains("has no address")).collect::<Vec<_>>().join("\n");

    settings().bind(|| insta::assert_snapshot!(shown, @"
    configuration
    FAIL  configuration    --auth client-certificate cannot be used: a certificate is missing; set --certificate, AZURE_CLIENT_CERTIFICATE_PATH, or 'certificate' in a profile
                           `endstate config show` shows each setting and its source.

    region
    FAIL  configuration    the region cannot be used: the dod cloud has no regional hosts; the commercial cloud has them
                           `endstate config show` shows each setting and its source.

    TLS
    warn  clock            unknown: no host sent its time
                           The checks below show why.
    FAIL  TLS              no response from https://HOST: error sending request: client error (Connect): invalid peer certificate: UnknownIssuer
                           If a proxy inspects TLS, set --ca-file to its certificate authority. To see who signed the certificate: openssl s_client -connect HOST
    FAIL  sign-in          the sign-in with a client secret could not reach the identity service: no response from https://HOST: invalid peer certificate: UnknownIssuer
                           The message names what is missing or wrong. `endstate help sign-in` describes every sign-in.

    authority file
    FAIL  configuration    --ca-file: the certificate authority file has no usable PEM certificates: the file has no BEGIN CERTIFICATE section
                           `endstate config show` shows each setting and its source.

    sign-in
    FAIL  sign-in          the sign-in with a client secret was refused: AADSTS7000215: Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app 'UUID'.
                           Use the secret's value, not its ID. The value is shown only once, when the secret is created. To create a new one: https://entra.microsoft.com > App registrations > the app > Certificates & secrets.

    audience
    FAIL  one page         the service answered 401 Unauthorized to https://HOST/testwdatppreview/machinesecuritystates: InvalidAuthenticationToken: Access token validation failure. Invalid audience.
                           The token has expired, or is for another service. Get a new one whose audience is this service. `endstate doctor` shows the audience.

    path
    FAIL  one page         the service answered 404 Not Found to https://HOST/nothing/machinesecuritystates: ResourceNotFound: No resource was found at '/nothing/machinesecuritystates'.
                           Either the path is wrong (check --service-root), or the service has no devices and answers 404. --empty-on-404 accepts it as an empty collection. To check one of today's sources: `endstate doctor --source hunting`.

    name
    FAIL  name resolution  cannot resolve https://no-such-host.invalid: failed to lookup address information: Name or service not known
                           Check the name, the DNS servers and the proxy (HTTPS_PROXY): nslookup no-such-host.invalid
    FAIL  TLS              no response from https://no-such-host.invalid: error sending request: client error (Connect): dns error: error resolving DNS: failed to lookup address information: Name or service not known
                           Check the proxy (HTTPS_PROXY) and the firewall: port 443 must be open to that host.
    FAIL  sign-in          the sign-in with a client secret was refused: AADSTS500011: The resource principal named https://no-such-host.invalid was not found in the tenant named UUID. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant.
                           The tenant does not have the service that the token is for. Check --cloud and --scope, and that the tenant has Defender for Endpoint.
    "));
}

/// A token with these claims and no valid signature; no server of these tests verifies it.
fn token(claims: &str) -> String {
    format!("e30.{}.x", URL_SAFE_NO_PAD.encode(claims))
}

#[test]
fn claims_are_held_against_the_settings_and_an_opaque_token_is_no_failure() {
    let server = FixedServer::pages(&[r#"{"value":[]}"#]);
    let origin = server.root.trim_end_matches("/testwdatppreview");
    let program = Program::new();
    let mut shown = String::new();
    let tenant = "11111111-0000-4000-8000-000000000001";

    for (what, token, code) in [
        ("opaque", "opaque".to_owned(), 0),
        ("person", token(&format!(r#"{{"aud":"{origin}","scp":"User.Read","tid":"{tenant}","exp":4070908800}}"#)), 0),
        ("other tenant", token(&format!(r#"{{"aud":"{origin}","roles":["x"],"tid":"other"}}"#)), 1),
        ("no permissions", token(&format!(r#"{{"aud":"{origin}","appid":"app"}}"#)), 1),
        ("expired", token(&format!(r#"{{"aud":"{origin}","roles":["x"],"exp":1}}"#)), 1),
        ("other service", token(r#"{"aud":"https://graph.microsoft.com","roles":["x"]}"#), 1),
    ] {
        let mut command = program.command(&["doctor", "--service-root", &server.root, "--tenant", tenant]);
        let ran = doctor(command.env("ENDSTATE_TOKEN", token));
        assert_eq!(ran.code, Some(code), "{what}: {}", ran.stdout);
        let lines_from_token = ran.stdout.lines().skip_while(|line| !line.contains("  token "));
        let lines: Vec<_> = lines_from_token.take_while(|line| !line.contains("one page")).collect();
        writeln!(shown, "{what}\n{}", lines.join("\n")).unwrap();
    }

    settings().bind(|| insta::assert_snapshot!(shown, @"
    opaque
    warn  token            the token cannot be read here; tokens are opaque to a client, and only the service knows their content
                           Nothing to do if the page check below passes.
    person
    ok    token            for http://HOST, tenant UUID; delegated permissions: User.Read; valid for N min
    other tenant
    FAIL  token            the token is of the tenant other, not of UUID (tid)
                           Sign in to that tenant: az login --tenant, or another token.
    no permissions
    FAIL  token            the token has no permissions (neither roles nor scp)
                           Add the permission and grant consent: https://entra.microsoft.com/#view/Microsoft_AAD_RegisteredApps/ApplicationMenuBlade/~/CallAnAPI/appId/app
    expired
    FAIL  token            the token has expired (exp)
                           Get a new token. With an --auth other than token, endstate does that for you.
    other service
    FAIL  token            the token is for https://graph.microsoft.com, but this service requires http://HOST (aud)
                           Get a token with --scope http://HOST/.default, or check --cloud.
    "));
}

#[test]
fn doctor_warns_of_another_clouds_authority_and_an_undocumented_cloud() {
    let program = Program::new();
    // The proxy is a closed port on loopback, so nothing leaves this machine.
    let line = |arguments: &[&str], authority: &str| {
        let mut command = program.command(&[&["doctor"], arguments].concat());
        command.env("AZURE_AUTHORITY_HOST", authority).env("HTTPS_PROXY", "http://127.0.0.1:9");
        run(&mut command).stdout.lines().take(2).collect::<Vec<_>>().join("\n")
    };
    let government = line(&["--cloud", "gcc-high"], "https://login.microsoftonline.us");
    let mixed = line(&[], "https://login.microsoftonline.us");
    insta::assert_snapshot!(format!("{government}\n{mixed}"), @"
    warn  configuration    gcc-high: https://api-gov.securitycenter.microsoft.us/testwdatppreview, sign-in: auto (uses token)
                           No document says that gcc-high serves this collection; it is documented only for commercial (`endstate clouds`).
    warn  configuration    commercial: https://graph.microsoft.com/testwdatppreview, sign-in: auto (uses token); https://login.microsoftonline.us is not the identity service of commercial
                           A token of one cloud is not valid in another. Check --cloud, and AZURE_AUTHORITY_HOST.
    ");
}

#[test]
fn doctor_finds_a_wrong_clock_a_missing_permission_and_a_used_up_limit() {
    let old = FixedServer::start(|_| {
        let date = "Date: Mon, 05 Jan 2015 10:00:00 GMT\r\n".to_owned();
        let page = ("200 OK", date.clone(), r#"{"value":[]}"#.to_owned());
        let head = ("404 Not Found", date, String::new());
        [("/testwdatppreview/machinesecuritystates".to_owned(), page), ("/".to_owned(), head)].into()
    });

    let program = Program::new();
    let wrong_clock = program.run(&["doctor", "--service-root", &old.root]);
    assert_eq!(wrong_clock.code, Some(1));
    assert!(wrong_clock.stdout.contains("FAIL  clock"), "{}", wrong_clock.stdout);
    assert!(wrong_clock.stdout.contains("timedatectl set-ntp true"));

    let forbidden = FixedServer::start(|_| {
        let refusal = ("403 Forbidden", String::new(), r#"{"error":{"code":"Forbidden","message":"no"}}"#.to_owned());
        [("/testwdatppreview/machinesecuritystates".to_owned(), refusal), ("/".to_owned(), ok(""))].into()
    });
    let no_permission = program.run(&["doctor", "--service-root", &forbidden.root]);
    assert_eq!(no_permission.code, Some(1));
    let page = "https://entra.microsoft.com > App registrations > the app > API permissions";
    assert!(no_permission.stdout.contains(page), "{}", no_permission.stdout);

    let busy = FixedServer::start(|_| {
        let refusal = ("429 Too Many Requests", "Retry-After: 42\r\n".to_owned(), String::new());
        [("/testwdatppreview/machinesecuritystates".to_owned(), refusal), ("/".to_owned(), ok(""))].into()
    });
    let no_calls_left = program.run(&["doctor", "--service-root", &busy.root]);
    assert_eq!(no_calls_left.code, Some(1));
    let lines: Vec<_> = no_calls_left.stdout.lines().filter(|line| line.starts_with("FAIL")).collect();
    assert_eq!(lines.len(), 2, "{}", no_calls_left.stdout);
    assert_eq!(lines[1], "FAIL  limits           no calls left: the service requires a wait of 42 s");
    assert_eq!(busy.requests().len(), 2, "no request is repeated");
}

#[test]
fn each_source_has_its_own_page_permissions_and_limits() {
    let tenant = Tenant::new(SignIn::new());
    let mut shown = String::new();
    for source in ["hunting", "assessments"] {
        let ran =
            doctor(tenant.app(&["doctor", "--source", source]).env("AZURE_CLIENT_SECRET", SignIn::DEFAULT_SECRET));
        assert_eq!(ran.code, Some(0), "{}", ran.stdout);
        let lines = ran.stdout.lines().filter(|line| ["one page", "limits"].iter().any(|name| line.contains(name)));
        writeln!(shown, "{source}\n{}\n", lines.collect::<Vec<_>>().join("\n")).unwrap();
    }
    settings().bind(|| {
        insta::assert_snapshot!(shown, @"
    hunting
    ok    one page         hunting knows 22 devices (0.0 s)
    ok    limits           44 of 45 calls left this minute, of 1500 an hour; other clients of the app share these limits

    assessments
    ok    one page         machines, deviceavinfo, machines/SecureConfigurationsAssessmentByMachine answered (0.0 s)
    ok    limits           27 of 30 calls left this minute, of 1000 an hour; other clients of the app share these limits
    ");
    });
}

#[test]
fn without_the_documented_collection_the_source_that_a_pull_takes_is_checked() {
    let tenant = Tenant::new(SignIn::new());
    let root = format!("{}x", tenant.emulator.emulator.secure_service_root().unwrap());
    let ran =
        doctor(tenant.app(&["doctor", "--service-root", &root]).env("AZURE_CLIENT_SECRET", SignIn::DEFAULT_SECRET));
    assert_eq!(ran.code, Some(0), "{}", ran.stdout);
    settings().bind(|| insta::assert_snapshot!(ran.stdout, @"
    ok    configuration    --source hunting, because the service does not have the documented collection; custom service root (cloud: commercial): https://HOST/v1.0, sign-in: auto (uses client-secret)
    ok    clock            0 s off the clock of https://HOST
    ok    name resolution  https://HOST
    ok    TLS              https://HOST answered
    ok    sign-in          got a token (client secret, 0.0 s)
    ok    token            for https://HOST, tenant UUID; application permissions: Machine.Read.All, ThreatHunting.Read.All, Vulnerability.Read.All; valid for N min
    ok    one page         hunting knows 22 devices (0.0 s)
    ok    limits           44 of 45 calls left this minute, of 1500 an hour; other clients of the app share these limits
    "));
}

#[test]
fn a_permission_that_the_source_needs_and_the_token_lacks_is_named() {
    let tenant = Tenant::new(SignIn::new().permissions(["Machine.ReadWrite.All"]));
    let mut shown = String::new();
    for source in ["hunting", "assessments"] {
        let ran =
            doctor(tenant.app(&["doctor", "--source", source]).env("AZURE_CLIENT_SECRET", SignIn::DEFAULT_SECRET));
        assert_eq!(ran.code, Some(1), "{}", ran.stdout);
        let failed = ran.stdout.lines().skip_while(|line| !line.starts_with("FAIL")).take(2);
        writeln!(shown, "{source}\n{}\n", failed.collect::<Vec<_>>().join("\n")).unwrap();
    }
    settings().bind(|| insta::assert_snapshot!(shown, @"
    hunting
    FAIL  token            the token lacks application permissions that --source hunting needs: ThreatHunting.Read.All
                           Add a permission > Microsoft Graph > Application permissions > ThreatHunting.Read.All, then grant admin consent: https://entra.microsoft.com/#view/Microsoft_AAD_RegisteredApps/ApplicationMenuBlade/~/CallAnAPI/appId/UUID

    assessments
    FAIL  token            the token lacks application permissions that --source assessments needs: Vulnerability.Read.All
                           Add a permission > WindowsDefenderATP > Application permissions > Vulnerability.Read.All, then grant admin consent: https://entra.microsoft.com/#view/Microsoft_AAD_RegisteredApps/ApplicationMenuBlade/~/CallAnAPI/appId/UUID
    "));
}
