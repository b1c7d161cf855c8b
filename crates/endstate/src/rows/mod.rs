//! Rows: the items of a pull or a file as sent and as understood, what takes them, and the ones
//! that cannot be read.

mod device_table;
mod invalid_items;
mod row;
mod sink;

pub(crate) use self::device_table::DeviceTable;
pub(crate) use self::invalid_items::{InvalidItems, UnreadableCounts};
pub(crate) use self::row::Row;
pub(crate) use self::sink::RowSink;
