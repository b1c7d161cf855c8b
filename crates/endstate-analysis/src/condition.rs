//! Conditions that a user writes about the fields of an item.

mod parser;
mod text;

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;
use std::marker::PhantomData;

use endstate_model::{Entity, FieldValue, UtcTime};

use self::parser::{Parsed, Parser};

/// A condition that an item meets or does not meet.
///
/// ```text
/// condition  = both { "or" both }
/// both       = simple { "and" simple }
/// simple     = "not" simple | "(" condition ")" | comparison
/// comparison = field operator value
/// operator   = "eq" | "ne" | "lt" | "le" | "gt" | "ge" | "contains" | "has"
///            | "="  | "!=" | "<"  | "<=" | ">"  | ">="
/// value      = number | word | age | "'" text "'" | '"' text '"' | "null" | "any"
/// age        = digits ( "d" | "h" | "m" )
/// ```
///
/// The word operators come from `$filter` in `OData` (URL Conventions 5.1.1). The signs mean the
/// same. Field names are those of [`Entity::FIELDS`], in upper or lower case.
///
/// - Texts are compared without regard to ASCII case, and versions number by number.
/// - `has` tests a list for an element. `has any` is true for a list that is not empty.
/// - Names of categories, properties, releases and architectures are those that Microsoft shows, or
///   those of the wire.
/// - A time is compared with a date, or with an age: `lastSeen lt 7d` means seen less than seven
///   days ago. Ages need [the present time](Self::at).
/// - `tenant` is the name of the tenant, if the caller knows it.
/// - If a value is missing, only `ne` and `eq null` are true. If it is not known whether it is
///   missing, neither is, and the condition may be [undecided](Self::decide).
/// - To write a quotation mark within a text, double it.
///
/// ```
/// use endstate_analysis::Condition;
/// use endstate_model::{DeviceId, MachineSecurityState};
///
/// let condition: Condition<MachineSecurityState> = "build lt 19045 and not architecture = Arm64".parse()?;
/// let mut state = MachineSecurityState::new(DeviceId::from("0001"));
/// state.build = Some(14393);
/// assert!(condition.matches(&state));
///
/// let error = "biuld = 3".parse::<Condition<MachineSecurityState>>().expect_err("no such field");
/// assert_eq!(error.to_string(), "unknown field 'biuld'; did you mean 'build'?");
/// assert_eq!(error.position(), 0);
/// # Ok::<(), endstate_analysis::ConditionError>(())
/// ```
pub struct Condition<E> {
    text: String,
    root: Node,
    unknown_values: Vec<UnknownValue>,
    tenants: Vec<String>,
    now: Option<UtcTime>,
    entity: PhantomData<fn(&E)>,
}

/// A value in a condition that is not among the known values of its field, so the comparison may
/// never be true.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnknownValue {
    /// The field.
    pub field: &'static str,
    /// The value as the user wrote it.
    pub value: String,
    /// The known name that it most likely means.
    pub nearest: Option<String>,
}

/// What is wrong with a condition, and its position.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConditionError {
    message: String,
    position: usize,
}

/// A parsed condition.
#[derive(Debug, Clone, PartialEq)]
enum Node {
    Or(Box<Node>, Box<Node>),
    And(Box<Node>, Box<Node>),
    Not(Box<Node>),
    Comparison(Comparison),
}

/// A comparison of a field with a value.
#[derive(Debug, Clone, PartialEq)]
struct Comparison {
    field: &'static str,
    operator: Operator,
    value: Operand,
    /// The elements for which a list is searched; none if it is looked at whole.
    elements: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Contains,
    Has,
}

/// The value that a field is compared with.
#[derive(Debug, Clone, PartialEq)]
enum Operand {
    Null,
    /// Any element of a list.
    Any,
    Number(u64),
    Boolean(bool),
    Text(String),
    /// One of these texts.
    OneOf(Vec<String>),
    Version(String),
    Time(UtcTime),
    /// In seconds.
    Age(i64),
}

/// The field that is not of the item, but of where it comes from.
const TENANT: &str = "tenant";

