//! Fixtures for the tests of the workspace: every JSON document and table that a test reads stands in `fixtures/`.
#![doc = include_str!("../README.md")]

/// The response of the vendor's document, its JSON made whole: the HTTP head and the `...` left out, all else as printed.
pub const SEED_PAGE: &str = include_str!("../fixtures/seed-page.json");

/// A last page that fits the seed page: two more devices, one of them with values that no document names.
pub const LAST_PAGE: &str = include_str!("../fixtures/last-page.json");

/// A page in the style of version 4.01: no `odata.` infix, the link behind `value`, the count as a string, a byte-order mark.
pub const PAGE_4_01: &str = include_str!("../fixtures/page-4.01.json");

/// States with everything that the documented example does not show: nulls, missing properties, one comma-separated text,
/// unknown values, an id that is not hexadecimal.
pub const ODD_STATES: &str = include_str!("../fixtures/odd-states.json");

/// An error answer in the shape of Defender for Endpoint: the correlation id stands in `target`.
pub const ERROR_DEFENDER: &str = include_str!("../fixtures/error-defender.json");

/// An error answer in the shape of Microsoft Graph: the request id stands in `innerError`.
pub const ERROR_GRAPH: &str = include_str!("../fixtures/error-graph.json");

/// An error answer in the shape of the OData specification, with details and nested `innererror`.
pub const ERROR_ODATA: &str = include_str!("../fixtures/error-odata.json");

/// The 42 properties requiring attention: order, wire value, category, display name.
pub const ATTENTION_PROPERTIES: &str = include_str!("../fixtures/attention-properties.csv");

/// Groups of devices: the document's item, and one with less.
pub const MACHINE_GROUPS: &str = include_str!("../fixtures/machine-groups.json");

/// Updates: the document's item, and one whose release has another form.
pub const KB_INFO: &str = include_str!("../fixtures/kb-info.json");

/// Vulnerabilities and their updates: the document's item, and one with a severity that no document names.
pub const CVE_KB_MAP: &str = include_str!("../fixtures/cve-kb-map.json");

/// An empty page in 32 MiB of white space, compressed to 32 KiB by gzip.
pub const GZIP_BOMB: &[u8] = include_bytes!("../fixtures/gzip-bomb.json.gz");

/// An application's certificate, made by OpenSSL 3 for these tests: in PEM, without its key.
pub const CLIENT_CERTIFICATE: &str = include_str!("../fixtures/client-certificate/certificate.pem");

/// The same with its private key, in each form that such files have. The key opens nothing but emulators; where it is under a
/// password, that is [`CLIENT_KEY_PASSWORD`].
pub const CLIENT_CERTIFICATE_FILES: [(&str, &[u8]); 5] = [
    ("client.pem", include_bytes!("../fixtures/client-certificate/client.pem")),
    ("client-pkcs1.pem", include_bytes!("../fixtures/client-certificate/client-pkcs1.pem")),
    ("client-encrypted.pem", include_bytes!("../fixtures/client-certificate/client-encrypted.pem")),
    ("client.pfx", include_bytes!("../fixtures/client-certificate/client.pfx")),
    ("client-legacy.pfx", include_bytes!("../fixtures/client-certificate/client-legacy.pfx")),
];

/// The password of `client-encrypted.pem` and `client.pfx`.
pub const CLIENT_KEY_PASSWORD: &str = "opens-the-key";

/// The certificate with a key that is none of RSA.
pub const CLIENT_CERTIFICATE_EC: &str = include_str!("../fixtures/client-certificate/client-ec.pem");
