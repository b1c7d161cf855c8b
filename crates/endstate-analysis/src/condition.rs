//! Conditions on the fields of an item, as a user writes them.

mod parser;
mod text;

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;
use std::marker::PhantomData;

use endstate_model::{Entity, FieldValue};

use self::parser::Parser;

/// A condition that items meet or do not.
///
/// ```text
/// condition  = both { "or" both }
/// both       = simple { "and" simple }
/// simple     = "not" simple | "(" condition ")" | comparison
/// comparison = field operator value
/// operator   = "eq" | "ne" | "lt" | "le" | "gt" | "ge" | "contains" | "has"
///            | "="  | "!=" | "<"  | "<=" | ">"  | ">="
/// value      = number | word | "'" text "'" | '"' text '"' | "null" | "any"
/// ```
///
/// The words are those of `OData`'s `$filter` (URL Conventions 5.1.1), the signs mean the same. Names of fields are those of
/// [`Entity::FIELDS`], in any case. Texts are compared without regard to ASCII case, versions number by number; `has` is for
/// fields that are lists, and `has any` for those that are not empty. Only `ne` holds for a value that is missing, and `eq
/// null`. A quotation mark in a text is written twice.
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
    entity: PhantomData<fn(&E)>,
}

/// What is wrong with a condition, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConditionError {
    message: String,
    position: usize,
}

/// A condition, taken apart.
#[derive(Debug, Clone, PartialEq)]
enum Node {
    Or(Box<Node>, Box<Node>),
    And(Box<Node>, Box<Node>),
    Not(Box<Node>),
    Comparison { field: &'static str, operator: Operator, value: Operand },
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

/// What a field is compared with.
#[derive(Debug, Clone, PartialEq)]
enum Operand {
    Null,
    /// Any element of a list.
    Any,
    Number(u64),
    Boolean(bool),
    Text(String),
    Version(String),
}

impl<E: Entity> Condition<E> {
    /// Whether an item meets it.
    pub fn matches(&self, item: &E) -> bool {
        self.root.matches(&|field| item.field(field))
    }
}

impl<E> Condition<E> {
    /// The condition as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl<E: Entity> std::str::FromStr for Condition<E> {
    type Err = ConditionError;

    fn from_str(text: &str) -> Result<Self, ConditionError> {
        let root = Parser::new(text, E::FIELDS)?.parse()?;
        Ok(Self { text: text.to_owned(), root, entity: PhantomData })
    }
}

impl Node {
    fn matches<'i>(&self, value_of: &impl Fn(&str) -> FieldValue<'i>) -> bool {
        match self {
            Self::Or(left, right) => left.matches(value_of) || right.matches(value_of),
            Self::And(left, right) => left.matches(value_of) && right.matches(value_of),
            Self::Not(node) => !node.matches(value_of),
            Self::Comparison { field, operator, value } => operator.holds(&value_of(field), value),
        }
    }
}

impl Operator {
    fn holds(self, value: &FieldValue<'_>, operand: &Operand) -> bool {
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
            (FieldValue::Text(value), Operand::Version(operand)) => by_numbers(value, operand),
            (FieldValue::Text(value), Operand::Text(operand)) => folded(value).cmp(&folded(operand)),
            // The parser lets no others through.
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
        Operand::Text(operand) => {
            // `Exploit Guard` and `ExploitGuard` are the same category.
            let dense = |text: &str| text.replace(' ', "");
            texts.iter().any(|text| dense(text).eq_ignore_ascii_case(&dense(operand)))
        }
        _ => false,
    }
}

fn contains(value: &FieldValue<'_>, operand: &Operand) -> bool {
    let (Operand::Text(part) | Operand::Version(part)) = operand else { return false };
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

/// Part by part, numbers as numbers; what one version does not have is less than anything.
fn by_numbers(version: &str, other: &str) -> Ordering {
    let (mut left, mut right) = (version.split('.'), other.split('.'));
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

    /// Where in the text it is wrong, in characters from its beginning.
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

// Not derived, since that would ask it of the entity, too.
impl<E> Clone for Condition<E> {
    fn clone(&self) -> Self {
        Self { text: self.text.clone(), root: self.root.clone(), entity: PhantomData }
    }
}

impl<E> fmt::Debug for Condition<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Condition").field(&self.text).finish()
    }
}
