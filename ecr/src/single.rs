//! Operations that are one call.

use serde_json::Value;
use spola::JsonWriter;

use crate::call::Call;
use crate::error::EcrError;
use crate::given::{Arguments, Given};
use crate::kept::{Damage, Kept};
use crate::place::{Located, Options};
use crate::script::{Answer, Next, Script};

/// Arguments that make one call about a repository.
pub(crate) trait Single: Sized {
    /// The repository by name.
    fn repository(&self) -> &str;

    /// The call.
    fn call(&self, at: &Located) -> Result<Call, EcrError>;

    /// What the operation gives.
    fn outputs(&self, at: &Located, answer: Answer) -> Result<Value, EcrError>;
}

/// The script of an operation that is one call.
#[derive(Clone, Debug)]
pub(crate) struct Once<A> {
    arguments: A,
    at: Located,
}

impl<A: Arguments> Kept for Once<A> {
    fn write(&self, out: &mut JsonWriter) {
        out.begin_object();
        self.arguments.write(out.name("arguments"));
        self.at.write(out.name("at"));
        out.end_object();
    }

    fn read(from: &Value, damage: &mut Damage) -> Self {
        let arguments = Given::read(damage.member(from, "arguments"));
        Self {
            arguments: arguments.unwrap_or_else(|reason| {
                damage.is_wrong(&reason);
                A::default()
            }),
            at: damage.member(from, "at"),
        }
    }
}

impl<A: Single> Script for Once<A> {
    type Arguments = A;

    fn begin(arguments: A, options: &Options) -> Result<Self, EcrError> {
        let at = Located::named(arguments.repository(), options)?;
        Ok(Self { arguments, at })
    }

    fn next(&mut self, answer: Option<Answer>) -> Result<Next, EcrError> {
        match answer {
            None => self.arguments.call(&self.at).map(Next::call),
            Some(answer) => self.arguments.outputs(&self.at, answer).map(Next::done),
        }
    }
}
