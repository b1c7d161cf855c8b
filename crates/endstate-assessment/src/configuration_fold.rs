//! Folds the configurations of one page or file, fast while its rows look alike.

use std::borrow::Cow;

use endstate_model::StateSource;
use endstate_odata::{MemberNames, RawItem, StreamedItem};

use crate::configuration_column::Column;
use crate::configuration_row::{is_group, truth};
use crate::seen_members::SeenMembers;
use crate::{ConfigurationId, ConfigurationRow, StateFold};

/// Folds the rows of one page or file of the secure configuration assessment.
///
/// It says what a [`StateFold`] of the same rows says, many times as fast if they have the same
/// members in the same order, and those of a device follow one another, as the service sends them.
/// A page counts only once it was read whole, so what is folded of it is [merged](Self::merge_into)
/// then.
///
/// ```
/// use endstate_assessment::{ConfigurationFold, StateFold};
/// use endstate_model::StateSource;
/// use endstate_odata::ItemReader;
///
/// let (mut items, mut page) = (ItemReader::default(), ConfigurationFold::new(StateSource::Export));
/// for line in [
///     r#"{"DeviceId":"0001","ConfigurationId":"scid-2070","IsApplicable":true,"IsCompliant":false}"#,
///     r#"{"DeviceId":"0001","ConfigurationId":"scid-2090","IsApplicable":true,"IsCompliant":true}"#,
/// ] {
///     assert!(page.item(items.read(line)?));
/// }
///
/// let mut all = StateFold::new(StateSource::Export);
/// page.merge_into(&mut all);
/// assert_eq!((all.counts().devices, all.counts().rows), (1, 2));
/// # Ok::<(), endstate_odata::Error>(())
/// ```
#[derive(Debug)]
pub struct ConfigurationFold {
    fold: StateFold,
    names: MemberNames,
    /// The columns among these names: the place of each, and what it is.
    columns: Vec<(usize, Column)>,
    /// How many of the first values contain all columns that are the same in all rows of a device.
    device_values: usize,
    /// Whether the item before is a row.
    was_row: bool,
}

impl ConfigurationFold {
    /// A fold of no rows.
    pub fn new(source: StateSource) -> Self {
        let names = MemberNames::default();
        Self { fold: StateFold::new(source), names, columns: Vec::new(), device_values: usize::MAX, was_row: false }
    }

    /// Adds a row. Returns whether it is one: it names a device.
    ///
    /// The items come from one [`ItemStream`](endstate_odata::ItemStream) or one
    /// [`ItemReader`](endstate_odata::ItemReader), each in its turn.
    #[inline]
    pub fn item(&mut self, item: StreamedItem<'_>) -> bool {
        let alike = item.names().and_then(|names| self.item_alike(item, names));
        self.was_row = alike.or_else(|| self.any_item(item.raw())).is_some();
        self.was_row
    }

    /// Adds the rows to those that count.
    pub fn merge_into(&self, whole: &mut StateFold) {
        whole.merge_configurations(&self.fold);
    }

    fn any_item(&mut self, item: RawItem<'_>) -> Option<()> {
        ConfigurationRow::read(item).map(|row| self.fold.configuration(&row))
    }

    /// Adds an item whose values are known by their places.
    fn item_alike(&mut self, item: StreamedItem<'_>, names: &MemberNames) -> Option<()> {
        if !self.names.is_same(names) {
            self.learn(names);
        }
        let mut row = ConfigurationRow::empty();
        let is_same_device = self.was_row && item.same_values() >= self.device_values;
        for (place, column) in &self.columns {
            if !is_same_device || !column.is_of_device() {
                set(&mut row, *column, item.value(*place)?);
            }
        }
        if is_same_device {
            return self.fold.configuration_of_last_device(&row).then_some(());
        }
        // A row without an id, or with a number as its id, is read value by value.
        (!row.device_id.trim().is_empty()).then(|| self.fold.configuration(&row))
    }

    fn learn(&mut self, names: &MemberNames) {
        self.names = names.clone();
        let columns = names.iter().map(Column::from_name).enumerate();
        self.columns = columns.filter_map(|(place, column)| Some((place, column?))).collect();
        let mut seen = SeenMembers::default();
        if !self.columns.iter().all(|(_, column)| seen.once(*column as u8).is_some()) {
            // Without a column, a row is read value by value, and refused there.
            self.columns.clear();
        }
        let of_device = self.columns.iter().filter(|(_, column)| column.is_of_device());
        self.device_values = of_device.map(|(place, _)| place + 1).max().unwrap_or(usize::MAX);
    }
}

#[inline]
fn set<'a>(row: &mut ConfigurationRow<'a>, column: Column, value: RawItem<'a>) {
    let text = || value.as_plain_text().filter(|text| !text.is_empty());
    match column {
        Column::DeviceId => row.device_id = Cow::Borrowed(text().unwrap_or_default()),
        Column::Configuration => row.configuration = text().and_then(ConfigurationId::from_text),
        Column::IsApplicable => row.is_applicable = truth(value),
        Column::IsCompliant => row.is_compliant = truth(value),
        Column::OsVersion => row.os_version = text().map(Cow::Borrowed),
        Column::DeviceName => row.device_name = text().map(Cow::Borrowed),
        Column::OsPlatform => row.os_platform = text().map(Cow::Borrowed),
        Column::Group => row.group = text().filter(|group| is_group(group)).map(Cow::Borrowed),
    }
}
