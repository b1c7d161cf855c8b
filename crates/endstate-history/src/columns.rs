//! The columns of a table: in the Delta log, in Parquet files, and while rows are collected.

use std::sync::Arc;

use delta_kernel::arrow::array::builder::{
    BooleanBuilder, Int32Builder, Int64Builder, ListBuilder, StringBuilder, TimestampMicrosecondBuilder,
};
use delta_kernel::arrow::array::{ArrayRef, RecordBatch, new_null_array};
use delta_kernel::arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use delta_kernel::arrow::error::ArrowError;
use endstate_model::UtcTime;
use serde_json::{Value, json};

/// A column, each value of which may be null.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Column {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
}

/// What a column has. Only types that every engine reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    /// 32 bits, signed.
    Integer,
    /// 64 bits, signed.
    Long,
    Boolean,
    /// A moment in UTC, to the microsecond.
    Moment,
    /// A list of texts.
    Texts,
}

/// The partition columns, which are in the paths of files and not in the files.
pub(crate) const TENANT: &str = "tenant";
pub(crate) const PULLED_ON: &str = "pulled_on";

impl Column {
    pub(crate) const fn new(name: &'static str, kind: Kind) -> Self {
        Self { name, kind }
    }

    fn field(&self) -> Field {
        let kind = match self.kind {
            Kind::Text => DataType::Utf8,
            Kind::Integer => DataType::Int32,
            Kind::Long => DataType::Int64,
            Kind::Boolean => DataType::Boolean,
            Kind::Moment => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
            Kind::Texts => DataType::List(element()),
        };
        Field::new(self.name, kind, true)
    }
}

/// The elements of lists have the name that the specification of Parquet gives them.
fn element() -> Arc<Field> {
    Arc::new(Field::new("element", DataType::Utf8, true))
}

/// The schema of the files.
pub(crate) fn arrow_schema(columns: &[Column]) -> SchemaRef {
    Arc::new(Schema::new(columns.iter().map(Column::field).collect::<Vec<_>>()))
}

/// The schema of the table, with the partition columns, as the Delta log has it (Delta Transaction
/// Log Protocol, Schema Serialization Format).
pub(crate) fn delta_schema(columns: &[Column]) -> String {
    let field = |name: &str, kind: Value| json!({"name": name, "type": kind, "nullable": true, "metadata": {}});
    let kind = |kind: Kind| match kind {
        Kind::Text => json!("string"),
        Kind::Integer => json!("integer"),
        Kind::Long => json!("long"),
        Kind::Boolean => json!("boolean"),
        Kind::Moment => json!("timestamp"),
        Kind::Texts => json!({"type": "array", "elementType": "string", "containsNull": true}),
    };
    let fields = columns.iter().map(|column| field(column.name, kind(column.kind)));
    let partition = [field(TENANT, json!("string")), field(PULLED_ON, json!("date"))];
    json!({"type": "struct", "fields": fields.chain(partition).collect::<Vec<_>>()}).to_string()
}

/// Rows that are collected. The values of a row are added in the order of the columns.
#[derive(Debug)]
pub(crate) struct Rows {
    schema: SchemaRef,
    columns: Vec<Collected>,
    next: usize,
    whole: usize,
    /// Bytes of texts.
    bytes: usize,
}

/// The values of a column. Many columns have none, because the source does not say them, so nulls
/// are only counted until there is a value.
#[derive(Debug)]
struct Collected {
    values: Values,
    /// Nulls at the beginning, which `values` does not have yet.
    nulls: usize,
    is_null: bool,
}

#[derive(Debug)]
enum Values {
    Text(StringBuilder),
    Integer(Int32Builder),
    Long(Int64Builder),
    Boolean(BooleanBuilder),
    Moment(TimestampMicrosecondBuilder),
    Texts(ListBuilder<StringBuilder>),
}

impl Values {
    fn new(kind: Kind) -> Self {
        match kind {
            Kind::Text => Self::Text(StringBuilder::new()),
            Kind::Integer => Self::Integer(Int32Builder::new()),
            Kind::Long => Self::Long(Int64Builder::new()),
            Kind::Boolean => Self::Boolean(BooleanBuilder::new()),
            Kind::Moment => Self::Moment(TimestampMicrosecondBuilder::new().with_timezone("UTC")),
            Kind::Texts => Self::Texts(ListBuilder::new(StringBuilder::new()).with_field(element())),
        }
    }

    fn append_nulls(&mut self, count: usize) {
        match self {
            Self::Text(values) => values.append_nulls(count),
            Self::Integer(values) => values.append_nulls(count),
            Self::Long(values) => values.append_nulls(count),
            Self::Boolean(values) => values.append_nulls(count),
            Self::Moment(values) => values.append_nulls(count),
            Self::Texts(values) => (0..count).for_each(|_| values.append(false)),
        }
    }

