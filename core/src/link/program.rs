//! The program: linked, immutable, no text left to parse.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use serde_json::Value;

use crate::diagnostic::{Location, Report};
use crate::document::Schema;
use crate::exchange::{Address, Operation, ParameterLocation, Parts};
use crate::expression::{Condition, Template};

/// Which workflow of a program.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct WorkflowIndex(pub(crate) u32);

/// Which step of a workflow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StepIndex(pub(crate) u32);

/// Which operation of a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OperationIndex(pub(crate) u32);

/// An Arazzo document with all it refers to, read, checked and linked once.
///
/// It is immutable and can be shared by any number of runs; cloning it copies
/// a pointer.
#[derive(Clone, Debug)]
pub struct Program(pub(crate) Arc<Linked>);

/// What a [`Program`] holds.
#[derive(Debug)]
pub struct Linked {
    /// The documents that workflows come from; the first is the entry document.
    pub documents: Vec<Document>,
    /// Those of the entry document first, in order; then those of other documents that are referred to.
    pub workflows: Vec<Workflow>,
    /// How many of `workflows` are the entry document's own.
    pub own_workflows: usize,
    /// The operations that some step uses, each once.
    pub operations: Vec<Operation>,
    /// Where each of `operations` was read.
    pub origins: Vec<Origin>,
    /// Where the requests of each operation go, in the circumstances of the run
    /// that asked first.
    pub(crate) addresses: Vec<OnceLock<(Circumstances, Address)>>,
    /// What linking found that does not stop a run: warnings and hints.
    pub findings: Vec<Report>,
    /// Identifies what the program means, not the bytes it was written in:
    /// equal for a document and its bundle.
    pub digest: [u8; 16],
}

/// Where an operation was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The URL of the description.
    pub description: Box<str>,
    /// The path key as written.
    pub path: Box<str>,
    /// The method as written.
    pub method: Box<str>,
}

/// What of a run's options decides where the requests of an operation go.
#[derive(Debug)]
pub(crate) struct Circumstances {
    /// The endpoint that stands for the description's servers, the AWS service and
    /// the region.
    texts: [Option<Box<str>>; 3],
    /// Whether FIPS hosts are wanted, and dual-stack hosts.
    wanted: [bool; 2],
}

impl Circumstances {
    /// Keeps what a run's options say.
    pub fn of(texts: [Option<&str>; 3], wanted: [bool; 2]) -> Self {
        Self {
            texts: texts.map(|text| text.map(Into::into)),
            wanted,
        }
    }

    /// Whether a run's options say the same.
    pub fn are(&self, texts: [Option<&str>; 3], wanted: [bool; 2]) -> bool {
        let mut pairs = self.texts.iter().zip(texts);
        self.wanted == wanted && pairs.all(|(own, other)| own.as_deref() == other)
    }
}

/// An Arazzo document of a program.
#[derive(Debug)]
pub struct Document {
    /// Its `$self` where it has one, else where it was read: what `$self` evaluates to.
    pub url: Arc<str>,
    /// Its source descriptions by name: the URL as written.
    pub sources: Vec<(Box<str>, Box<str>)>,
    /// `components.parameters` and the like, for `$components.…` in expressions.
    pub components: Value,
}

/// A workflow: Arazzo, Workflow Object.
#[derive(Debug)]
pub struct Workflow {
    /// The `workflowId`.
    pub id: Arc<str>,
    /// Index into [`Linked::documents`].
    pub document: usize,
    /// The `summary`.
    pub summary: Option<Box<str>>,
    /// The `description`.
    pub description: Option<Box<str>>,
    /// The schema of the inputs; none where the workflow declares none.
    pub inputs: Option<Schema>,
    /// Names of inputs that are secret: `format: password`, `writeOnly`.
    pub secret_inputs: Vec<Box<str>>,
    /// Names of inputs that are made up when absent: `x-spola-default: uuid`.
    pub made_inputs: Vec<Box<str>>,
    /// Run before this one, each once a run.
    pub depends_on: Vec<WorkflowIndex>,
    /// In the order in which they are run.
    pub steps: Vec<Step>,
    /// In the order written.
    pub outputs: Vec<Output>,
    /// Where the workflow stands.
    pub place: Location,
}

/// A named value to take: a step's or a workflow's output.
#[derive(Debug, PartialEq)]
pub struct Output {
    /// Its name.
    pub name: Arc<str>,
    /// What it is made of.
    pub value: Template,
}

/// A step: Arazzo, Step Object.
///
/// Lists that are equal in several steps of a workflow are the same list.
#[derive(Debug)]
pub struct Step {
    /// The `stepId`.
    pub id: Arc<str>,
    /// The `description`.
    pub description: Option<Box<str>>,
    /// What it calls.
    pub target: Target,
    /// Parameters of the step and, where not overridden, of the workflow.
    pub arguments: Vec<Argument>,
    /// The `requestBody`.
    pub body: Option<Body>,
    /// Empty: 200–299 (an operation), or that the called workflow succeeded.
    pub criteria: Arc<[Criterion]>,
    /// The effective success actions: the step's, then the workflow's.
    pub on_success: Arc<[Action]>,
    /// The effective failure actions: the step's, then the workflow's.
    pub on_failure: Arc<[Action]>,
    /// In the order written.
    pub outputs: Arc<[Output]>,
    /// The outputs named by `x-spola-collect`: indexes into `outputs`.
    pub collect: Vec<usize>,
    /// What the host carries out instead of the request, which holds its arguments:
    /// `x-spola-operation`.
    pub operation: Option<Arc<str>>,
    /// How long one attempt may take: Arazzo 1.1, Step Object, `timeout`.
    pub timeout: Option<Duration>,
    /// Steps that must have completed before: Arazzo 1.1, Step Object, `dependsOn`.
    pub depends_on: Vec<StepIndex>,
    /// Values in this step's request that were read from an earlier answer of
    /// the same operation (a page token).
    pub fed_back: Vec<FedBack>,
    /// Places in this step's answers that some step of the workflow feeds back
    /// to the same operation.
    pub remembered: Vec<crate::pointer::Pointer>,
    /// Whether a criterion, output or action reads the answer's body.
    pub reads_body: bool,
    /// The parts of the answer's body that they read.
    pub parts: Arc<Parts>,
    /// Whether a criterion, output or action reads the request.
    pub reads_request: bool,
}

