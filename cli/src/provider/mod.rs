//! Where AWS credentials come from.
//!
//! The order and the rules are those of botocore, which the `aws` command uses:
//! variables; a role that the profile assumes; a web identity; IAM Identity
//! Center; the credentials file; the profile's command; the configuration file;
//! the container's endpoint; last of all the instance's.
//!
//! It is our own because AWS's crate `aws-config` was measured: building it takes
//! 308 s more of CPU time, and it added 6.7 MB to the program, then of 3.65.
//!
//! Unspecified, and chosen differently from botocore: the instance is asked by
//! version 2 of its protocol alone, and a code for `mfa_serial` is not asked for.

mod call;
mod chain;
mod container;
mod environment;
mod error;
mod instance;
mod process;
mod role;
mod sso;
mod sts;
mod time;
mod web_identity;
mod world;

use super::{credentials, files, profile, transport};

pub use chain::{Chain, Fetched};
pub use error::ProviderError;
pub use world::{Native, World};
