//! The operations by name, and what each is given.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use spola::nearest;

use crate::copy::{CopyImage, PlanCopy};
use crate::error::EcrError;
use crate::place::Options;
use crate::script::{Answer, Next, Script};

/// Makes the list of operations: name, arguments, script. Whatever is in it can be
/// begun by name, put into a snapshot and resumed.
macro_rules! operations {
    ($($name:literal: $Arguments:ident => $script:path,)+) => {
        /// An operation with its arguments: what [`Operation`](crate::Operation) begins with.
        #[derive(Clone, Debug, PartialEq)]
        #[non_exhaustive]
        pub enum Request {
            $(#[doc = concat!("`", $name, "`")] $Arguments($Arguments),)+
        }

        impl Request {
            /// The names of all operations.
            pub const NAMES: &'static [&'static str] = &[$($name),+];

            /// The operation's name.
            pub fn name(&self) -> &'static str {
                match self {
                    $(Self::$Arguments(_) => $name,)+
                }
            }

            /// Reads the arguments of an operation. Their names may be written
            /// `existsOk`, `exists_ok` or `exists-ok`.
            ///
            /// # Errors
            /// `ecr.unknown-operation`, `ecr.invalid-arguments`.
            pub fn from_json(name: &str, args: Value) -> Result<Self, EcrError> {
                match name {
                    $($name => arguments($name, args).map(Self::$Arguments),)+
                    _ => Err(unknown(name)),
                }
            }

            pub(crate) fn begin(self, options: &Options) -> Result<Task, EcrError> {
                match self {
                    $(Self::$Arguments(arguments) =>
                        {
                            let script = <$script>::begin(arguments, options)?;
                            Ok(Task::$Arguments(Box::new(script)))
                        })+
                }
            }
        }

        $(impl From<$Arguments> for Request {
            fn from(arguments: $Arguments) -> Self {
                Self::$Arguments(arguments)
            }
        })+

        /// The scripts.
        #[derive(Clone, Debug, Serialize, Deserialize)]
        pub(crate) enum Task {
            $(#[serde(rename = $name)] $Arguments(Box<$script>),)+
        }

        impl Task {
            pub(crate) fn name(&self) -> &'static str {
                match self {
                    $(Self::$Arguments(_) => $name,)+
                }
            }

            pub(crate) fn next(&mut self, answer: Option<Answer>) -> Result<Next, EcrError> {
                match self {
                    $(Self::$Arguments(script) => script.next(answer),)+
                }
            }

            pub(crate) fn at_once(&self) -> usize {
                match self {
                    $(Self::$Arguments(script) => script.at_once(),)+
                }
            }

            pub(crate) fn held_bytes(&self) -> u64 {
                match self {
                    $(Self::$Arguments(script) => script.held_bytes(),)+
                }
            }

            pub(crate) fn check(&self) -> Result<(), &'static str> {
                match self {
                    $(Self::$Arguments(script) => Script::check(&**script),)+
                }
            }

            /// How often a request is sent at most, unless the host says otherwise.
            pub(crate) fn attempts(&self) -> u32 {
                match self {
                    $(Self::$Arguments(_) => <$script>::ATTEMPTS,)+
                }
            }

            pub(crate) fn ends_in_secrets(&self) -> bool {
                match self {
                    $(Self::$Arguments(_) => <$script>::ENDS_IN_SECRETS,)+
                }
            }
        }
    };
}

use crate::registry::{DescribeRegistry, ListRepositories, Login};

operations! {
    "copy-image": CopyImage => crate::copy::Copying,
    "plan-copy": PlanCopy => crate::copy::Planning,
    "describe-registry": DescribeRegistry => crate::registry::Description,
    "list-repositories": ListRepositories => crate::registry::Listing,
    "login": Login => crate::registry::Token,
}

/// Reads arguments; their names in any of the spellings of the hosts.
fn arguments<T: DeserializeOwned>(name: &str, args: Value) -> Result<T, EcrError> {
    let invalid = |reason: String| EcrError::InvalidArguments {
        operation: name.to_owned(),
        reason,
    };
    let args = match args {
        Value::Null => Map::new(),
        Value::Object(args) => args,
        _ => return Err(invalid("they are no object".into())),
    };
    let mut named = Map::new();
    for (key, value) in args {
        let name = camel_case(&key);
        // What is not given and what is null are the same in every host.
        if !value.is_null() && named.insert(name, value).is_some() {
            return Err(invalid(format!("`{key}` is there twice")));
        }
    }
    serde_json::from_value(Value::Object(named)).map_err(|error| invalid(error.to_string()))
}

/// `exists_ok` and `exists-ok` as `existsOk`.
fn camel_case(name: &str) -> String {
    let mut camel = String::with_capacity(name.len());
    let mut raise = false;
    for c in name.chars() {
        match c {
            '_' | '-' => raise = !camel.is_empty(),
            _ if std::mem::take(&mut raise) => camel.extend(c.to_uppercase()),
            _ => camel.push(c),
        }
    }
    camel
}

fn unknown(name: &str) -> EcrError {
    EcrError::UnknownOperation {
        name: crate::text::shown(name),
        nearest: nearest(name, Request::NAMES.iter().copied()).map(str::to_owned),
    }
}
