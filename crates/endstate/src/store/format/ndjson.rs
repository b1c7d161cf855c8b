//! NDJSON: one item a line, exactly as the service sent it. If there are several tenants, the name
//! of the tenant is its first member.

use std::borrow::Cow;
use std::io::{self, Write};
use std::sync::LazyLock;

use endstate_odata::RawItem;
use memchr::memmem::Finder;

use super::row_writer::RowWriter;
use crate::rows::Row;

#[derive(Debug)]
pub(crate) struct Ndjson;

impl<E> RowWriter<E> for Ndjson {
    fn row(&mut self, row: &Row<'_, E>, out: &mut dyn Write) -> io::Result<()> {
        write_item(row, out)?;
        out.write_all(b"\n")
    }
}

/// Writes the item. With a tenant, its first member is `tenant`. An item that is not an object
/// cannot have members, and stays as it is.
pub(super) fn write_item<E>(row: &Row<'_, E>, out: &mut dyn Write) -> io::Result<()> {
    let item = row.raw.compact();
    let Some(tenant) = row.tenant else { return out.write_all(item.as_bytes()) };
    let Some(members) = item.strip_prefix('{') else { return out.write_all(item.as_bytes()) };
    out.write_all(tag(tenant).as_bytes())?;
    out.write_all(if members == "}" { b"" } else { b"," })?;
    out.write_all(members.as_bytes())
}

/// What comes before the members of a tenant's item.
fn tag(tenant: &str) -> String {
    format!("{{\"tenant\":{}", serde_json::Value::from(tenant))
}

/// The item as the service sent it, from a line that may begin with a tenant.
pub(crate) fn untagged<'l>(line: &'l str, tenant: Option<&str>) -> Cow<'l, str> {
    let members = tenant.and_then(|tenant| line.strip_prefix(&tag(tenant)));
    members.map_or(Cow::Borrowed(line), |members| Cow::Owned(format!("{{{}", members.trim_start_matches(','))))
}

/// Whether a text may have an item that names its tenant. Hardly any has, and this looks at many
/// items at a time.
pub(crate) fn may_name_tenant(text: &str) -> bool {
    static NAME: LazyLock<Finder<'_>> = LazyLock::new(|| Finder::new("\"tenant\""));
    // JSON may spell each letter of the name as an escape.
    static ESCAPE: LazyLock<Finder<'_>> = LazyLock::new(|| Finder::new("\\u"));
    NAME.find(text.as_bytes()).is_some() || ESCAPE.find(text.as_bytes()).is_some()
}

/// The tenant that an item names, if it names one. endstate writes it first, and other programs may
/// have sorted the members since.
pub(crate) fn tenant_of(item: RawItem<'_>) -> Option<String> {
    let (_, tenant) = item.members().find(|(name, _)| *name == "tenant")?;
    tenant.decode().ok()
}
