//! Parses the words of a condition, by recursive descent along the grammar.

use endstate_model::{Field, FieldKind, UtcTime, ValueNames};

use super::text::{Word, WordKind, words};
use super::{Comparison, ConditionError, Node, Operand, Operator, TENANT, UnknownValue};
use endstate_model::nearest_name;

/// A parsed condition, and the values in it that deserve a look.
pub(super) struct Parsed {
    pub(super) root: Node,
    pub(super) unknown_values: Vec<UnknownValue>,
    pub(super) tenants: Vec<String>,
}

pub(super) struct Parser<'t> {
    words: Vec<Word<'t>>,
    next: usize,
    depth: usize,
    fields: Vec<Field>,
    value_names: fn(&str) -> Option<ValueNames>,
    unknown_values: Vec<UnknownValue>,
    tenants: Vec<String>,
}

/// Maximum depth of nested conditions: more than a user would write, and little of the stack.
const DEEPEST: usize = 64;

impl<'t> Parser<'t> {
    pub(super) fn new(
        text: &'t str,
        fields: &[Field],
        value_names: fn(&str) -> Option<ValueNames>,
    ) -> Result<Self, ConditionError> {
        let fields = fields.iter().copied().chain([Field::derived(TENANT, FieldKind::Text)]).collect();
        Ok(Self {
            words: words(text)?,
            next: 0,
            depth: 0,
            fields,
            value_names,
            unknown_values: Vec::new(),
            tenants: Vec::new(),
        })
    }

    pub(super) fn parse(mut self) -> Result<Parsed, ConditionError> {
        let root = self.condition()?;
        match &self.word().kind {
            WordKind::End => Ok(Parsed { root, unknown_values: self.unknown_values, tenants: self.tenants }),
            _ => Err(self.error("expected `and`, `or` or the end")),
        }
    }

    fn condition(&mut self) -> Result<Node, ConditionError> {
        let mut node = self.both()?;
        while self.take("or") {
            node = Node::Or(Box::new(node), Box::new(self.both()?));
        }
        Ok(node)
    }

    fn both(&mut self) -> Result<Node, ConditionError> {
        let mut node = self.simple()?;
        while self.take("and") {
            node = Node::And(Box::new(node), Box::new(self.simple()?));
        }
        Ok(node)
    }

