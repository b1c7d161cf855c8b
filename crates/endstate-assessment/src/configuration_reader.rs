//! Reads the rows of an assessment one after another, fast while they look alike.

use std::borrow::Cow;

use endstate_odata::RawItem;

use crate::configuration_column::Column;
use crate::configuration_row::{is_group, truth_of_text};
use crate::row_layout::{RowLayout, Value};
use crate::{ConfigurationId, ConfigurationRow};

/// Reads rows of the secure configuration assessment. It gives the same rows as
/// [`ConfigurationRow::read`], some ten times as fast if they have the same members in the same
/// order, as the service sends them.
#[derive(Debug, Default)]
pub struct ConfigurationReader {
    layout: RowLayout,
    /// The columns of the layout: the place of each, and what it is.
    columns: Vec<(usize, Column)>,
}

impl ConfigurationReader {
    /// A reader that has seen no row.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads an item. Returns `None` if it names no device, or is no object.
    pub fn read<'a>(&mut self, item: RawItem<'a>) -> Option<ConfigurationRow<'a>> {
        if let Some(row) = self.read_alike(item) {
            return Some(row);
        }
        let row = ConfigurationRow::read(item);
        self.layout = RowLayout::new(item);
        let names = item.members().map(|(name, _)| Column::from_name(&name)).enumerate();
        self.columns = names.filter_map(|(place, column)| Some((place, column?))).collect();
        row
    }

    /// Reads an item that looks like the one before.
    fn read_alike<'a>(&mut self, item: RawItem<'a>) -> Option<ConfigurationRow<'a>> {
        self.layout.read(item)?;
        let mut row = ConfigurationRow::empty();
        for (place, column) in &self.columns {
            set(&mut row, *column, self.layout.value(item, *place));
        }
        // A row without an id, or with a number as its id, is read value by value.
        (!row.device_id.trim().is_empty()).then_some(row)
    }
}

fn set<'a>(row: &mut ConfigurationRow<'a>, column: Column, value: Value<'a>) {
    let text = match value {
        Value::Text(text) => Some(text).filter(|text| !text.is_empty()),
        Value::Other(_) => None,
    };
    let truth = || match value {
        Value::Text(text) | Value::Other(text) => truth_of_text(text),
    };

    match column {
        Column::DeviceId => row.device_id = Cow::Borrowed(text.unwrap_or_default()),
        Column::Configuration => row.configuration = text.and_then(ConfigurationId::from_text),
        Column::IsApplicable => row.is_applicable = truth(),
        Column::IsCompliant => row.is_compliant = truth(),
        Column::OsVersion => row.os_version = text.map(Cow::Borrowed),
        Column::DeviceName => row.device_name = text.map(Cow::Borrowed),
        Column::OsPlatform => row.os_platform = text.map(Cow::Borrowed),
        Column::Group => row.group = text.filter(|group| is_group(group)).map(Cow::Borrowed),
    }
}
