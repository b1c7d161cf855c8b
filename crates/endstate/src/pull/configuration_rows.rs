//! The configurations of one page or file on their way to states.

use endstate_assessment::{ConfigurationFold, StateFold};
use endstate_model::StateSource;
use endstate_odata::StreamedItem;
use endstate_paging::PageFold;

use super::unread_rows::UnreadRows;
use crate::rows::InvalidItems;

/// Folds the configurations of one page or file apart, because they count only once it was read
/// whole. What is folded is at most as large as the devices of one page or file.
#[derive(Debug)]
pub(super) struct ConfigurationRows {
    fold: ConfigurationFold,
    unread: UnreadRows,
}

impl ConfigurationRows {
    pub(super) fn new(source: StateSource) -> Self {
        Self { fold: ConfigurationFold::new(source), unread: UnreadRows::default() }
    }

    /// Adds the rows to those that count. `place` names a row by its number.
    pub(super) fn add_to(&self, fold: &mut StateFold, invalid: &mut InvalidItems, place: impl Fn(u64) -> String) {
        self.fold.merge_into(fold);
        self.unread.report(invalid, "a configuration of a device", place);
    }
}

impl PageFold for ConfigurationRows {
    fn item(&mut self, item: StreamedItem<'_>) {
        let is_read = self.fold.item(item);
        self.unread.note(item.raw(), is_read);
    }
}