    fn simple(&mut self) -> Result<Node, ConditionError> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(self.error("conditions are nested more than 64 levels deep; simplify the condition"));
        }
        let node = if self.take("not") {
            Node::Not(Box::new(self.simple()?))
        } else if self.word().kind == WordKind::Sign("(") {
            self.next += 1;
            let node = self.condition()?;
            if self.word().kind != WordKind::Sign(")") {
                return Err(self.error("expected `and`, `or` or a closing parenthesis"));
            }
            self.next += 1;
            node
        } else {
            self.comparison()?
        };
        self.depth -= 1;
        Ok(node)
    }

    fn comparison(&mut self) -> Result<Node, ConditionError> {
        let field = self.field()?;
        let operator = self.operator(field)?;
        let value = self.operand(field, operator)?;
        let elements = self.elements(field, operator, &value);
        Ok(Node::Comparison(Comparison { field: field.name, operator, value, elements }))
    }

    fn field(&mut self) -> Result<Field, ConditionError> {
        let WordKind::Bare(name) = self.word().kind else {
            return Err(self.error(format!("expected a field: {}", self.names())));
        };
        let field = self.fields.iter().find(|field| field.name.eq_ignore_ascii_case(name));
        let Some(field) = field else {
            let message = match nearest_name(name, self.fields.iter().map(|field| field.name)) {
                Some(nearest) => format!("unknown field '{name}'; did you mean '{nearest}'?"),
                None => format!("unknown field '{name}'; use one of {}", self.names()),
            };
            return Err(self.error(message));
        };
        self.next += 1;
        Ok(*field)
    }

    fn operator(&mut self, field: Field) -> Result<Operator, ConditionError> {
        let text = match &self.word().kind {
            WordKind::Bare(text) | WordKind::Sign(text) => text.to_ascii_lowercase(),
            WordKind::Quoted(_) | WordKind::End => String::new(),
        };

        let operator = match text.as_str() {
            "=" | "==" | "eq" => Operator::Equal,
            "!=" | "<>" | "ne" => Operator::NotEqual,
            "<" | "lt" => Operator::Less,
            "<=" | "le" => Operator::LessOrEqual,
            ">" | "gt" => Operator::Greater,
            ">=" | "ge" => Operator::GreaterOrEqual,
            "contains" => Operator::Contains,
            "has" => Operator::Has,
            _ => return Err(self.error(format!("expected {}", allowed(field)))),
        };

        let value = self.words.get(self.next + 1).map(|word| &word.kind);
        let is_null = matches!(value, Some(WordKind::Bare(text)) if text.eq_ignore_ascii_case("null"));
        // Any list can be compared with null: that is whether it is known.
        let is_about_null = is_null && matches!(operator, Operator::Equal | Operator::NotEqual);
        if !is_allowed(field, operator) && !is_about_null {
            return Err(self.error(format!(
                "{} does not support this operator: expected {}",
                field.name,
                allowed(field)
            )));
        }
        self.next += 1;
        Ok(operator)
    }

    fn operand(&mut self, field: Field, operator: Operator) -> Result<Operand, ConditionError> {
        let (text, is_quoted) = match &self.word().kind {
            WordKind::Bare(text) => ((*text).to_owned(), false),
            WordKind::Quoted(text) => (text.clone(), true),
            WordKind::Sign(_) | WordKind::End => return Err(self.error("expected a value")),
        };

        let is = |word: &str| !is_quoted && text.eq_ignore_ascii_case(word);
        let is_equality = matches!(operator, Operator::Equal | Operator::NotEqual);

        let operand = if is("null") && is_equality {
            Operand::Null
        } else if is("any") && operator == Operator::Has {
            Operand::Any
        } else {
            match field.kind {
                FieldKind::Number => match text.parse() {
                    Ok(number) if !is_quoted => Operand::Number(number),
                    _ => {
                        return Err(
                            self.error(format!("expected a whole number without quotation marks for {}", field.name))
                        );
                    }
                },
                FieldKind::Boolean if is("true") => Operand::Boolean(true),
                FieldKind::Boolean if is("false") => Operand::Boolean(false),
                FieldKind::Boolean => return Err(self.error(format!("expected `true` or `false` for {}", field.name))),
                FieldKind::Version => Operand::Version(text),
                FieldKind::Time => {
                    let moment = age(&text).map(Operand::Age).or_else(|| date(&text).map(Operand::Time));
                    let Some(moment) = moment else {
                        return Err(
                            self.error(format!("expected an age such as 7d or 36h, or a date, for {}", field.name))
                        );
                    };
                    moment
                }
                _ if is_equality || operator == Operator::Has => self.named(field, text)?,
                _ if operator == Operator::Contains => self.part_of_a_name(field, text)?,
                _ => Operand::Text(text),
            }
        };
        self.next += 1;
        Ok(operand)
    }

    /// The elements for which a comparison searches a list. A part of a name is that of each known
    /// name that has it, or else that of an unknown one.
    fn elements(&self, field: Field, operator: Operator, value: &Operand) -> Vec<String> {
        match value {
            Operand::OneOf(names) => names.clone(),
            Operand::Text(text) if operator != Operator::Contains => vec![text.clone()],
            Operand::Text(part) => {
                let Some(names) = (self.value_names)(field.name) else { return Vec::new() };
                let part = part.to_ascii_lowercase();
                let has_part = |value: &str| value.to_ascii_lowercase().contains(&part);
                let mut values: Vec<_> = names.names.iter().map(|(value, _)| value.to_string()).collect();
                values.retain(|value| has_part(value));
                values.dedup();
                if values.is_empty() { vec![part] } else { values }
            }
            _ => Vec::new(),
        }
    }

    /// A part of a value that may have a name. If no name has it, it is as unknown as a whole
    /// value.
    fn part_of_a_name(&mut self, field: Field, text: String) -> Result<Operand, ConditionError> {
        let names = (self.value_names)(field.name);
        let part = text.to_ascii_lowercase();
        let is_known =
            names.is_none_or(|names| names.names.iter().any(|(value, _)| value.to_ascii_lowercase().contains(&part)));
        if is_known { Ok(Operand::Text(text)) } else { self.named(field, text) }
    }

    /// A value that may have a name. An unknown one is an error if no other values can exist.
    fn named(&mut self, field: Field, text: String) -> Result<Operand, ConditionError> {
        if field.name == TENANT {
            self.tenants.push(text.clone());
        }
        let Some(ValueNames { names, is_closed, .. }) = (self.value_names)(field.name) else {
            return Ok(Operand::Text(text));
        };
        let has_name = |name: &str| name.eq_ignore_ascii_case(&text);
        let values: Vec<_> =
            names.iter().filter(|(_, name)| has_name(name)).map(|(value, _)| value.to_string()).collect();
        if !values.is_empty() {
            return Ok(Operand::OneOf(values));
        }

        let nearest = nearest_name(&text, names.iter().map(|(_, name)| &**name)).map(ToOwned::to_owned);
        if is_closed {
            let suggestion = if let Some(nearest) = nearest {
                format!("did you mean '{nearest}'?")
            } else {
                let mut values: Vec<_> = names.iter().map(|(value, _)| &**value).collect();
                values.dedup();
                format!("use one of {}", values.join(", "))
            };
            return Err(self.error(format!("unknown {} '{text}'; {suggestion}", field.name)));
        }
        self.unknown_values.push(UnknownValue { field: field.name, value: text.clone(), nearest });
        Ok(Operand::Text(text))
    }

    fn word(&self) -> &Word<'t> {
        // The last word is the end of the text, and no caller moves past it.
        &self.words[self.next.min(self.words.len() - 1)]
    }

    /// Moves past the next word if it is this one, and returns whether it was.
    fn take(&mut self, word: &str) -> bool {
        let is_next = matches!(self.word().kind, WordKind::Bare(text) if text.eq_ignore_ascii_case(word));
        self.next += usize::from(is_next);
        is_next
    }

    fn error(&self, message: impl Into<String>) -> ConditionError {
        ConditionError::new(message, self.word().position)
    }

    fn names(&self) -> String {
        self.fields.iter().map(|field| field.name).collect::<Vec<_>>().join(", ")
    }
}

