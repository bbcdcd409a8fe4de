//! Runtime expressions, conditions and selectors.

mod ast;
mod condition;
mod context;
mod criterion;
mod embed;
mod error;
mod evaluate;
mod fill;
mod grammar;
mod jsonpath;
mod judge;
mod lenient;
mod literal;
mod name;
mod operand;
mod packed;
mod packed_tree;
mod parse;
mod parts;
mod query_text;
mod scope;
mod selector;
mod slip;
mod template;
mod tree;

pub use ast::{Expression, Names, Part, Reference, StepRef};
pub use condition::{Condition, CriterionKind, CriterionText, Judgement};
pub use context::{ContextScope, EvalKind, evaluate_text};
pub use error::ExpressionError;
pub use jsonpath::{Query, QueryError, QueryLimit, QueryReason};
pub use parse::{Class, Dialect, Parsed, Version, classify, parse};
pub use scope::Scope;
pub use selector::SelectorKind;
pub use template::{Placed, Template};
