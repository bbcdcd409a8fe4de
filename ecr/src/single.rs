//! Operations that are one call.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use crate::call::Call;
use crate::error::EcrError;
use crate::given::{Arguments, Given};
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
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Once<A> {
    arguments: A,
    at: Located,
}

/// The same, whatever its arguments are.
#[derive(Deserialize)]
struct Kept {
    arguments: Value,
    at: Located,
}

impl<'de, A: Arguments> Deserialize<'de> for Once<A> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let Kept { arguments, at } = Kept::deserialize(from)?;
        let arguments = Given::read(arguments).map_err(D::Error::custom)?;
        Ok(Self { arguments, at })
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
