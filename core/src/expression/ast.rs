//! Expressions as trees, and what they refer to.

use std::fmt::{self, Display};

use crate::pointer::Pointer;

/// A parsed runtime expression: Arazzo, Runtime Expressions.
#[derive(Clone, Debug, PartialEq)]
pub struct Expression {
    /// As written, without blanks or braces around it.
    pub(super) text: Box<str>,
    pub(super) root: Root,
    /// Whose value it is: the step, workflow, source or kind of component; empty
    /// where there is none.
    pub(super) owner: StepRef,
    /// Where in the text the name begins that follows.
    pub(super) name: u32,
    /// How the name may be read, the longest first; where there are none it is
    /// what is left of the text.
    pub(super) candidates: Box<[Candidate]>,
    /// Where in the root's value: members and elements named by `.x`, `[0]` and
    /// by the pointer after `#`.
    pub(super) path: Pointer,
    /// Whether the last token of `path` is a `.length`, which is also the length
    /// of an array or string that has no such member.
    pub(super) length: bool,
}

/// A step that an expression names; `index` is for whoever links to fill in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StepRef {
    /// The `stepId`.
    pub name: Box<str>,
    /// The step's number in its workflow, once bound.
    pub index: Option<u32>,
}

/// Where an expression begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Root {
    Url,
    Method,
    StatusCode,
    SelfUri,
    RequestHeader,
    RequestQuery,
    RequestPath,
    RequestBody,
    ResponseHeader,
    ResponseQuery,
    ResponsePath,
    ResponseBody,
    MessageHeader,
    MessagePayload,
    Input,
    Output,
    StepOutput,
    WorkflowInput,
    WorkflowOutput,
    Source,
    Component,
}

/// One reading of a name.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Candidate {
    /// How long the name is.
    pub(super) end: u32,
    /// How many tokens of the expression's path this name has swallowed.
    pub(super) skip: u32,
}

/// The names that an expression may mean, the longest first: `a.b` is an input
/// so named, or member `b` of input `a`.
#[derive(Clone, Copy, Debug)]
pub struct Names<'e> {
    text: &'e str,
    candidates: &'e [Candidate],
}

impl<'e> Names<'e> {
    /// The names, the longest first; at least one.
    pub fn candidates(self) -> impl Iterator<Item = &'e str> {
        (0..).map_while(move |at| Some(self.reading(at)?.0))
    }

    /// The longest: the name as written.
    pub fn full(self) -> &'e str {
        self.candidates().next().unwrap_or_default()
    }

    /// The shortest: what is left when every dot and bracket is navigation.
    pub fn shortest(self) -> &'e str {
        self.candidates().last().unwrap_or_default()
    }

    /// One of the readings: the name, and how many path tokens it has swallowed.
    pub(super) fn reading(self, at: usize) -> Option<(&'e str, usize)> {
        if self.candidates.is_empty() {
            return (at == 0).then_some((self.text, 0));
        }
        let one = self.candidates.get(at)?;
        let name = self.text.get(..one.end as usize).unwrap_or_default();
        Some((name, one.skip as usize))
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
    /// The name after the root, or after what has it.
    pub(super) fn names(&self) -> Names<'_> {
        Names {
            text: self.text.get(self.name as usize..).unwrap_or_default(),
            candidates: &self.candidates,
        }
    }

    /// What the expression refers to.
    pub fn reference(&self) -> Reference<'_> {
        let (names, owner) = (self.names(), &self.owner);
        let body = Part::Body((!self.length).then_some(&self.path));
        match self.root {
            Root::Url => Reference::Url,
            Root::Method => Reference::Method,
            Root::StatusCode => Reference::StatusCode,
            Root::SelfUri => Reference::SelfUri,
            Root::RequestHeader => Reference::Request(Part::Header(names.text)),
            Root::RequestQuery => Reference::Request(Part::Query(names)),
            Root::RequestPath => Reference::Request(Part::Path(names)),
            Root::RequestBody => Reference::Request(body),
            Root::ResponseHeader => Reference::Response(Part::Header(names.text)),
            Root::ResponseQuery => Reference::Response(Part::Query(names)),
            Root::ResponsePath => Reference::Response(Part::Path(names)),
            Root::ResponseBody => Reference::Response(body),
            Root::MessageHeader => Reference::Message(Part::Header(names.text)),
            Root::MessagePayload => Reference::Message(body),
            Root::Input => Reference::Input(names),
            Root::Output => Reference::Output(names),
            Root::StepOutput => Reference::StepOutput {
                step: owner,
                output: names,
            },
            Root::WorkflowInput => Reference::WorkflowInput {
                workflow: &owner.name,
                input: names,
            },
            Root::WorkflowOutput => Reference::WorkflowOutput {
                workflow: &owner.name,
                output: names,
            },
            Root::Source => Reference::Source {
                name: &owner.name,
                field: names.text,
            },
            Root::Component => Reference::Component {
                kind: &owner.name,
                name: names,
            },
        }
    }

    /// Calls `f` with what the expression refers to.
    pub fn visit(&self, f: &mut dyn FnMut(Reference<'_>)) {
        f(self.reference());
    }

    /// Calls `f` with the step that the expression names, to be bound.
    pub fn bind(&mut self, f: &mut dyn FnMut(&mut StepRef)) {
        if self.root == Root::StepOutput {
            f(&mut self.owner);
        }
    }

    /// Where in the response body it reads, if that is all it does.
    pub fn response_body_pointer(&self) -> Option<&Pointer> {
        (self.root == Root::ResponseBody && !self.length).then_some(&self.path)
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
