//! The objects of Arazzo: looked through, and seen.

mod objects;
mod reader;
mod rules;
mod shape;

pub use objects::{
    ActionType, ArazzoObject, ArazzoVersion, ExpressionType, ParameterPlace, SourceType,
    StepTarget, Usable,
};
