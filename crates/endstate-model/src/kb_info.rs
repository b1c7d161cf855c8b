//! Updates of the operating system.

use endstate_odata::RawItem;
use serde::{Deserialize, Serialize};

use crate::{Architecture, Entity, Field, FieldKind, FieldValue, OsVersion, kb_number, os_version};

/// An update for one build and architecture: an item of the collection `kbinfo` (the vendor's page
/// *Get `KbInfo` collection API*).
///
/// ```
/// use endstate_model::KbInfo;
/// use endstate_odata::RawItem;
///
/// let item = RawItem::parse(
///     r#"{"id":"KB3097617 (10240.16549) Amd64","release":"KB3097617 (10240.16549)"}"#,
/// )?;
/// let update: KbInfo = item.decode()?;
/// assert_eq!(update.kb_id(), Some("3097617"));
/// # Ok::<(), endstate_odata::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct KbInfo {
    /// The id of the update for this architecture, such as `KB3097617 (10240.16549) Amd64`.
    pub id: String,
    /// The update, such as `KB3097617 (10240.16549)`.
    #[serde(default)]
    pub release: Option<String>,
    /// When it was published, as the service wrote it: ISO 8601, such as `2015-10-16T21:00:00Z`.
    #[serde(default)]
    pub publishing_date: Option<String>,
    /// The version that a device has after it installs the update, in the form of four parts.
    #[serde(default, deserialize_with = "os_version::text_or_nothing")]
    pub version: Option<OsVersion>,
    /// The architecture that the update is for.
    #[serde(default)]
    pub architecture: Option<Architecture>,
}

impl Entity for KbInfo {
    const ENTITY_SET: &'static str = "kbinfo";
    const KEY: &'static str = "id";
    const NOUN: &'static str = "update";
    const FIELDS: &'static [Field] = &[
        Field::new("id", FieldKind::Text),
        Field::new("release", FieldKind::Text),
        Field::new("publishingDate", FieldKind::Text),
        Field::new("version", FieldKind::Version),
        Field::new("architecture", FieldKind::Text),
    ];

    fn read(item: RawItem<'_>) -> endstate_odata::Result<Self> {
        item.decode()
    }

    fn field(&self, name: &str) -> FieldValue<'_> {
        match name {
            "id" => FieldValue::text(Some(&self.id)),
            "release" => FieldValue::text(self.release.as_deref()),
            "publishingDate" => FieldValue::text(self.publishing_date.as_deref()),
            "version" => FieldValue::text(self.version.as_ref().map(OsVersion::as_str)),
            "architecture" => FieldValue::text(self.architecture.as_ref().map(Architecture::as_str)),
            _ => FieldValue::Missing,
        }
    }
}

impl KbInfo {
    /// Creates an update with this id, of which nothing else is known.
    pub fn new(id: &str) -> Self {
        Self { id: id.to_owned(), release: None, publishing_date: None, version: None, architecture: None }
    }

    /// The number of the update without its prefix, as in [`CveKbMap`](crate::CveKbMap): the
    /// release up to the first space, without `KB` (the vendor's report splits it the same way).
    /// `None` if the release has another form.
    ///
    /// ```
    /// use endstate_model::{Entity, KbInfo};
    /// use endstate_odata::RawItem;
    ///
    /// let update = |release| KbInfo::read(RawItem::parse(release)?);
    /// assert_eq!(update(r#"{"id":"u","release":"KB4485447 May"}"#)?.kb_id(), Some("4485447"));
    /// assert_eq!(update(r#"{"id":"u","release":"1809 Update"}"#)?.kb_id(), None);
    /// # Ok::<(), endstate_odata::Error>(())
    /// ```
    pub fn kb_id(&self) -> Option<&str> {
        let word = self.release.as_deref()?.split(' ').next()?;
        let has_prefix = word.get(..2).is_some_and(|prefix| prefix.eq_ignore_ascii_case("KB"));
        kb_number(word).filter(|_| has_prefix)
    }
}
