//! The Arazzo objects of 1.0 and 1.1, as written.

mod action;
mod objects;
mod read;
mod reader;
mod shape;
mod workflow;

pub use objects::{
    ActionObject, ActionType, ArazzoObject, ArazzoVersion, At, ComponentsObject, CriterionObject,
    ExpressionTypeObject, InfoObject, Item, MessageFlow, OutputObject, ParameterObject,
    ParameterPlace, PayloadReplacementObject, RequestBodyObject, ReusableObject,
    SourceDescriptionObject, SourceType, StepObject, StepTarget, WorkflowObject,
};
