//! The columns of a table: in the Delta log, in Parquet files, and while rows are collected.

use std::sync::Arc;

use delta_kernel::arrow::array::builder::{
    BooleanBuilder, Int32Builder, Int64Builder, ListBuilder, StringBuilder, TimestampMicrosecondBuilder,
};
use delta_kernel::arrow::array::{ArrayRef, RecordBatch};
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
    builders: Vec<Values>,
    next: usize,
    whole: usize,
    /// Bytes of texts.
    bytes: usize,
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

impl Rows {
    pub(crate) fn new(columns: &[Column]) -> Self {
        let builder = |column: &Column| match column.kind {
            Kind::Text => Values::Text(StringBuilder::new()),
            Kind::Integer => Values::Integer(Int32Builder::new()),
            Kind::Long => Values::Long(Int64Builder::new()),
            Kind::Boolean => Values::Boolean(BooleanBuilder::new()),
            Kind::Moment => Values::Moment(TimestampMicrosecondBuilder::new().with_timezone("UTC")),
            Kind::Texts => Values::Texts(ListBuilder::new(StringBuilder::new()).with_field(element())),
        };
        Self {
            schema: arrow_schema(columns),
            builders: columns.iter().map(builder).collect(),
            next: 0,
            whole: 0,
            bytes: 0,
        }
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

    fn column(&mut self) -> &mut Values {
        let column = self.next;
        self.next = (column + 1) % self.builders.len();
        self.whole += usize::from(self.next == 0);
        &mut self.builders[column]
    }

    pub(crate) fn text(&mut self, value: Option<&str>) -> &mut Self {
        self.bytes += value.map_or(0, str::len);
        let Values::Text(values) = self.column() else { unreachable!("a column of texts") };
        values.append_option(value);
        self
    }

    /// A number beyond 2^31 is null: no build and no revision is that large.
    pub(crate) fn integer(&mut self, value: Option<u32>) -> &mut Self {
        let Values::Integer(values) = self.column() else { unreachable!("a column of integers") };
        values.append_option(value.and_then(|value| i32::try_from(value).ok()));
        self
    }

    pub(crate) fn long(&mut self, value: Option<u64>) -> &mut Self {
        let Values::Long(values) = self.column() else { unreachable!("a column of long integers") };
        values.append_option(value.and_then(|value| i64::try_from(value).ok()));
        self
    }

    pub(crate) fn boolean(&mut self, value: Option<bool>) -> &mut Self {
        let Values::Boolean(values) = self.column() else { unreachable!("a column of booleans") };
        values.append_option(value);
        self
    }

    pub(crate) fn moment(&mut self, value: Option<UtcTime>) -> &mut Self {
        let Values::Moment(values) = self.column() else { unreachable!("a column of moments") };
        values.append_option(value.map(|moment| moment.as_second().saturating_mul(1_000_000)));
        self
    }

    pub(crate) fn texts<'t>(&mut self, value: Option<impl Iterator<Item = &'t str>>) -> &mut Self {
        let mut bytes = 0;
        let Values::Texts(values) = self.column() else { unreachable!("a column of lists") };
        let is_known = value.is_some();
        for text in value.into_iter().flatten() {
            bytes += text.len();
            values.values().append_value(text);
        }
        values.append(is_known);
        self.bytes += bytes;
        self
    }

    /// Takes the rows.
    pub(crate) fn take(&mut self) -> Result<RecordBatch, ArrowError> {
        (self.whole, self.bytes) = (0, 0);
        let array = |values: &mut Values| -> ArrayRef {
            match values {
                Values::Text(values) => Arc::new(values.finish()),
                Values::Integer(values) => Arc::new(values.finish()),
                Values::Long(values) => Arc::new(values.finish()),
                Values::Boolean(values) => Arc::new(values.finish()),
                Values::Moment(values) => Arc::new(values.finish()),
                Values::Texts(values) => Arc::new(values.finish()),
            }
        };
        RecordBatch::try_new(Arc::clone(&self.schema), self.builders.iter_mut().map(array).collect())
    }
}
