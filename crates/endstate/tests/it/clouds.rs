//! `endstate clouds`: lists every cloud with its hosts, and claims only what a document says.

use super::program::{Program, run, steady};

#[test]
fn every_cloud_and_region_is_listed_with_what_is_known_of_it() {
    let program = Program::new();
    let ran = program.run(&["clouds"]);
    assert_eq!(ran.code, Some(0));
    insta::assert_snapshot!(ran.stdout, @"
    CLOUD       REGION  SIGN-IN                            SERVICE ROOT                                                  SERVES THE COLLECTION
    commercial          https://login.microsoftonline.com  https://graph.microsoft.com/testwdatppreview                  documented
    gcc                 https://login.microsoftonline.com  https://api-gcc.securitycenter.microsoft.us/testwdatppreview  not known
    gcc-high            https://login.microsoftonline.us   https://api-gov.securitycenter.microsoft.us/testwdatppreview  not known
    dod                 https://login.microsoftonline.us   https://api-gov.securitycenter.microsoft.us/testwdatppreview  not known
    commercial  us      https://login.microsoftonline.com  https://us.api.security.microsoft.com/testwdatppreview        not known
    commercial  eu      https://login.microsoftonline.com  https://eu.api.security.microsoft.com/testwdatppreview        not known
    commercial  uk      https://login.microsoftonline.com  https://uk.api.security.microsoft.com/testwdatppreview        not known
    commercial  au      https://login.microsoftonline.com  https://au.api.security.microsoft.com/testwdatppreview        not known
    commercial  swa     https://login.microsoftonline.com  https://swa.api.security.microsoft.com/testwdatppreview       not known
    commercial  ina     https://login.microsoftonline.com  https://ina.api.security.microsoft.com/testwdatppreview       not known
    commercial  aea     https://login.microsoftonline.com  https://aea.api.security.microsoft.com/testwdatppreview       not known

    Not known: no document says so. A host without the collection answers 404, and the pull fails.
    For scopes, pinned hosts and the source of each row, run `endstate clouds --json`.
    ");

    let json: serde_json::Value = serde_json::from_str(&program.run(&["clouds", "--json"]).stdout).unwrap();
    let dod = json["clouds"].as_array().unwrap().iter().find(|row| row["cloud"] == "dod").unwrap();
    insta::assert_snapshot!(format!("{dod:#}"), @r#"
    {
      "cloud": "dod",
      "region": null,
      "authority": "https://login.microsoftonline.us",
      "service_root": "https://api-gov.securitycenter.microsoft.us/testwdatppreview",
      "scope": "https://api-gov.securitycenter.microsoft.us/.default",
      "also_pinned": [],
      "defender": {
        "root": "https://api-gov.securitycenter.microsoft.us/api",
        "scope": "https://api-gov.securitycenter.microsoft.us/.default",
        "also_pinned": []
      },
      "graph": {
        "root": "https://dod-graph.microsoft.us/v1.0",
        "scope": "https://dod-graph.microsoft.us/.default",
        "also_pinned": []
      },
      "portal": "https://security.apps.mil",
      "entra_portal": "https://entra.microsoft.us",
      "serves_the_collection": "not known",
      "source": "defender-docs, defender-endpoint/gov.md (5 January 2026), to which the collection's document points"
    }
    "#);
}

#[test]
fn a_cloud_fixes_authority_service_root_scope_and_hosts_together() {
    let program = Program::new();
    for (arguments, authority, root, scope) in [
        (
            &["--cloud", "gcc-high"][..],
            "https://login.microsoftonline.us",
            "https://api-gov.securitycenter.microsoft.us/testwdatppreview",
            "https://api-gov.securitycenter.microsoft.us/.default",
        ),
        (
            &["--region", "eu"],
            "https://login.microsoftonline.com",
            "https://eu.api.security.microsoft.com/testwdatppreview",
            "https://api.securitycenter.microsoft.com/.default",
        ),
        (
            // A custom service root gets a token of its own scope, never one for another service.
            &["--service-root", "https://defender.example/x"],
            "https://login.microsoftonline.com",
            "https://defender.example/x",
            "https://defender.example/.default",
        ),
    ] {
        let ran = program.run(&[&["config", "show", "--json"], arguments].concat());
        let shown: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
        let settings = shown["profiles"][0]["settings"].as_array().unwrap();
        let value = |name: &str| settings.iter().find(|setting| setting["setting"] == name).unwrap()["value"].clone();

        assert_eq!([value("authority"), value("service-root"), value("scope")], [authority, root, scope]);
    }

    let refused = program.run(&["pull", "--cloud", "dod", "--region", "eu"]);
    assert_eq!(refused.code, Some(1));
    insta::assert_snapshot!(refused.stderr, @"error: the region cannot be used: the dod cloud has no regional hosts; the commercial cloud has them");
    assert_eq!(program.run(&["pull", "--cloud", "goverment"]).code, Some(2));
}

#[test]
fn a_cloud_that_no_document_confirms_says_so_when_a_pull_fails() {
    // The proxy is a closed port on loopback: no connection succeeds or leaves this machine.
    let program = Program::new();
    let mut command = program.command(&["pull", "--cloud", "gcc", "--retries", "0"]);
    let ran = run(command.env("HTTPS_PROXY", "http://127.0.0.1:9"));
    assert_eq!(ran.code, Some(1));
    let _steady = steady().bind_to_scope();
    insta::assert_snapshot!(ran.stderr, @"
    error: no connection to https://api-gcc.securitycenter.microsoft.us/testwdatppreview/machinesecuritystates
      caused by: error sending request
      caused by: client error (Connect)
      caused by: tunnel error: failed to create underlying connection
      caused by: tcp connect error
      caused by: Connection refused (os error 111)
      correlation id: UUID
    hint: Check --service-root, DNS and the proxy (HTTPS_PROXY). If the proxy inspects TLS, set --ca-file.
    hint: No document says that gcc serves this collection; it is documented only for commercial (`endstate clouds`).
    ");
}
