//! Expressions as trees, and what they refer to.

use std::fmt::{self, Display};

use crate::pointer::Pointer;

/// A parsed runtime expression: Arazzo, Runtime Expressions.
#[derive(Clone, Debug, PartialEq)]
pub struct Expression {
    /// As written, without blanks or braces around it.
    pub(super) text: Box<str>,
    pub(super) root: Root,
    /// Where in the root's value: members and elements named by `.x`, `[0]` and
    /// by the pointer after `#`.
    pub(super) path: Pointer,
    /// Whether the last token of `path` is a `.length`, which is also the length
    /// of an array or string that has no such member.
    pub(super) length: bool,
}

/// A step that an expression names; `index` is for whoever links to fill in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepRef {
    /// The `stepId`.
    pub name: Box<str>,
    /// The step's number in its workflow, once bound.
    pub index: Option<u32>,
}

/// Which message a part is read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Message {
    Request,
    Response,
    Received,
}

/// Where an expression begins.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Root {
    Url,
    Method,
    StatusCode,
    SelfUri,
    Header(Message, Box<str>),
    Query(Message, Name),
    Path(Message, Name),
    Body(Message),
    Input(Name),
    Output(Name),
    StepOutput(StepRef, Name),
    WorkflowInput(Box<str>, Name),
    WorkflowOutput(Box<str>, Name),
    Source { name: Box<str>, field: Box<str> },
    Component(Box<str>, Name),
}

/// A name that may hold dots: the whole text, or a shorter name with
/// navigation after it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Name {
    pub(super) text: Box<str>,
    /// Longest first, never empty.
    pub(super) candidates: Box<[Candidate]>,
}

/// One reading of a [`Name`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Candidate {
    /// The name is `text[..end]`.
    pub(super) end: u32,
    /// How many tokens of the expression's path this name has swallowed.
    pub(super) skip: u32,
}

impl Name {
    /// A name that is read only as it is written.
    pub(super) fn whole(text: &str) -> Self {
        Self {
            text: text.into(),
            candidates: Box::new([Candidate {
                end: text.len() as u32,
                skip: 0,
            }]),
        }
    }

    /// The readings: name, and how many path tokens it has swallowed.
    pub(super) fn readings(&self) -> impl Iterator<Item = (&str, usize)> {
        self.candidates
            .iter()
            .filter_map(|one| Some((self.text.get(..one.end as usize)?, one.skip as usize)))
    }
}

/// The names that an expression may mean, the longest first: `a.b` is an input
/// so named, or member `b` of input `a`.
#[derive(Clone, Copy, Debug)]
pub struct Names<'e>(&'e Name);

impl<'e> Names<'e> {
    /// The names, the longest first; at least one.
    pub fn candidates(self) -> impl Iterator<Item = &'e str> {
        self.0.readings().map(|(name, _)| name)
    }

    /// The longest: the name as written.
    pub fn full(self) -> &'e str {
        self.candidates().next().unwrap_or_default()
    }

    /// The shortest: what is left when every dot and bracket is navigation.
    pub fn shortest(self) -> &'e str {
        self.candidates().last().unwrap_or_default()
    }
}

/// A part of a request, response or received message.
#[derive(Clone, Copy, Debug)]
pub enum Part<'e> {
    /// A header, in any letter case.
    Header(&'e str),
    /// A query parameter.
    Query(Names<'e>),
    /// A path parameter.
    Path(Names<'e>),
    /// The body (a message's payload), and where in it; `None` where the length
    /// of something in it is asked for.
    Body(Option<&'e Pointer>),
}

/// What an expression refers to.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Reference<'e> {
    /// `$url`
    Url,
    /// `$method`
    Method,
    /// `$statusCode`
    StatusCode,
    /// `$self`
    SelfUri,
    /// `$request.…`
    Request(Part<'e>),
    /// `$response.…`
    Response(Part<'e>),
    /// `$message.…`
    Message(Part<'e>),
    /// `$inputs.…`
    Input(Names<'e>),
    /// `$outputs.…`
    Output(Names<'e>),
    /// `$steps.….outputs.…`
    StepOutput {
        /// The step.
        step: &'e StepRef,
        /// Its output.
        output: Names<'e>,
    },
    /// `$workflows.….inputs.…`
    WorkflowInput {
        /// The `workflowId`.
        workflow: &'e str,
        /// Its input.
        input: Names<'e>,
    },
    /// `$workflows.….outputs.…`
    WorkflowOutput {
        /// The `workflowId`.
        workflow: &'e str,
        /// Its output.
        output: Names<'e>,
    },
    /// `$sourceDescriptions.…`
    Source {
        /// The source description's name.
        name: &'e str,
        /// A field of it, or an operation or workflow in it.
        field: &'e str,
    },
    /// `$components.…`
    Component {
        /// `parameters`, `successActions` or `failureActions`.
        kind: &'e str,
        /// The component.
        name: Names<'e>,
    },
}

impl Expression {
    /// What the expression refers to.
    pub fn reference(&self) -> Reference<'_> {
        match &self.root {
            Root::Url => Reference::Url,
            Root::Method => Reference::Method,
            Root::StatusCode => Reference::StatusCode,
            Root::SelfUri => Reference::SelfUri,
            Root::Header(message, name) => message.reference(Part::Header(name)),
            Root::Query(message, name) => message.reference(Part::Query(Names(name))),
            Root::Path(message, name) => message.reference(Part::Path(Names(name))),
            Root::Body(message) => {
                message.reference(Part::Body((!self.length).then_some(&self.path)))
            }
            Root::Input(name) => Reference::Input(Names(name)),
            Root::Output(name) => Reference::Output(Names(name)),
            Root::StepOutput(step, output) => Reference::StepOutput {
                step,
                output: Names(output),
            },
            Root::WorkflowInput(workflow, input) => Reference::WorkflowInput {
                workflow,
                input: Names(input),
            },
            Root::WorkflowOutput(workflow, output) => Reference::WorkflowOutput {
                workflow,
                output: Names(output),
            },
            Root::Source { name, field } => Reference::Source { name, field },
            Root::Component(kind, name) => Reference::Component {
                kind,
                name: Names(name),
            },
        }
    }

    /// Calls `f` with what the expression refers to.
    pub fn visit(&self, f: &mut dyn FnMut(Reference<'_>)) {
        f(self.reference());
    }

    /// Calls `f` with the step that the expression names, to be bound.
    pub fn bind(&mut self, f: &mut dyn FnMut(&mut StepRef)) {
        if let Root::StepOutput(step, _) = &mut self.root {
            f(step);
        }
    }

    /// Where in the response body it reads, if that is all it does.
    pub fn response_body_pointer(&self) -> Option<&Pointer> {
        match self.reference() {
            Reference::Response(Part::Body(pointer)) => pointer,
            _ => None,
        }
    }

    /// The expression as written.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Message {
    fn reference(self, part: Part<'_>) -> Reference<'_> {
        match self {
            Self::Request => Reference::Request(part),
            Self::Response => Reference::Response(part),
            Self::Received => Reference::Message(part),
        }
    }
}