fn is_allowed(field: Field, operator: Operator) -> bool {
    let is_equality = matches!(operator, Operator::Equal | Operator::NotEqual);
    match field.kind {
        FieldKind::List => matches!(operator, Operator::Has | Operator::Contains),
        FieldKind::Boolean => is_equality,
        FieldKind::Number | FieldKind::Time => !matches!(operator, Operator::Has | Operator::Contains),
        _ => operator != Operator::Has,
    }
}

fn allowed(field: Field) -> &'static str {
    match field.kind {
        FieldKind::List => "`has` or `contains`, since it is a list",
        FieldKind::Boolean => "`eq` or `ne`",
        FieldKind::Number | FieldKind::Time => "`eq`, `ne`, `lt`, `le`, `gt` or `ge`",
        _ => "`eq`, `ne`, `lt`, `le`, `gt`, `ge` or `contains`",
    }
}

/// Reads an age such as `7d`, `36h` or `90m`, in seconds.
fn age(text: &str) -> Option<i64> {
    let digits = text.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
    let seconds = match &text[digits.len()..] {
        "d" => 24 * 60 * 60,
        "h" => 60 * 60,
        "m" => 60,
        _ => return None,
    };
    digits.parse::<u32>().ok().map(|number| i64::from(number) * seconds)
}

/// Reads a moment, or a day, which begins at midnight in UTC.
fn date(text: &str) -> Option<UtcTime> {
    text.parse().or_else(|_| format!("{text} 00:00:00").parse()).ok()
}
