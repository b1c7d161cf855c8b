//! Some states of a pull, decoded for a history.

use delta_kernel::arrow::array::{Array as _, AsArray as _, BooleanArray, Int32Array, RecordBatch, StringArray};
use endstate_analysis::{GroupNumber, HistoryBuilder, NumberedRow, SetNumber};
use endstate_model::{AttentionProperties, DeviceId};
use hashbrown::HashMap;

use crate::PullId;
use crate::data_reader::Columns;
use crate::property_texts::parsed;
use crate::state_columns;

/// Some states of a pull. What repeats is there once, and a number a row.
pub(crate) struct StateBatch {
    ids: Vec<DeviceId>,
    builds: Int32Array,
    is_known: BooleanArray,
    properties: Texts,
    not_known: Texts,
    groups: Texts,
    pulls: Texts,
}

/// Texts, and the number of one for each row.
struct Texts {
    texts: StringArray,
    rows: Rows,
}

/// The numbers of rows.
enum Rows {
    /// All have the same; `None` if all are null.
    Same(Option<usize>),
    Each(Int32Array),
}

impl Texts {
    fn new(columns: &Columns<'_>, name: &str) -> Option<Self> {
        let dictionary = columns.dictionary(name)?;
        let texts = dictionary.values().as_string_opt::<i32>()?.clone();
        let rows = match dictionary.keys() {
            rows if rows.null_count() == rows.len() => Rows::Same(None),
            rows if rows.null_count() == 0 && texts.len() == 1 => Rows::Same(Some(0)),
            rows => Rows::Each(rows.clone()),
        };
        Some(Self { texts, rows })
    }

    fn map<T>(&self, value: impl FnMut(Option<&str>) -> T) -> Vec<T> {
        self.texts.iter().map(value).collect()
    }

    /// The value of a row; `None` if it is null.
    fn get<T: Copy>(&self, values: &[T], row: usize) -> Option<T> {
        let number = match &self.rows {
            Rows::Same(number) => (*number)?,
            Rows::Each(rows) if rows.is_null(row) => return None,
            Rows::Each(rows) => usize::try_from(rows.value(row)).ok()?,
        };
        values.get(number).copied()
    }
}

/// What the texts of earlier batches mean in a history.
#[derive(Default)]
pub(crate) struct KnownTexts {
    sets: HashMap<Box<str>, SetNumber>,
    nothing_known: Option<SetNumber>,
}

/// Texts whose meaning is kept. A hostile server can send more.
const MAX_TEXTS: usize = 1_000_000;

impl KnownTexts {
    fn set(&mut self, builder: &mut HistoryBuilder, text: &str) -> SetNumber {
        if let Some(known) = self.sets.get(text) {
            return *known;
        }
        let number = builder.number_of_set(&parsed(text));
        if self.sets.len() < MAX_TEXTS {
            self.sets.insert(text.into(), number);
        }
        number
    }
}

impl StateBatch {
    /// The columns that it needs.
    pub(crate) const COLUMNS: &[&str] = &["id", "build", "is_known"];
    /// Those that are read as dictionaries.
    pub(crate) const DICTIONARIES: &[&str] = &["attention", "not_known", "machine_group", "pull_id"];

    /// `None` if a column is missing, or has a type that cannot be read as that of the table.
    pub(crate) fn new(batch: &RecordBatch) -> Option<Self> {
        let columns = &Columns::new(batch, state_columns::COLUMNS);
        let ids = columns.texts("id")?;
        Some(Self {
            ids: (0..ids.len()).map(|row| DeviceId::from(ids.value(row))).collect(),
            builds: columns.integers("build")?,
            is_known: columns.booleans("is_known")?,
            properties: Texts::new(columns, "attention")?,
            not_known: Texts::new(columns, "not_known")?,
            groups: Texts::new(columns, "machine_group")?,
            pulls: Texts::new(columns, "pull_id")?,
        })
    }

    /// Adds the states of a pull to a history.
    pub(crate) fn add_to(&self, builder: &mut HistoryBuilder, pull: &PullId, known: &mut KnownTexts) {
        let nothing_known =
            *known.nothing_known.get_or_insert_with(|| builder.number_of_set(&AttentionProperties::not_known()));
        let mut set = |text: Option<&str>| known.set(builder, text.unwrap_or_default());
        let (properties, not_known) = (self.properties.map(&mut set), self.not_known.map(&mut set));
        let groups: Vec<GroupNumber> = self.groups.map(|name| builder.number_of_group(name.unwrap_or_default()));
        let is_of_pull = self.pulls.map(|id| id == Some(pull.as_str()));

        for (row, id) in self.ids.iter().enumerate() {
            if self.pulls.get(&is_of_pull, row) != Some(true) {
                continue;
            }
            let build = self.builds.is_valid(row).then(|| self.builds.value(row));
            builder.add_numbered(&NumberedRow {
                id,
                // Of a list that is known in part, `not_known` has all others.
                properties: self.properties.get(&properties, row).unwrap_or(nothing_known),
                not_known: self.not_known.get(&not_known, row),
                is_known: self.is_known.is_valid(row) && self.is_known.value(row),
                build: build.and_then(|build| u32::try_from(build).ok()),
                group: self.groups.get(&groups, row),
            });
        }
    }
}
