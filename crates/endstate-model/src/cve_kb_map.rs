//! The vulnerabilities that each update fixes.

use endstate_odata::RawItem;
use serde::{Deserialize, Serialize};

use crate::{Entity, Field, FieldKind, FieldValue, Severity};

/// A vulnerability that an update fixes: an item of the collection `cvekbmap` (the vendor's page
/// *Get `CveKbMap` collection API*).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct CveKbMap {
    /// The id of the pair of vulnerability and update, such as `CVE-2015-2482-3097617`.
    pub cve_kb_id: String,
    /// The vulnerability, such as `CVE-2015-2482`.
    #[serde(default)]
    pub cve_id: Option<String>,
    /// The update, without the prefix `KB`: [`KbInfo::kb_id`](crate::KbInfo::kb_id).
    #[serde(default)]
    pub kb_id: Option<String>,
    /// A short description of the vulnerability.
    #[serde(default)]
    pub title: Option<String>,
    /// The severity of the vulnerability.
    #[serde(default)]
    pub severity: Option<Severity>,
}

impl CveKbMap {
    /// Creates a pair with this id, of which nothing else is known.
    pub fn new(cve_kb_id: &str) -> Self {
        Self { cve_kb_id: cve_kb_id.to_owned(), cve_id: None, kb_id: None, title: None, severity: None }
    }
}

impl Entity for CveKbMap {
    const ENTITY_SET: &'static str = "cvekbmap";
    const KEY: &'static str = "cveKbId";
    const NOUN: &'static str = "vulnerability";
    const FIELDS: &'static [Field] = &[
        Field::new("cveKbId", FieldKind::Text),
        Field::new("cveId", FieldKind::Text),
        Field::new("kbId", FieldKind::Text),
        Field::new("title", FieldKind::Text),
        Field::new("severity", FieldKind::Text),
    ];

    fn read(item: RawItem<'_>) -> endstate_odata::Result<Self> {
        item.decode()
    }

    fn field(&self, name: &str) -> FieldValue<'_> {
        match name {
            "cveKbId" => FieldValue::text(Some(&self.cve_kb_id)),
            "cveId" => FieldValue::text(self.cve_id.as_deref()),
            "kbId" => FieldValue::text(self.kb_id.as_deref()),
            "title" => FieldValue::text(self.title.as_deref()),
            "severity" => FieldValue::text(self.severity.as_ref().map(Severity::as_str)),
            _ => FieldValue::Missing,
        }
    }
}