    fn take(&mut self) -> ArrayRef {
        match self {
            Self::Text(values) => Arc::new(values.finish()),
            Self::Integer(values) => Arc::new(values.finish()),
            Self::Long(values) => Arc::new(values.finish()),
            Self::Boolean(values) => Arc::new(values.finish()),
            Self::Moment(values) => Arc::new(values.finish()),
            Self::Texts(values) => Arc::new(values.finish()),
        }
    }
}

impl Rows {
    pub(crate) fn new(columns: &[Column]) -> Self {
        let collected = |column: &Column| Collected { values: Values::new(column.kind), nulls: 0, is_null: true };
        let schema = arrow_schema(columns);
        Self { schema, columns: columns.iter().map(collected).collect(), next: 0, whole: 0, bytes: 0 }
    }

    pub(crate) fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// The rows that are whole.
    pub(crate) fn len(&self) -> usize {
        self.whole
    }

    /// The bytes of their texts.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    fn column(&mut self) -> &mut Collected {
        let column = self.next;
        self.next += 1;
        if self.next == self.columns.len() {
            self.next = 0;
            self.whole += 1;
        }
        &mut self.columns[column]
    }

    /// The next column, which gets a value; `None` if that is null, which is then added.
    fn values<T>(&mut self, value: Option<T>) -> Option<(&mut Values, T)> {
        let column = self.column();
        match value {
            None if column.is_null => column.nulls += 1,
            None => column.values.append_nulls(1),
            Some(value) => {
                if column.is_null {
                    column.values.append_nulls(column.nulls);
                    (column.nulls, column.is_null) = (0, false);
                }
                return Some((&mut column.values, value));
            }
        }
        None
    }

    pub(crate) fn text(&mut self, value: Option<&str>) -> &mut Self {
        self.bytes += value.map_or(0, str::len);
        if let Some((values, value)) = self.values(value) {
            let Values::Text(values) = values else { unreachable!("a column of texts") };
            values.append_value(value);
        }
        self
    }

    /// A number beyond 2^31 is null: no build and no revision is that large.
    pub(crate) fn integer(&mut self, value: Option<u32>) -> &mut Self {
        if let Some((values, value)) = self.values(value.and_then(|value| i32::try_from(value).ok())) {
            let Values::Integer(values) = values else { unreachable!("a column of integers") };
            values.append_value(value);
        }
        self
    }

    pub(crate) fn long(&mut self, value: Option<u64>) -> &mut Self {
        if let Some((values, value)) = self.values(value.and_then(|value| i64::try_from(value).ok())) {
            let Values::Long(values) = values else { unreachable!("a column of long integers") };
            values.append_value(value);
        }
        self
    }

    pub(crate) fn boolean(&mut self, value: Option<bool>) -> &mut Self {
        if let Some((values, value)) = self.values(value) {
            let Values::Boolean(values) = values else { unreachable!("a column of booleans") };
            values.append_value(value);
        }
        self
    }

    pub(crate) fn moment(&mut self, value: Option<UtcTime>) -> &mut Self {
        if let Some((values, value)) = self.values(value) {
            let Values::Moment(values) = values else { unreachable!("a column of moments") };
            values.append_value(value.as_second().saturating_mul(1_000_000));
        }
        self
    }

    pub(crate) fn texts<'t>(&mut self, value: Option<impl Iterator<Item = &'t str>>) -> &mut Self {
        let mut bytes = 0;
        if let Some((values, texts)) = self.values(value) {
            let Values::Texts(values) = values else { unreachable!("a column of lists") };
            for text in texts {
                bytes += text.len();
                values.values().append_value(text);
            }
            values.append(true);
        }
        self.bytes += bytes;
        self
    }

    /// Takes the rows.
    pub(crate) fn take(&mut self) -> Result<RecordBatch, ArrowError> {
        let rows = self.whole;
        (self.whole, self.bytes) = (0, 0);
        let array = |(column, field): (&mut Collected, &Arc<Field>)| {
            column.nulls = 0;
            if std::mem::replace(&mut column.is_null, true) {
                return new_null_array(field.data_type(), rows);
            }
            column.values.take()
        };
        let arrays = self.columns.iter_mut().zip(self.schema.fields()).map(array).collect();
        RecordBatch::try_new(Arc::clone(&self.schema), arrays)
    }
}

#[cfg(test)]
mod tests {
    use delta_kernel::arrow::array::{Array as _, AsArray as _};

    use super::*;

    #[test]
    fn nulls_are_where_they_were_added() {
        const COLUMNS: &[Column] = &[Column::new("a", Kind::Text), Column::new("b", Kind::Texts)];
        let mut rows = Rows::new(COLUMNS);
        let texts = |value: Option<&'static str>| value.map(|value| [value].into_iter());
        for group in 0..2 {
            for (a, b) in [(None, None), (Some("x"), None), (None, Some("y")), (Some("z"), None)] {
                rows.text(a).texts(texts(b.filter(|_| group == 1)));
            }
            let batch = rows.take().unwrap();
            let a: Vec<_> = batch.column(0).as_string::<i32>().iter().collect();
            assert_eq!(a, [None, Some("x"), None, Some("z")]);
            assert_eq!(batch.column(1).null_count(), 4 - group);
        }
    }
}
