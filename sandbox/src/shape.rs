//! What an operation takes, as data, and the check of it.

use crate::answer::{Refusal, from_base64};
use crate::json::serialization;
use crate::text::Rule;
use serde_json::{Map, Value};

/// The form of one value, as the service model has it.
#[derive(Debug)]
pub(crate) enum Shape {
    Text {
        min: usize,
        max: usize,
        rule: Rule,
    },
    Integer {
        min: i64,
        max: i64,
    },
    Flag,
    Blob {
        max: usize,
    },
    List {
        member: &'static Shape,
        min: usize,
        max: usize,
    },
    /// Texts by name.
    Map {
        max: usize,
    },
    Object(&'static [Field]),
}

/// One member of an object.
#[derive(Debug)]
pub(crate) struct Field {
    pub(crate) name: &'static str,
    pub(crate) required: bool,
    pub(crate) shape: &'static Shape,
}

/// The fields of an object: `need "name": SHAPE, may "name": SHAPE`.
macro_rules! object {
    (@need need) => { true };
    (@need may) => { false };
    ($($need:ident $name:literal: $shape:expr),* $(,)?) => {
        $crate::shape::Shape::Object(&[$($crate::shape::Field {
            name: $name,
            required: $crate::shape::object!(@need $need),
            shape: &$shape,
        }),*])
    };
}
pub(crate) use object;

/// Text of any length.
pub(crate) const TEXT: Shape = Shape::Text {
    min: 0,
    max: usize::MAX,
    rule: Rule::Any,
};
/// An account's id.
pub(crate) const REGISTRY_ID: Shape = by(crate::text::ACCOUNT);
/// A repository's name.
pub(crate) const REPOSITORY_NAME: Shape = Shape::Text {
    min: 2,
    max: 256,
    rule: crate::text::REPOSITORY,
};
/// A page's size.
pub(crate) const PAGE_SIZE: Shape = Shape::Integer { min: 1, max: 1000 };

/// Text by a rule.
pub(crate) const fn by(rule: Rule) -> Shape {
    Shape::Text {
        min: 0,
        max: usize::MAX,
        rule,
    }
}

/// One of some texts.
pub(crate) const fn one_of(values: &'static [&'static str]) -> Shape {
    by(Rule::OneOf(values))
}

/// Text of a limited length.
pub(crate) const fn sized(min: usize, max: usize) -> Shape {
    Shape::Text {
        min,
        max,
        rule: Rule::Any,
    }
}

/// A list of limited length.
pub(crate) const fn list(member: &'static Shape, min: usize, max: usize) -> Shape {
    Shape::List { member, min, max }
}

/// A constraint that a value misses: the member's path and the constraint in AWS's words.
#[derive(Debug)]
pub(crate) struct Miss {
    pub(crate) at: String,
    pub(crate) value: String,
    pub(crate) constraint: String,
}

/// What is wrong with an input.
#[derive(Debug)]
pub(crate) enum Wrong {
    /// A value of another type: a `SerializationException`.
    Type(Refusal),
    /// A value that misses a constraint.
    Constraint(Miss),
}

/// Checks an input against the shape of its operation. Members that the shape does not have
/// are ignored, as AWS does.
pub(crate) fn check(shape: &Shape, input: &Map<String, Value>) -> Result<(), Wrong> {
    match shape {
        Shape::Object(fields) => check_fields(fields, input, ""),
        _ => Ok(()),
    }
}

fn check_fields(fields: &[Field], members: &Map<String, Value>, parent: &str) -> Result<(), Wrong> {
    for field in fields {
        let path = || {
            if parent.is_empty() {
                field.name.to_owned()
            } else {
                format!("{parent}.{}", field.name)
            }
        };
        match members.get(field.name) {
            Some(value) => check_value(field.shape, value, &path)?,
            None if field.required => {
                return Err(Wrong::Constraint(Miss {
                    at: path(),
                    value: "null".to_owned(),
                    constraint: "Member must not be null".to_owned(),
                }));
            }
            None => {}
        }
    }
    Ok(())
}

