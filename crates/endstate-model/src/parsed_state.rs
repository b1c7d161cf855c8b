//! The security state of a device, borrowed from its item.

use endstate_odata::RawItem;

use crate::{
    Architecture, Assessment, AttentionProperties, AttentionProperty, Device, DeviceId, Field, FieldValue,
    MachineSecurityState, OsVersion, assessment,
};

/// A [`MachineSecurityState`] that borrows from its item, for code that inspects many and keeps
/// few.
///
/// Reading a state allocates nothing if the id is forty lower-case hexadecimal digits and all
/// values are known.
///
/// ```
/// use endstate_model::{MachineSecurityState, ParsedState};
/// use endstate_odata::RawItem;
///
/// let item = RawItem::parse(
///     r#"{"id":"0001","build":14393,"propertiesRequireAttention":["FirewallOff"]}"#,
/// )?;
/// let state = ParsedState::read(item).ok_or("of another form")?;
/// assert_eq!(state.to_owned(), item.decode::<MachineSecurityState>()?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ParsedState<'a> {
    /// The device's id.
    pub id: DeviceId,
    /// Build of the operating system.
    pub build: Option<u32>,
    /// Revision of that build.
    pub revision: Option<u32>,
    /// Architecture of the operating system.
    pub architecture: Option<Architecture>,
    /// Version of the operating system, not empty.
    pub os_version: Option<&'a str>,
    /// The properties that require attention.
    pub properties_require_attention: AttentionProperties,
    /// What the source knows of the properties; `None` for the documented collection.
    pub assessment: Option<Box<Assessment>>,
    /// What is known of the device beside its state.
    pub device: Option<Box<Device>>,
}

impl<'a> ParsedState<'a> {
    /// Reads an item in the form that the document shows. Returns `None` for any other form. Such
    /// an item may still be a state: try [`Entity::read`](crate::Entity::read).
    pub fn read(item: RawItem<'a>) -> Option<Self> {
        if let Some(form) = DocumentedForm::split(item) {
            return Some(form.read());
        }

        let mut id = None;
        let mut state = Self {
            id: DeviceId::from(""),
            build: None,
            revision: None,
            architecture: None,
            os_version: None,
            properties_require_attention: AttentionProperties::not_known(),
            assessment: None,
            device: None,
        };
        let mut seen = 0_u8;
        let mut has_more = false;

        for (name, value) in item.members() {
            let bit = match &*name {
                "id" => {
                    id = Some(DeviceId::from(value.as_plain_text().filter(|text| !text.is_empty())?));
                    1
                }
                "build" => {
                    state.build = number(value)?;
                    2
                }
                "revision" => {
                    state.revision = number(value)?;
                    4
                }
                "architecture" => {
                    state.architecture = text(value)?.map(Architecture::from_wire);
                    8
                }
                "osVersion" => {
                    state.os_version = text(value)?.filter(|text| !text.is_empty());
                    16
                }
                "propertiesRequireAttention" => {
                    state.properties_require_attention = properties(value)?;
                    32
                }
                other => {
                    has_more |= assessment::is_member(other);
                    0
                }
            };

            if seen & bit != 0 {
                // A repeated field is an error.
                return None;
            }
            seen |= bit;
        }

        state.id = id?;
        if has_more { state.read_more(item) } else { Some(state) }
    }

    /// Reads what a state from today's sources has beside the documented fields.
    fn read_more(mut self, item: RawItem<'a>) -> Option<Self> {
        if let Some((assessment, current)) = Assessment::read(item, &self.properties_require_attention).ok()? {
            self.properties_require_attention.extend(current.iter().cloned());
            self.assessment = Some(Box::new(assessment));
        }
        let mut devices = item.members().filter(|(name, _)| *name == "device");
        if let Some((_, device)) = devices.next() {
            self.device = device.decode::<Option<Box<Device>>>().ok()?.filter(|device| !device.is_empty());
        }
        devices.next().is_none().then_some(self)
    }

    /// Whether it is known of every property that the source can state whether it requires
    /// attention.
    pub fn is_known(&self) -> bool {
        self.properties_require_attention.is_known()
            && self.assessment.as_ref().is_none_or(|assessment| assessment.is_conclusive())
    }

    /// Whether [`read`](Self::read) reads the item. It answers with the same code: `read` needs
    /// nothing more once an item is split, so the usual item is not built.
    pub(crate) fn can_read(item: RawItem<'a>) -> bool {
        DocumentedForm::split(item).is_some() || Self::read(item).is_some()
    }

    /// Passes the values of the documented fields on, of an item in the document's form. A number
    /// is passed as its text, which a table needs.
    pub(crate) fn each_field(
        item: RawItem<'a>,
        fields: &[&'static Field],
        mut each: impl FnMut(&Field, FieldValue<'_>),
    ) -> bool {
        let are_documented = fields.iter().all(|field| !field.is_current && !field.is_derived);
        let Some(form) = DocumentedForm::split(item).filter(|_| are_documented) else { return false };
        let properties = form.properties();
        for field in fields {
            let value = match field.name {
                "id" => FieldValue::Text(form.id.into()),
                "build" => FieldValue::text(Some(form.build.text)),
                "revision" => FieldValue::text(Some(form.revision.text)),
                "architecture" => FieldValue::text(form.architecture),
                "osVersion" => FieldValue::text(form.os_version.filter(|version| !version.is_empty())),
                "propertiesRequireAttention" => FieldValue::names(properties.iter()),
                _ => FieldValue::Missing,
            };
            each(field, value);
        }
        true
    }

    /// Returns the same state, owned.
    pub fn to_owned(&self) -> MachineSecurityState {
        let mut state = MachineSecurityState::new(self.id.clone());
        state.build = self.build;
        state.revision = self.revision;
        state.architecture.clone_from(&self.architecture);
        state.os_version = self.os_version.and_then(OsVersion::new);
        state.properties_require_attention.clone_from(&self.properties_require_attention);
        state.assessment.clone_from(&self.assessment);
        state.device.clone_from(&self.device);
        state
    }
}

impl<'a> From<&'a MachineSecurityState> for ParsedState<'a> {
    fn from(state: &'a MachineSecurityState) -> Self {
        Self {
            id: state.id.clone(),
            build: state.build,
            revision: state.revision,
            architecture: state.architecture.clone(),
            os_version: state.os_version.as_ref().map(OsVersion::as_str),
            properties_require_attention: state.properties_require_attention.clone(),
            assessment: state.assessment.clone(),
            device: state.device.clone(),
        }
    }
}

/// The parts of an item that has exactly the document's form.
struct DocumentedForm<'a> {
    id: &'a str,
    build: Digits<'a>,
    revision: Digits<'a>,
    architecture: Option<&'a str>,
    os_version: Option<&'a str>,
    /// The text between the brackets: strings and commas.
    properties: &'a str,
}

