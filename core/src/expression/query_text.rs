//! Queries with embedded expressions.

use std::borrow::Cow;

use serde_json::Value;

use super::ast::Expression;
use super::embed::{Piece, Text, unresolved};
use super::error::{ExpressionError, Kind};
use super::evaluate::text_of;
use super::jsonpath::{Filling, Query, QueryError, hole, is_hole};
use super::scope::Scope;

/// Where in a query something is embedded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Quotes {
    None,
    Single,
    Double,
}

/// A query, compiled where nothing is embedded in it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct QueryText {
    pub(super) text: Text,
    pub(super) places: Vec<Quotes>,
    pub(super) compiled: Option<Query>,
    /// The query with holes for what is embedded, where each is a literal or in one.
    pub(super) frame: Option<Box<Query>>,
    /// Whether it is one `$[?…]`.
    pub(super) filter: bool,
    /// Whether it asks for the `count` of a singular path.
    pub(super) counts_one: bool,
}

impl QueryText {
    /// Parses a query. Embedded values are tried with a stand-in for each: a
    /// text in quotes, a number elsewhere.
    pub(super) fn parse(text: Text) -> Result<Self, ExpressionError> {
        let places = places(&text);
        let query = compile(&text.probe(""))?;
        let fixed = text.literal().is_some();
        Ok(Self {
            filter: query.is_filter_on_root(),
            counts_one: query.has_count_of_singular(),
            compiled: fixed.then_some(query),
            frame: if fixed { None } else { frame(&text, &places) },
            places,
            text,
        })
    }

    /// The query, where nothing is embedded in it.
    pub(super) fn fixed(&self) -> Option<&Query> {
        self.compiled.as_ref()
    }

    /// The query, with the values of embedded expressions put in: escaped within
    /// quotes, quoted elsewhere.
    pub(super) fn query(&self, scope: &dyn Scope) -> Result<Cow<'_, Query>, ExpressionError> {
        if let Some(query) = &self.compiled {
            return Ok(Cow::Borrowed(query));
        }
        let mut fillings = Vec::new();
        for (expression, quotes) in self.text.expressions().zip(&self.places) {
            let value = expression
                .evaluate(scope)?
                .ok_or_else(|| unresolved(expression))?;
            fillings.push(filling(expression, &value, *quotes)?);
        }
        let filled = self.frame.as_ref().and_then(|one| one.filled(&fillings));
        if let Some(query) = filled {
            return Ok(Cow::Owned(query));
        }
        if !cfg!(feature = "dynamic") {
            return Err(QueryError::unread().into());
        }
        compile(&self.written(&fillings)).map(Cow::Owned)
    }

    /// The query as it would be written with the values in it.
    fn written(&self, fillings: &[Filling]) -> String {
        let mut out = String::new();
        let mut fillings = fillings.iter().zip(&self.places);
        for piece in &self.text.pieces {
            if let Piece::Literal(text) = piece {
                out.push_str(text);
                continue;
            }
            match fillings.next() {
                Some((Filling::Text(text), Quotes::Single)) => escape(&mut out, text, '\''),
                Some((Filling::Text(text), _)) => escape(&mut out, text, '"'),
                Some((Filling::Value(Value::String(text)), _)) => {
                    out.push('"');
                    escape(&mut out, text, '"');
                    out.push('"');
                }
                Some((Filling::Value(value), _)) => out.push_str(&text_of(value)),
                None => {}
            }
        }
        out
    }
}

/// The query with holes, which is the same whatever they are filled with.
fn frame(text: &Text, places: &[Quotes]) -> Option<Box<Query>> {
    let mut probe = String::new();
    let mut holes = 0;
    for piece in &text.pieces {
        match piece {
            Piece::Literal(text) if text.contains(is_hole) => return None,
            Piece::Literal(text) => probe.push_str(text),
            Piece::Expression(_) => {
                let hole = hole(holes)?;
                match places.get(holes)? {
                    Quotes::None => probe.extend(['"', hole, '"']),
                    Quotes::Single | Quotes::Double => probe.push(hole),
                }
                holes += 1;
            }
        }
    }
    let query = Query::parse(&probe).ok()?;
    (query.holes() == holes).then(|| Box::new(query))
}

fn filling(
    expression: &Expression,
    value: &Value,
    quotes: Quotes,
) -> Result<Filling, ExpressionError> {
    match (quotes, value) {
        (Quotes::None, Value::Array(_) | Value::Object(_)) => {
            let expression = expression.as_str();
            Err(ExpressionError::of(Kind::EmbeddedStructure, expression))
        }
        (Quotes::None, value) => Ok(Filling::Value(value.clone())),
        (_, value) => Ok(Filling::Text(text_of(value).into_owned())),
    }
}

