//! Tests of the identity service as a client sees it: over https, with the errors of Microsoft
//! Entra.

use std::time::Duration;

use endstate_emulator::{DeviceCodeScript, Emulator, SignIn};
use reqwest::{Certificate, Client, Response};
use serde_json::Value;

/// An emulator with its identity service, and a client that trusts it.
struct Tenant {
    emulator: Emulator,
    client: Client,
}

impl Tenant {
    async fn new(sign_in: SignIn) -> Self {
        let emulator = Emulator::builder().devices(3).page_size(1).sign_in(sign_in).start().await.unwrap();
        let authority = Certificate::from_pem(emulator.certificate_authority().unwrap().as_bytes()).unwrap();
        let client = Client::builder().no_proxy().tls_certs_merge([authority]).build().unwrap();
        Self { emulator, client }
    }

    async fn post(&self, tenant: &str, endpoint: &str, form: &[(&str, &str)]) -> (u16, Value) {
        let url = format!("{}/{tenant}/oauth2/v2.0/{endpoint}", self.emulator.authority().unwrap());
        let form: Vec<_> = form.iter().map(|(name, value)| format!("{name}={}", value.replace(' ', "+"))).collect();
        let request = self.client.post(url).header("content-type", "application/x-www-form-urlencoded");
        let response = request.body(form.join("&")).send().await.unwrap();
        (response.status().as_u16(), serde_json::from_str(&response.text().await.unwrap()).unwrap())
    }

    /// Returns the response to a client secret, with one field of the form replaced by `value`.
    async fn with(&self, field: &str, value: &str) -> (u16, Value) {
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", SignIn::CLIENT),
            ("client_secret", SignIn::DEFAULT_SECRET),
            ("scope", "https://graph.microsoft.com/.default"),
        ];
        let tenant = if field == "tenant" { value } else { SignIn::TENANT };
        let form = form.map(|(name, usual)| (name, if name == field { value } else { usual }));
        self.post(tenant, "token", &form).await
    }

    async fn token(&self, scope: &str) -> String {
        self.with("scope", scope).await.1["access_token"].as_str().unwrap().to_owned()
    }

    async fn page(&self, root: &str, token: &str) -> Response {
        self.client.get(format!("{root}/machinesecuritystates")).bearer_auth(token).send().await.unwrap()
    }
}

#[tokio::test]
async fn a_token_is_valid_over_both_schemes_and_links_keep_their_scheme() {
    let tenant = Tenant::new(SignIn::new()).await;
    let (status, answer) = tenant.with("", "").await;
    assert_eq!((status, &answer["token_type"], &answer["expires_in"]), (200, &"Bearer".into(), &3600.into()));
    let token = answer["access_token"].as_str().unwrap();
    let secure = tenant.emulator.secure_service_root().unwrap();
    for root in [tenant.emulator.service_root(), secure] {
        let page: Value = serde_json::from_str(&tenant.page(&root, token).await.text().await.unwrap()).unwrap();
        assert!(page["@odata.nextLink"].as_str().unwrap().starts_with(&root), "{page}");
    }
}

#[tokio::test]
async fn each_api_accepts_tokens_for_its_own_resource_only() {
    let tenant = Tenant::new(SignIn::new()).await;
    let emulator = &tenant.emulator;
    let machines = format!("{}/machines", emulator.secure_defender_root().unwrap());
    let hunting = format!("{}/security/runHuntingQuery", emulator.secure_graph_root().unwrap());
    let states = format!("{}/machinesecuritystates", emulator.secure_service_root().unwrap());
    let origin = emulator.authority().unwrap();

    // Hunting refuses the empty query with 400 once it has accepted the token.
    for (resource, expected) in
        [(SignIn::DEFENDER, [200, 401, 401]), (SignIn::GRAPH, [401, 400, 200]), (origin, [200, 400, 200])]
    {
        let token = tenant.token(&format!("{resource}/.default")).await;
        let [machines, states] = [&machines, &states].map(|url| tenant.client.get(url));
        let hunting = tenant.client.post(&hunting).body("{}");
        let mut statuses = Vec::new();
        for request in [machines, hunting, states] {
            statuses.push(request.bearer_auth(&token).send().await.unwrap().status().as_u16());
        }
        assert_eq!(statuses, expected, "a token for {resource}");
    }
}

#[tokio::test]
async fn refusals_have_the_status_the_error_and_the_code_of_the_real_one() {
    let tenant = Tenant::new(SignIn::new()).await;
    for (field, value, status, error, code) in [
        ("client_secret", "wrong", 401, "invalid_client", 7_000_215),
        ("tenant", "contoso.com", 400, "invalid_request", 90002),
        ("client_id", "other", 400, "unauthorized_client", 700_016),
        ("scope", "https://nothing/.default", 400, "invalid_resource", 500_011),
        ("scope", "https://graph.microsoft.com/User.Read", 400, "invalid_scope", 1_002_012),
        ("grant_type", "password", 400, "unsupported_grant_type", 70003),
    ] {
        let (answered, body) = tenant.with(field, value).await;
        assert_eq!((answered, &body["error"]), (status, &error.into()), "{field} {value}");
        assert_eq!(body["error_codes"], serde_json::json!([code]));
        let description = body["error_description"].as_str().unwrap();
        assert!(description.starts_with(&format!("AADSTS{code}: ")), "{description}");
        // The real descriptions have line breaks, too. A client that cannot parse them in JSON
        // fails here.
        assert!(description.contains("\r\nTrace ID: "), "{description}");
        assert!(!description.contains("wrong"));
    }

    let nothing = [
        ("grant_type", "client_credentials"),
        ("client_id", SignIn::CLIENT),
        ("scope", "https://graph.microsoft.com/.default"),
    ];
    assert_eq!(tenant.post(SignIn::TENANT, "token", &nothing).await.1["error_codes"][0], 7_000_216);
}