impl<E: Entity> Condition<E> {
    /// Returns whether an item certainly meets the condition. Its tenant is not known.
    pub fn matches(&self, item: &E) -> bool {
        self.decide(item, None) == Some(true)
    }

    /// Returns whether an item of a tenant meets the condition; `None` if the item does not
    /// [know](Entity::knows) what the condition asks about, and nothing else decides it. Then that
    /// it does not match proves nothing.
    pub fn decide(&self, item: &E, tenant: Option<&str>) -> Option<bool> {
        self.root.decide(&|Comparison { field, operator, value: operand, elements }| {
            let field = *field;
            if field == TENANT {
                let value = tenant.map_or(FieldValue::Missing, |tenant| FieldValue::Text(tenant.to_owned().into()));
                return Some(operator.holds(&value, operand, self.now));
            }
            let holds = operator.holds(&item.field(field), operand, self.now);
            // An element that is in a list is there, whatever else is not known of it. A field of
            // the item itself is null because it is not known, and null can be decided.
            let is_shown = holds && matches!(operator, Operator::Has | Operator::Contains);
            let is_own = || E::FIELDS.iter().any(|known| known.name == field && known.parent.is_none());
            let asks_if_known = *operand == Operand::Null && is_own();
            (is_shown || asks_if_known || item.knows(field, elements)).then_some(holds)
        })
    }
}

impl<E> Condition<E> {
    /// Sets the present time, from which ages count. Without it, no comparison with an age is true.
    #[must_use]
    pub fn at(mut self, now: UtcTime) -> Self {
        self.now = Some(now);
        self
    }

    /// Returns the condition as the user wrote it.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns the fields that the condition compares, some of them perhaps several times.
    pub fn fields(&self) -> Vec<&'static str> {
        let mut fields = Vec::new();
        self.root.add_fields(&mut fields);
        fields
    }

    /// Returns the tenants that the condition names. Only the caller knows which exist.
    pub fn tenants(&self) -> &[String] {
        &self.tenants
    }

    /// Returns the values in the condition that this version does not know, such as a property of
    /// a later version, or a mistyped one.
    pub fn unknown_values(&self) -> &[UnknownValue] {
        &self.unknown_values
    }
}

impl<E: Entity> std::str::FromStr for Condition<E> {
    type Err = ConditionError;

    fn from_str(text: &str) -> Result<Self, ConditionError> {
        let parsed = Parser::new(text, E::FIELDS, E::value_names)?.parse()?;
        let Parsed { root, unknown_values, tenants } = parsed;
        Ok(Self { text: text.to_owned(), root, unknown_values, tenants, now: None, entity: PhantomData })
    }
}

impl Node {
    fn add_fields(&self, fields: &mut Vec<&'static str>) {
        match self {
            Self::Or(left, right) | Self::And(left, right) => {
                left.add_fields(fields);
                right.add_fields(fields);
            }
            Self::Not(node) => node.add_fields(fields),
            Self::Comparison(comparison) => fields.push(comparison.field),
        }
    }

    /// Decides the condition as far as its comparisons are decided.
    fn decide(&self, comparison: &impl Fn(&Comparison) -> Option<bool>) -> Option<bool> {
        match self {
            Self::Or(left, right) => decide_both(left, right, true, comparison),
            Self::And(left, right) => decide_both(left, right, false, comparison),
            Self::Not(node) => node.decide(comparison).map(|holds| !holds),
            Self::Comparison(it) => comparison(it),
        }
    }
}

/// Decides two conditions, of which one that is `decisive` decides both.
fn decide_both(
    left: &Node,
    right: &Node,
    decisive: bool,
    comparison: &impl Fn(&Comparison) -> Option<bool>,
) -> Option<bool> {
    let left = left.decide(comparison);
    if left == Some(decisive) {
        return left;
    }
    let right = right.decide(comparison);
    if right == Some(decisive) { right } else { left.and(right) }
}

