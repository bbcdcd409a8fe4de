//! Objects to a program: every name resolved, no text left.

mod actions;
mod arguments;
mod check;
mod digest;
mod error;
mod flow;
mod help;
mod inputs;
mod linker;
mod operations;
mod order;
mod packed;
mod parts;
mod paths;
mod program;
mod references;
mod resolve;
mod share;
mod show;
mod sources;
mod started;
mod step;
mod text;
mod unpacked;
mod uses;
mod wire;

pub use check::{LinkOptions, check, examine, link};
pub use error::{LinkError, LinkErrorKind, LinkErrors};
pub(crate) use program::Circumstances;
pub use program::{
    Action, ActionKind, ActionTarget, Argument, Body, Criterion, Document, FedBack, Linked,
    OperationIndex, Origin, Output, Program, Replacement, ReplacementTarget, Step, StepIndex,
    Target, Workflow, WorkflowIndex,
};
pub use show::{StepSummary, WorkflowSummary};
pub use started::STARTED;
pub use unpacked::PackedError;
