//! The functions of RFC 9535 and what they may be given.

use serde_json::Value;

use super::ast::{Logical, Matcher, Matching, Operand, Path};
use super::error::{QueryError, QueryReason};
use super::parse::{Parser, Term};
use crate::diagnostic::nearest;
use crate::pattern::Pattern;

/// The functions: RFC 9535, sections 2.4.4 to 2.4.8.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Function {
    Length,
    Count,
    Match,
    Search,
    Value,
}

const FUNCTIONS: [(&str, Function); 5] = [
    ("length", Function::Length),
    ("count", Function::Count),
    ("match", Function::Match),
    ("search", Function::Search),
    ("value", Function::Value),
];

/// A function with its arguments, which are of the right types.
pub(super) struct Call {
    name: &'static str,
    result: CallResult,
}

/// What a call gives: a value, or true or false.
enum CallResult {
    Value(Operand),
    Logical(Matching),
}

impl Call {
    /// Checks a call: RFC 9535, section 2.4.3.
    pub(super) fn new(
        parser: &mut Parser<'_>,
        start: usize,
        name: &str,
        arguments: Vec<(usize, Term)>,
    ) -> Result<Self, QueryError> {
        let Some((name, function)) = FUNCTIONS.iter().copied().find(|f| f.0 == name) else {
            return Err(parser.error(
                start,
                QueryReason::UnknownFunction {
                    name: name.into(),
                    nearest: nearest(name, FUNCTIONS.map(|f| f.0)),
                },
            ));
        };
        let wanted = match function {
            Function::Match | Function::Search => 2,
            _ => 1,
        };
        let found = arguments.len();
        let mut arguments = arguments.into_iter();
        let (Some(first), second, true) = (arguments.next(), arguments.next(), wanted == found)
        else {
            return Err(parser.error(
                start,
                QueryReason::ArgumentCount {
                    function: name,
                    wanted,
                    found,
                },
            ));
        };
        let result = match (function, second) {
            (Function::Match | Function::Search, Some(second)) => {
                let anchored = function == Function::Match;
                CallResult::Logical(matching(parser, first, second, anchored)?)
            }
            (Function::Count, _) => {
                let path = nodes(parser, first, name)?;
                parser.counts_singular |= path.singular;
                CallResult::Value(Operand::Count(path))
            }
            (Function::Value, _) => CallResult::Value(Operand::Value(nodes(parser, first, name)?)),
            _ => {
                let operand = parser.operand(first.0, first.1)?;
                CallResult::Value(Operand::Length(Box::new(operand)))
            }
        };
        Ok(Self { name, result })
    }

    /// The call as a test.
    pub(super) fn test(self) -> Result<Logical, QueryReason> {
        match self.result {
            CallResult::Logical(matching) => Ok(Logical::Matches(Box::new(matching))),
            CallResult::Value(_) => Err(QueryReason::MustCompare {
                function: self.name,
            }),
        }
    }

    /// The call as a value.
    pub(super) fn operand(self) -> Result<Operand, QueryReason> {
        match self.result {
            CallResult::Value(operand) => Ok(operand),
            CallResult::Logical(_) => Err(QueryReason::CannotCompare {
                function: self.name,
            }),
        }
    }
}

/// An argument of type `NodesType`.
fn nodes(
    parser: &Parser<'_>,
    (start, term): (usize, Term),
    function: &'static str,
) -> Result<Path, QueryError> {
    match term {
        Term::Path(path) => Ok(path),
        _ => Err(parser.error(start, QueryReason::NotAPath { function })),
    }
}

fn matching(
    parser: &mut Parser<'_>,
    (text_start, text): (usize, Term),
    (pattern_start, pattern): (usize, Term),
    anchored: bool,
) -> Result<Matching, QueryError> {
    let text = parser.operand(text_start, text)?;
    let pattern = match parser.operand(pattern_start, pattern)? {
        Operand::Literal(Value::String(literal)) => {
            Matcher::Fixed(match Pattern::i_regexp(&literal, anchored) {
                Ok(pattern) => Some(pattern),
                Err(error) => {
                    parser.bad_pattern.get_or_insert((pattern_start, error));
                    None
                }
            })
        }
        Operand::Literal(_) => Matcher::Fixed(None),
        other => Matcher::Dynamic(other),
    };
    Ok(Matching {
        text,
        pattern,
        anchored,
    })
}