/// A number and how it is written, which JSON allows in one way only.
struct Digits<'a> {
    text: &'a str,
    number: u32,
}

impl<'a> DocumentedForm<'a> {
    /// Splits an item that has the document's members in their order, without white space or
    /// escapes, as services write it. The item is well-formed JSON, so the text between the members
    /// needs no second check.
    fn split(item: RawItem<'a>) -> Option<Self> {
        let text = Some(item.as_str()).filter(|_| item.is_known_plain())?;
        let (id, rest) = split_at_quote(text.strip_prefix("{\"id\":\"")?)?;
        let (build, rest) = leading_number(rest.strip_prefix(",\"build\":")?)?;
        let (revision, rest) = leading_number(rest.strip_prefix(",\"revision\":")?)?;
        let (architecture, rest) = leading_text(rest.strip_prefix(",\"architecture\":")?)?;
        let (os_version, rest) = leading_text(rest.strip_prefix(",\"osVersion\":")?)?;
        let properties = rest.strip_prefix(",\"propertiesRequireAttention\":[")?.strip_suffix("]}")?;
        let are_texts = has_only_texts(properties);
        (!id.is_empty() && are_texts).then_some(Self { id, build, revision, architecture, os_version, properties })
    }

    fn properties(&self) -> AttentionProperties {
        let mut rest = self.properties;
        let names = std::iter::from_fn(|| {
            let (_, name) = split_at_quote(rest)?;
            let (name, after) = split_at_quote(name)?;
            rest = after;
            Some(name)
        });
        names.filter(|name| !name.is_empty()).map(AttentionProperty::from_wire).collect()
    }

    fn read(self) -> ParsedState<'a> {
        ParsedState {
            id: DeviceId::from(self.id),
            build: Some(self.build.number),
            revision: Some(self.revision.number),
            architecture: self.architecture.map(Architecture::from_wire),
            os_version: self.os_version.filter(|version| !version.is_empty()),
            properties_require_attention: self.properties(),
            assessment: None,
            device: None,
        }
    }
}

/// Splits a leading number from the text after it.
fn leading_number(text: &str) -> Option<(Digits<'_>, &str)> {
    let end = text.bytes().position(|byte| !byte.is_ascii_digit())?;
    let (digits, rest) = text.split_at(end);
    Some((Digits { text: digits, number: digits.parse().ok()? }, rest))
}

/// Splits a leading string or null from the text after it.
fn leading_text(text: &str) -> Option<(Option<&str>, &str)> {
    match text.strip_prefix('"') {
        Some(rest) => split_at_quote(rest).map(|(text, after)| (Some(text), after)),
        None => text.strip_prefix("null").map(|after| (None, after)),
    }
}

/// Whether the elements of a list are strings: outside them there is nothing but commas.
fn has_only_texts(mut list: &str) -> bool {
    while let Some((before, text)) = split_at_quote(list) {
        match split_at_quote(text) {
            Some((_, after)) if before.bytes().all(|byte| byte == b',') => list = after,
            _ => return false,
        }
    }
    list.is_empty()
}

/// Splits at the first quotation mark. Every device of a fleet passes here several times.
fn split_at_quote(text: &str) -> Option<(&str, &str)> {
    let end = memchr::memchr(b'"', text.as_bytes())?;
    Some((&text[..end], &text[end + 1..]))
}

/// Reads a number or null. Returns the outer `None` if the value is neither.
#[expect(clippy::option_option, reason = "null and neither are two results, and `?` propagates the second")]
fn number(value: RawItem<'_>) -> Option<Option<u32>> {
    let digits = value.as_str();
    if digits == "null" {
        return Some(None);
    }
    // Only digits are valid here: no sign, fraction or exponent.
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    digits.parse().ok().map(Some)
}

/// Reads a string or null. Returns the outer `None` if the value is neither, or a string with
/// escapes.
#[expect(clippy::option_option, reason = "null and neither are two results, and `?` propagates the second")]
fn text(value: RawItem<'_>) -> Option<Option<&str>> {
    if value.as_str() == "null" { Some(None) } else { value.as_plain_text().map(Some) }
}

fn properties(value: RawItem<'_>) -> Option<AttentionProperties> {
    if !value.as_str().starts_with('[') {
        return (value.as_str() == "null").then(AttentionProperties::not_known);
    }
    let names = value.elements().map(text).collect::<Option<Vec<_>>>()?;
    Some(names.into_iter().flatten().filter(|name| !name.is_empty()).map(AttentionProperty::from_wire).collect())
}