#[tokio::test]
async fn expired_and_used_up_tokens_and_those_of_another_service_are_refused() {
    let tenant = Tenant::new(SignIn::new().token_calls(2)).await;
    let root = tenant.emulator.service_root();
    let refusal = async |token: &str| {
        let response = tenant.page(&root, token).await;
        let status = response.status().as_u16();
        let body: Value = serde_json::from_str(&response.text().await.unwrap()).unwrap();
        (status, body["error"]["message"].as_str().map(ToOwned::to_owned))
    };
    let other = tenant.token("https://api.securitycenter.microsoft.com/.default").await;
    assert_eq!(refusal(&other).await, (401, Some("Access token validation failure. Invalid audience.".to_owned())));

    let token = tenant.token("https://graph.microsoft.com/.default").await;
    for _ in 0..2 {
        assert_eq!(refusal(&token).await.0, 200);
    }
    let expired = (401, Some("Lifetime validation failed, the token is expired.".to_owned()));
    assert_eq!(refusal(&token).await, expired);

    let eternal = Tenant::new(SignIn::new().token_lifetime(Duration::MAX)).await;
    let token = eternal.token("https://graph.microsoft.com/.default").await;
    assert_eq!(eternal.page(&eternal.emulator.service_root(), &token).await.status(), 200);

    let brief = Tenant::new(SignIn::new().token_lifetime(Duration::ZERO)).await;
    let token = brief.token("https://graph.microsoft.com/.default").await;
    assert_eq!(brief.page(&brief.emulator.service_root(), &token).await.status(), 401);
}

#[tokio::test]
async fn a_device_code_is_pending_until_the_person_has_decided() {
    for (script, end) in [
        (DeviceCodeScript::Approved { after: 1 }, None),
        (DeviceCodeScript::Declined { after: 1 }, Some("authorization_declined")),
        (DeviceCodeScript::Expired { after: 1 }, Some("expired_token")),
    ] {
        let tenant = Tenant::new(SignIn::new().device_code(script)).await;
        let form = [("client_id", SignIn::CLIENT), ("scope", "https://graph.microsoft.com/.default offline_access")];
        let (_, code) = tenant.post(SignIn::TENANT, "devicecode", &form).await;
        let grant = "urn:ietf:params:oauth:grant-type:device_code";
        let code = code["device_code"].as_str().unwrap();

        let form = [("grant_type", grant), ("client_id", SignIn::CLIENT), ("device_code", code)];
        assert_eq!(tenant.post(SignIn::TENANT, "token", &form).await.1["error"], "authorization_pending");
        let (_, answer) = tenant.post(SignIn::TENANT, "token", &form).await;
        match end {
            None => assert!(answer["access_token"].is_string() && answer["refresh_token"].is_string()),
            Some(error) => assert_eq!(answer["error"], error),
        }
        let unknown = [("grant_type", grant), ("client_id", SignIn::CLIENT), ("device_code", "other")];
        assert_eq!(tenant.post(SignIn::TENANT, "token", &unknown).await.1["error"], "bad_verification_code");
    }
}

#[tokio::test]
async fn managed_identity_requires_its_header_and_pipelines_their_token() {
    let tenant = Tenant::new(SignIn::new()).await;
    let (endpoint, header) = tenant.emulator.machine_identity().unwrap();
    let ask = async |header: &str, resource: &str| {
        let url = format!("{endpoint}?api-version=2019-08-01&resource={resource}");
        tenant.client.get(url).header("x-identity-header", header).send().await.unwrap().status().as_u16()
    };
    assert_eq!(ask(header, SignIn::GRAPH).await, 200);
    assert_eq!(ask("other", SignIn::GRAPH).await, 401);
    assert_eq!(ask(header, "https://nothing").await, 400);

    let (endpoint, token) = tenant.emulator.pipelines().unwrap();
    let ask = async |token: &str| tenant.client.post(&endpoint).bearer_auth(token).send().await.unwrap();
    assert_eq!(ask("other").await.status(), 401);
    let answer: Value = serde_json::from_str(&ask(token).await.text().await.unwrap()).unwrap();
    assert_eq!(answer["oidcToken"].as_str().unwrap(), tenant.emulator.federated_token().unwrap());
}

#[tokio::test]
async fn a_client_without_trust_in_the_authority_delays_no_other_client() {
    let tenant = Tenant::new(SignIn::new()).await;
    // This client connects and sends nothing. Other handshakes still succeed.
    let address = tenant.emulator.authority().unwrap().trim_start_matches("https://").to_owned();
    let _silent = tokio::net::TcpStream::connect(&address).await.unwrap();
    let wary = Client::builder().no_proxy().build().unwrap();
    assert!(wary.get(tenant.emulator.authority().unwrap()).send().await.is_err());
    assert_eq!(tenant.with("", "").await.0, 200);
    tenant.emulator.stop().await;
}