/// A value of a step's request that comes from an answer of the same operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FedBack {
    /// The step whose output it is.
    pub step: StepIndex,
    /// The output's name.
    pub output: Box<str>,
    /// Where in the answer's body the value is read.
    pub pointer: crate::pointer::Pointer,
    /// Where in the output the value is: the whole of it, mostly.
    pub inside: crate::pointer::Pointer,
}

/// What a step calls.
#[derive(Debug)]
pub enum Target {
    /// An HTTP operation.
    Operation(OperationIndex),
    /// A workflow of this or another document.
    Workflow(WorkflowIndex),
    /// Something that this version can check but not run, and what it is (`asyncapi`).
    Unsupported(Box<str>),
}

/// A parameter of a step or action: Arazzo, Parameter Object.
#[derive(Debug, PartialEq)]
pub struct Argument {
    /// Its name.
    pub name: Arc<str>,
    /// Where it goes; none for the input of a called workflow.
    pub location: Option<ParameterLocation>,
    /// Its value.
    pub value: Template,
    /// Whether the step fails when the value is missing: a path parameter, or
    /// one that the operation declares as required.
    pub required: bool,
    /// Where it stands.
    pub place: Box<Location>,
}

/// A request body: Arazzo, Request Body Object.
#[derive(Debug)]
pub struct Body {
    /// The `contentType`.
    pub content_type: Option<Box<str>>,
    /// The `payload`.
    pub payload: Option<Template>,
    /// In the order written.
    pub replacements: Vec<Replacement>,
    /// Whether it is JSON whatever its expressions give: then it is written as it
    /// is evaluated.
    pub json: bool,
    /// Where it stands.
    pub place: Box<Location>,
}

/// A payload replacement: Arazzo, Payload Replacement Object.
#[derive(Debug)]
pub struct Replacement {
    /// What to replace.
    pub target: ReplacementTarget,
    /// By what.
    pub value: Template,
    /// Where it stands.
    pub place: Box<Location>,
}

/// What a replacement replaces.
#[derive(Debug)]
pub enum ReplacementTarget {
    /// The place that a JSON Pointer names.
    Pointer(crate::pointer::Pointer),
    /// Every place that a JSONPath query selects: Arazzo 1.1.
    Query(crate::expression::Query),
}

/// A criterion: Arazzo, Criterion Object.
#[derive(Clone, Debug, PartialEq)]
pub struct Criterion {
    /// The condition as written, for reports.
    pub text: Arc<str>,
    /// What it is judged on, as written, for reports.
    pub context: Option<Arc<str>>,
    /// What is judged.
    pub condition: Condition,
}

/// An action: Arazzo, Success Action Object and Failure Action Object.
#[derive(Debug, PartialEq)]
pub struct Action {
    /// Its name.
    pub name: Arc<str>,
    /// What it does.
    pub kind: ActionKind,
    /// All have to pass for it to apply.
    pub criteria: Vec<Criterion>,
}

/// What an action does.
#[derive(Debug, PartialEq)]
pub enum ActionKind {
    /// Ends the workflow.
    End,
    /// Goes on elsewhere, without coming back.
    Goto(ActionTarget),
    /// Does the step again.
    Retry {
        /// What runs before the step is done again.
        first: Option<ActionTarget>,
        /// How long to wait before: `retryAfter`.
        after: Duration,
        /// How many further attempts at most: `retryLimit`, 1 where not given.
        limit: u32,
    },
}

/// Where an action leads.
#[derive(Debug, PartialEq)]
pub enum ActionTarget {
    /// A step of the same workflow.
    Step(StepIndex),
    /// A workflow, with the inputs that the action's `parameters` give (Arazzo 1.1).
    Workflow(WorkflowIndex, Vec<Argument>),
}

impl Linked {
    /// The workflow of an index that this program gave out.
    pub(crate) fn workflow(&self, index: WorkflowIndex) -> &Workflow {
        &self.workflows[index.0 as usize]
    }

    /// Where the requests of an operation go, once a run has asked.
    pub(crate) fn address(&self, index: OperationIndex) -> &OnceLock<(Circumstances, Address)> {
        &self.addresses[index.0 as usize]
    }

    /// The operation of an index that this program gave out.
    pub(crate) fn operation(&self, index: OperationIndex) -> &Operation {
        &self.operations[index.0 as usize]
    }
}

impl Step {
    /// All of its actions.
    pub(crate) fn actions(&self) -> impl Iterator<Item = &Action> {
        self.on_success.iter().chain(&*self.on_failure)
    }
}

impl ActionKind {
    /// Where it leads, or what runs before the retry.
    pub(crate) fn target(&self) -> Option<&ActionTarget> {
        match self {
            Self::Goto(target) => Some(target),
            Self::Retry { first, .. } => first.as_ref(),
            Self::End => None,
        }
    }
}

impl Workflow {
    /// The step of an index that this workflow gave out.
    pub(crate) fn step(&self, index: StepIndex) -> &Step {
        &self.steps[index.0 as usize]
    }
}