/// Escapes a text for a string literal of RFC 9535.
fn escape(out: &mut String, text: &str, quote: char) {
    use std::fmt::Write as _;
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            c if c == quote => {
                out.push('\\');
                out.push(c);
            }
            c if (c as u32) < 0x20 => {
                let _ = write!(out, "\\u{:04x}", c as u32);
            }
            c => out.push(c),
        }
    }
}

/// For each embedded expression, in which quotes it stands.
fn places(text: &Text) -> Vec<Quotes> {
    let mut places = Vec::new();
    let (mut quotes, mut hidden) = (Quotes::None, false);
    for piece in &text.pieces {
        let Piece::Literal(literal) = piece else {
            places.push(quotes);
            hidden = false;
            continue;
        };
        for c in literal.chars() {
            quotes = match (quotes, c) {
                _ if hidden => {
                    hidden = false;
                    quotes
                }
                (Quotes::Single | Quotes::Double, '\\') => {
                    hidden = true;
                    quotes
                }
                (Quotes::None, '\'') => Quotes::Single,
                (Quotes::None, '"') => Quotes::Double,
                (Quotes::Single, '\'') | (Quotes::Double, '"') => Quotes::None,
                _ => quotes,
            };
        }
    }
    places
}

fn compile(text: &str) -> Result<Query, ExpressionError> {
    Ok(Query::parse(text)?)
}

#[cfg(test)]
mod tests {
    use super::{Filling, QueryText, Quotes, Text};
    use crate::expression::parse::{Dialect, Notes, Version};
    use serde_json::{Value, json};

    fn query(text: &str) -> QueryText {
        let mut notes = Notes::new(Dialect {
            version: Version::V1_1,
            strict: false,
        });
        let text = Text::parse(text, 0, &mut notes).expect("a text");
        QueryText::parse(text).expect("a query")
    }

    #[test]
    fn a_filled_frame_is_the_query_that_is_written_with_the_values() {
        let data = json!({"items": [
            {"name": "x", "n": 3}, {"name": "3", "n": "3"}, {"name": "a'b\\\"\n", "n": null}, {"n": true},
            {"name": "-x-", "n": 3.0}, [1, [2, 3]]
        ], "x": 1, "3": 2});
        let values = [
            json!("x"),
            json!("3"),
            json!("a'b\\\"\n"),
            json!(3),
            json!(3.0),
            json!(-1),
            json!(null),
            json!(true),
            json!(""),
            json!(1e300),
        ];
        for text in [
            "$.items[?@.name == '{$inputs.a}']",
            "$.items[?@.name == \"{$inputs.a}\" || @.n >= {$inputs.a}].n",
            "$.items[?@.name == '-{$inputs.a}-']",
            "$.items[{$inputs.a}]",
            "$['{$inputs.a}', {$inputs.a}]",
            "$.items[?length(@.name) == {$inputs.a}]",
            "$.items[?!(@.n == {$inputs.a}) && @['{$inputs.a}']]",
            "$.items[5][?@ == {$inputs.a}]",
            "$..[?@ == {$inputs.a}]",
        ] {
            let query = query(text);
            let frame = query.frame.as_ref().unwrap_or_else(|| panic!("{text}"));
            for value in &values {
                let fill = |quotes: &Quotes| match quotes {
                    Quotes::None => Filling::Value(value.clone()),
                    _ => Filling::Text(super::text_of(value).into_owned()),
                };
                let fillings: Vec<Filling> = query.places.iter().map(fill).collect();
                let filled = frame.filled(&fillings);
                let written = super::compile(&query.written(&fillings)).ok();
                let select = |query: &super::Query| -> Vec<Value> {
                    query
                        .select(&data)
                        .expect("found")
                        .into_iter()
                        .cloned()
                        .collect()
                };
                let (filled, written) = (filled.as_ref().map(select), written.as_ref().map(select));
                assert_eq!(filled, written, "{text} with {value}");
            }
        }
    }

    #[test]
    fn what_is_more_than_a_literal_has_no_frame() {
        for text in [
            "$.items[0:{$inputs.a}]",
            "$.items{$inputs.a}",
            "$.items[?match(@.name, '{$inputs.a}.*')]",
            "$.items[?@.n == 1{$inputs.a}]",
        ] {
            assert!(query(text).frame.is_none(), "{text}");
        }
    }
}
