//! Fixtures for the tests of the workspace. Every JSON document and table that a test reads is
//! stored in `fixtures/`.
#![doc = include_str!("../README.md")]

/// The example response from the vendor's documentation, as valid JSON: without the HTTP head and
/// the `...`, otherwise as printed.
pub const SEED_PAGE: &str = include_str!("../fixtures/seed-page.json");

/// A last page that continues the seed page: two more devices, one of them with undocumented
/// values.
pub const LAST_PAGE: &str = include_str!("../fixtures/last-page.json");

/// A page in the style of OData 4.01: control information without the `odata.` infix, the link
/// after `value`, the count as a string, and a byte-order mark.
pub const PAGE_4_01: &str = include_str!("../fixtures/page-4.01.json");

/// States with everything that the documented example does not show: nulls, missing properties, a
/// list as one comma-separated string, unknown values, and an id that is not hexadecimal.
pub const ODD_STATES: &str = include_str!("../fixtures/odd-states.json");

/// An error response in the form that Defender for Endpoint uses: the correlation ID is in
/// `target`.
pub const ERROR_DEFENDER: &str = include_str!("../fixtures/error-defender.json");

/// An error response in the form that Microsoft Graph uses: the request ID is in `innerError`.
pub const ERROR_GRAPH: &str = include_str!("../fixtures/error-graph.json");

/// An error response in the form that the OData specification defines, with details and a nested
/// `innererror`.
pub const ERROR_ODATA: &str = include_str!("../fixtures/error-odata.json");

/// The 42 properties requiring attention: order, wire value, category, display name.
pub const ATTENTION_PROPERTIES: &str = include_str!("../fixtures/attention-properties.csv");

/// Device groups: the documented item, and one with fewer properties.
pub const MACHINE_GROUPS: &str = include_str!("../fixtures/machine-groups.json");

/// Updates: the documented item, and one whose release has another form.
pub const KB_INFO: &str = include_str!("../fixtures/kb-info.json");

/// Vulnerabilities and their updates: the documented item, and one with an undocumented severity.
pub const CVE_KB_MAP: &str = include_str!("../fixtures/cve-kb-map.json");

/// An empty page in 32 MiB of white space, compressed to 32 KiB by gzip.
pub const GZIP_BOMB: &[u8] = include_bytes!("../fixtures/gzip-bomb.json.gz");

/// An application's certificate in PEM without its key. OpenSSL 3 created it for these tests.
pub const CLIENT_CERTIFICATE: &str = include_str!("../fixtures/client-certificate/certificate.pem");

/// The same certificate with its private key, in each format that such files have. The key gives
/// access only to emulators. If a password protects the key, the password is
/// [`CLIENT_KEY_PASSWORD`].
pub const CLIENT_CERTIFICATE_FILES: [(&str, &[u8]); 5] = [
    ("client.pem", include_bytes!("../fixtures/client-certificate/client.pem")),
    ("client-pkcs1.pem", include_bytes!("../fixtures/client-certificate/client-pkcs1.pem")),
    ("client-encrypted.pem", include_bytes!("../fixtures/client-certificate/client-encrypted.pem")),
    ("client.pfx", include_bytes!("../fixtures/client-certificate/client.pfx")),
    ("client-legacy.pfx", include_bytes!("../fixtures/client-certificate/client-legacy.pfx")),
];

/// The password of `client-encrypted.pem` and `client.pfx`.
pub const CLIENT_KEY_PASSWORD: &str = "opens-the-key";

/// The certificate with a private key that is not an RSA key.
pub const CLIENT_CERTIFICATE_EC: &str = include_str!("../fixtures/client-certificate/client-ec.pem");