impl Operator {
    fn holds(self, value: &FieldValue<'_>, operand: &Operand, now: Option<UtcTime>) -> bool {
        let is_missing = matches!(value, FieldValue::Missing);
        match (self, operand) {
            (Self::Equal, Operand::Null) => return is_missing,
            (Self::NotEqual, Operand::Null) => return !is_missing,
            (Self::Has, _) => return has(value, operand),
            (Self::Contains, _) => return contains(value, operand),
            _ if is_missing => return self == Self::NotEqual,
            _ => {}
        }

        let order = match (value, operand) {
            (FieldValue::Number(value), Operand::Number(operand)) => value.cmp(operand),
            (FieldValue::Boolean(value), Operand::Boolean(operand)) => value.cmp(operand),
            (FieldValue::Time(value), Operand::Time(operand)) => value.cmp(operand),
            (FieldValue::Time(value), Operand::Age(operand)) => {
                let Some(now) = now else { return false };
                now.as_second().saturating_sub(value.as_second()).cmp(operand)
            }
            (FieldValue::Text(value), Operand::Version(operand)) => by_numbers(value, operand),
            (FieldValue::Text(value), Operand::Text(operand)) => folded(value).cmp(&folded(operand)),
            (FieldValue::Text(value), Operand::OneOf(operands)) => {
                let is_one = operands.iter().any(|operand| operand.eq_ignore_ascii_case(value));
                return is_one == (self == Self::Equal);
            }
            // The parser rejects all other pairs.
            _ => return false,
        };

        match self {
            Self::Equal => order == Ordering::Equal,
            Self::NotEqual => order != Ordering::Equal,
            Self::Less => order == Ordering::Less,
            Self::LessOrEqual => order != Ordering::Greater,
            Self::Greater => order == Ordering::Greater,
            Self::GreaterOrEqual => order != Ordering::Less,
            Self::Contains | Self::Has => false,
        }
    }
}

fn has(value: &FieldValue<'_>, operand: &Operand) -> bool {
    let FieldValue::List(texts) = value else { return false };
    match operand {
        Operand::Any => !texts.is_empty(),
        Operand::Text(operand) => texts.iter().any(|text| text.eq_ignore_ascii_case(operand)),
        Operand::OneOf(operands) => {
            operands.iter().any(|operand| texts.iter().any(|text| text.eq_ignore_ascii_case(operand)))
        }
        _ => false,
    }
}

fn contains(value: &FieldValue<'_>, operand: &Operand) -> bool {
    // A display name is searched as the values that it names.
    let (Operand::Text(part) | Operand::Version(part)) = operand else { return has(value, operand) };
    let part = folded(part);
    let holds = |text: &Cow<'_, str>| folded(text).contains(&*part);
    match value {
        FieldValue::Text(text) => holds(text),
        FieldValue::List(texts) => texts.iter().any(holds),
        _ => false,
    }
}

fn folded(text: &str) -> String {
    text.to_ascii_lowercase()
}

/// Compares versions part by part, and numeric parts as numbers. If one version has fewer parts, it
/// is the smaller one.
fn by_numbers(version: &str, other: &str) -> Ordering {
    let mut left = version.split('.');
    let mut right = other.split('.');
    loop {
        let order = match (left.next(), right.next()) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => return Ordering::Less,
            (Some(_), None) => return Ordering::Greater,
            (Some(left), Some(right)) => match (left.parse::<u64>(), right.parse::<u64>()) {
                (Ok(left), Ok(right)) => left.cmp(&right),
                _ => folded(left).cmp(&folded(right)),
            },
        };
        if order != Ordering::Equal {
            return order;
        }
    }
}

impl ConditionError {
    fn new(message: impl Into<String>, position: usize) -> Self {
        Self { message: message.into(), position }
    }

    /// Returns the position of the error, in characters from the beginning of the text.
    pub fn position(&self) -> usize {
        self.position
    }
}

impl fmt::Display for ConditionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.message)
    }
}

impl std::error::Error for ConditionError {}

// Not derived: a derive would also require `E: Clone`.
impl<E> Clone for Condition<E> {
    fn clone(&self) -> Self {
        let unknown_values = self.unknown_values.clone();
        let tenants = self.tenants.clone();
        let Self { text, root, now, .. } = self;
        Self { text: text.clone(), root: root.clone(), unknown_values, tenants, now: *now, entity: PhantomData }
    }
}

impl<E> fmt::Debug for Condition<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Condition").field(&self.text).finish()
    }
}
