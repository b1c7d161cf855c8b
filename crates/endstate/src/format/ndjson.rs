//! NDJSON: one item a line, exactly as the server sent it; in front of it the tenant, where there are several.

use std::borrow::Cow;
use std::io::{self, Write};

use super::RowWriter;
use crate::row::Row;

#[derive(Debug)]
pub(crate) struct Ndjson;

impl<E> RowWriter<E> for Ndjson {
    fn row(&mut self, row: &Row<'_, E>, out: &mut dyn Write) -> io::Result<()> {
        write_item(row, out)?;
        out.write_all(b"\n")
    }
}

/// The item. Of a tenant, its first member is `tenant`; an item that is no object cannot carry one, and stays as it is.
pub(super) fn write_item<E>(row: &Row<'_, E>, out: &mut dyn Write) -> io::Result<()> {
    let item = row.raw.compact();
    let Some(tenant) = row.tenant else { return out.write_all(item.as_bytes()) };
    let Some(members) = item.strip_prefix('{') else { return out.write_all(item.as_bytes()) };
    out.write_all(tag(tenant).as_bytes())?;
    out.write_all(if members == "}" { b"" } else { b"," })?;
    out.write_all(members.as_bytes())
}

/// What stands in front of the members of a tenant's item.
fn tag(tenant: &str) -> String {
    format!("{{\"tenant\":{}", serde_json::Value::from(tenant))
}

/// The item as the server sent it, of a line that may have a tenant in front of it.
pub(crate) fn untagged<'l>(line: &'l str, tenant: Option<&str>) -> Cow<'l, str> {
    let members = tenant.and_then(|tenant| line.strip_prefix(&tag(tenant)));
    members.map_or(Cow::Borrowed(line), |members| Cow::Owned(format!("{{{}", members.trim_start_matches(','))))
}

/// The tenant in front of an item's members, if there is one.
pub(crate) fn tenant_of(item: &str) -> Option<String> {
    let rest = item.strip_prefix("{\"tenant\":")?;
    serde_json::Deserializer::from_str(rest).into_iter().next()?.ok()
}