fn check_value(shape: &Shape, value: &Value, path: &dyn Fn() -> String) -> Result<(), Wrong> {
    let miss = |constraint: String| {
        Err(Wrong::Constraint(Miss {
            at: path(),
            value: shown(value),
            constraint,
        }))
    };
    match (shape, value) {
        (Shape::Text { min, max, rule }, Value::String(text)) => {
            match text_constraint(text, *min, *max, *rule) {
                Some(constraint) => miss(constraint),
                None => Ok(()),
            }
        }
        (Shape::Integer { min, max }, Value::Number(number)) => match number.as_i64() {
            None => Err(wrong_type(value, "an Integer")),
            Some(number) if number < *min => miss(format!(
                "Member must have value greater than or equal to {min}"
            )),
            Some(number) if number > *max => miss(format!(
                "Member must have value less than or equal to {max}"
            )),
            Some(_) => Ok(()),
        },
        (Shape::Flag, Value::Bool(_)) => Ok(()),
        (Shape::Blob { max }, Value::String(text)) => match blob_constraint(text, *max)? {
            Some(constraint) => miss(constraint),
            None => Ok(()),
        },
        (Shape::List { member, min, max }, Value::Array(items)) => {
            if let Some(constraint) = length_constraint(items.len(), *min, *max) {
                return miss(constraint);
            }
            items
                .iter()
                .enumerate()
                .try_for_each(|(index, item)| check_item(member, item, path, index))
        }
        (Shape::Map { max }, Value::Object(members)) => {
            if let Some(constraint) = length_constraint(members.len(), 1, *max) {
                return miss(constraint);
            }
            match members.values().find(|value| !value.is_string()) {
                Some(value) => Err(wrong_type(value, "a String")),
                None => Ok(()),
            }
        }
        (Shape::Object(fields), Value::Object(members)) => check_fields(fields, members, &path()),
        (Shape::Text { .. } | Shape::Blob { .. }, _) => Err(wrong_type(value, "a String")),
        (Shape::Integer { .. }, _) => Err(wrong_type(value, "an Integer")),
        (Shape::Flag, _) => Err(wrong_type(value, "a Boolean")),
        (Shape::List { .. }, _) => Err(Wrong::Type(serialization(
            "Start of list found where not expected",
        ))),
        (Shape::Map { .. } | Shape::Object(_), _) => Err(Wrong::Type(serialization(
            "Start of structure or map found where not expected.",
        ))),
    }
}

/// Bytes are decoded here and again in the operation, but only where they are not too many.
fn blob_constraint(text: &str, max: usize) -> Result<Option<String>, Wrong> {
    let too_long = || {
        Some(format!(
            "Member must have length less than or equal to {max}"
        ))
    };
    if text.len() / 4 * 3 > max.saturating_add(3) {
        return Ok(too_long());
    }
    match from_base64(text) {
        Some(bytes) if bytes.len() <= max => Ok(None),
        Some(_) => Ok(too_long()),
        None => Err(Wrong::Type(serialization("Failed to decode Base64 data"))),
    }
}

/// A text in a list misses its constraint at the list, within `[…]`, as ECR words it.
fn check_item(
    member: &Shape,
    item: &Value,
    path: &dyn Fn() -> String,
    index: usize,
) -> Result<(), Wrong> {
    match (member, item) {
        (Shape::Text { min, max, rule }, Value::String(text)) => {
            match text_constraint(text, *min, *max, *rule) {
                None => Ok(()),
                Some(_) => Err(Wrong::Constraint(Miss {
                    at: path(),
                    value: shown(item),
                    constraint: match rule {
                        Rule::Matches(_, pattern) if !rule.accepts(text) => format!(
                            "Member must satisfy constraint: [Member must satisfy regular \
                             expression pattern: {pattern}]"
                        ),
                        _ => text_constraint(text, *min, *max, *rule)
                            .map(|inner| format!("Member must satisfy constraint: [{inner}]"))
                            .unwrap_or_default(),
                    },
                })),
            }
        }
        _ => check_value(member, item, &|| format!("{}.{}.member", path(), index + 1)),
    }
}

fn text_constraint(text: &str, min: usize, max: usize, rule: Rule) -> Option<String> {
    // bytes bound characters, so most texts are never counted
    let length = if text.len() <= max && text.len() >= min.saturating_mul(4) {
        None
    } else {
        length_constraint(text.chars().count(), min, max)
    };
    length.or_else(|| {
        (!rule.accepts(text)).then(|| match rule {
            Rule::Matches(_, pattern) => format!("must satisfy regular expression '{pattern}'"),
            Rule::OneOf(values) => {
                format!(
                    "Member must satisfy enum value set: [{}]",
                    values.join(", ")
                )
            }
            Rule::Any => String::new(),
        })
    })
}

fn length_constraint(length: usize, min: usize, max: usize) -> Option<String> {
    if length < min {
        Some(format!(
            "Member must have length greater than or equal to {min}"
        ))
    } else if length > max {
        Some(format!(
            "Member must have length less than or equal to {max}"
        ))
    } else {
        None
    }
}

fn wrong_type(value: &Value, wanted: &str) -> Wrong {
    let found = match value {
        Value::Null => "NULL_VALUE",
        Value::Bool(true) => "TRUE_VALUE",
        Value::Bool(false) => "FALSE_VALUE",
        Value::Number(number) if number.as_i64().is_none() => "DECIMAL_VALUE",
        Value::Number(_) => "NUMBER_VALUE",
        Value::String(_) => "STRING_VALUE",
        Value::Array(_) => return Wrong::Type(serialization("Unexpected start of list")),
        Value::Object(_) => {
            return Wrong::Type(serialization(
                "Start of structure or map found where not expected.",
            ));
        }
    };
    Wrong::Type(serialization(format!(
        "{found} can not be converted to {wanted}"
    )))
}

/// A value for a message, cut short.
fn shown(value: &Value) -> String {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Array(_) | Value::Object(_) => "[…]".to_owned(),
        other => other.to_string(),
    };
    if text.chars().count() > 256 {
        text.chars().take(256).chain(['…']).collect()
    } else {
        text
    }
}
