//! A program as bytes, and back, with nothing linked again.

use std::sync::{Arc, OnceLock};

use super::program::{
    Action, ActionKind, ActionTarget, Argument, Body, Criterion, Document, FedBack, Linked,
    OperationIndex, Origin, Output, Program, Replacement, ReplacementTarget, Step, StepIndex,
    Target, Workflow, WorkflowIndex,
};
use super::unpacked::PackedError;
use crate::exchange::fingerprint_bytes;
use crate::packed::{Naming, Packed, Reader, Writer, packed};

/// What the bytes begin with.
const MAGIC: &[u8] = b"spola";

/// Which form the bytes have; it counts up whenever a part of a program changes.
const VERSION: u8 = 2;

/// How many bytes tell whether the others are as they were written.
const SUM: usize = 16;

impl Program {
    /// The program as bytes: compact, the same for the same program, and to be
    /// [unpacked](Self::unpack) by this version of the engine. What linking found
    /// is not among it.
    ///
    /// A document is read and linked where it is written; where it is run, the
    /// bytes are enough, without any reader of documents or expressions.
    ///
    /// ```
    /// use spola::document::Loader;
    /// use spola::link::{LinkOptions, Program, link};
    ///
    /// let workflow = r#"{
    ///     "arazzo": "1.0.1", "info": {"title": "Pets", "version": "1"},
    ///     "sourceDescriptions": [{"name": "pets", "url": "pets.json"}],
    ///     "workflows": [{"workflowId": "count", "steps": [{"stepId": "list", "operationId": "listPets"}]}]
    /// }"#;
    /// let description = r#"{
    ///     "openapi": "3.1.0", "info": {"title": "Pets", "version": "1"},
    ///     "servers": [{"url": "https://pets.example"}],
    ///     "paths": {"/pets": {"get": {"operationId": "listPets"}}}
    /// }"#;
    /// let mut loader = Loader::new("count.json");
    /// while let Some(url) = loader.needs() {
    ///     let text = if url == "pets.json" { description } else { workflow };
    ///     loader.supply(&url, text.as_bytes(), &url);
    /// }
    /// let program = link(loader.finish(), LinkOptions::default()).expect("a valid document");
    ///
    /// let bytes = program.pack();
    /// let again = Program::unpack(&bytes)?;
    /// assert_eq!(again.digest(), program.digest());
    /// assert_eq!(again.pack(), bytes);
    /// # Ok::<(), spola::link::PackedError>(())
    /// ```
    pub fn pack(&self) -> Vec<u8> {
        self.pack_over(&[])
    }

    /// The same, without texts that whoever unpacks has as well.
    pub(crate) fn pack_over(&self, given: &[&str]) -> Vec<u8> {
        let mut out = Writer::new(given);
        Linked::write(&self.0, &mut out);
        let packed = out.finish();
        let mut bytes = MAGIC.to_vec();
        bytes.push(VERSION);
        bytes.extend_from_slice(&fingerprint_bytes(&packed).to_be_bytes());
        bytes.extend_from_slice(&packed);
        bytes
    }

    /// A program from the bytes that [`pack`](Self::pack) gave. A run of it is the
    /// same as one of the program that was packed, down to its snapshots.
    ///
    /// Bytes that are no program are refused, whatever they are. What they say is
    /// believed: take them from whom you would take the document.
    ///
    /// # Errors
    /// `linked.damaged`, `linked.version`; `linked.dynamic` where the feature
    /// `dynamic` is off and the program needs it.
    pub fn unpack(bytes: &[u8]) -> Result<Self, PackedError> {
        Self::unpack_over(bytes, &[], &|name| name.into())
    }

    /// The same, over the texts that it was packed over, and with documents called
    /// otherwise than where it was packed.
    pub(crate) fn unpack_over(
        bytes: &[u8],
        given: &[&str],
        naming: Naming<'_>,
    ) -> Result<Self, PackedError> {
        let Some((version, rest)) = bytes.strip_prefix(MAGIC).and_then(<[u8]>::split_first) else {
            return Err(PackedError::Damaged);
        };
        if *version != VERSION {
            return Err(PackedError::Version { found: *version });
        }
        let (sum, packed) = rest
            .split_first_chunk::<SUM>()
            .ok_or(PackedError::Damaged)?;
        if fingerprint_bytes(packed).to_be_bytes() != *sum {
            return Err(PackedError::Damaged);
        }
        let mut input = Reader::new(packed, given, naming);
        let linked = Linked::read(&mut input);
        if !input.is_whole() || !linked.is_sound() {
            return Err(PackedError::Damaged);
        }
        if input.dynamic && !cfg!(feature = "dynamic") {
            return Err(PackedError::Dynamic);
        }
        Ok(Self(Arc::new(linked)))
    }
}

packed!(struct WorkflowIndex: (index));
packed!(struct StepIndex: (index));
packed!(struct OperationIndex: (index));
packed!(struct Workflow: {
    id, document, summary, description, inputs, secret_inputs, made_inputs, depends_on, steps,
    outputs, place,
});
packed!(struct Output: { name, value });
packed!(struct Step: {
    id, description, target, arguments, body, criteria, on_success, on_failure, outputs,
    collect, operation, timeout, depends_on, fed_back, remembered, reads_body, parts,
    reads_request,
});
packed!(struct FedBack: { step, output, pointer, inside });
packed!(enum Target: 0 Operation(index), 1 Workflow(index), 2 Unsupported(what));
packed!(struct Argument: { name, location, value, required, place });
packed!(struct Body: { content_type, payload, replacements, json, place });
packed!(struct Replacement: { target, value, place });
packed!(enum ReplacementTarget: 0 Pointer(pointer), 1 Query(query));
packed!(struct Criterion: { text, context, condition });
packed!(struct Action: { name, kind, criteria });
packed!(enum ActionKind:
    0 End,
    1 Goto(target),
    2 Retry { first, after, limit },
);
packed!(enum ActionTarget: 0 Step(index), 1 Workflow(index, arguments));

impl Packed for Document {
    fn write(&self, out: &mut Writer) {
        let Self {
            url,
            sources,
            components,
        } = self;
        out.name(url);
        sources.write(out);
        components.write(out);
    }

    fn read(input: &mut Reader<'_>) -> Self {
        Self {
            url: input.name(),
            sources: Packed::read(input),
            components: Packed::read(input),
        }
    }
}

impl Packed for Origin {
    fn write(&self, out: &mut Writer) {
        let Self {
            description,
            path,
            method,
        } = self;
        out.name(description);
        path.write(out);
        method.write(out);
    }

    fn read(input: &mut Reader<'_>) -> Self {
        Self {
            description: (&*input.name()).into(),
            path: Packed::read(input),
            method: Packed::read(input),
        }
    }
}

/// What runs remember in it and what linking found are left out.
impl Packed for Linked {
    fn write(&self, out: &mut Writer) {
        let Self {
            documents,
            workflows,
            own_workflows,
            operations,
            origins,
            addresses: _,
            findings: _,
            digest,
        } = self;
        documents.write(out);
        workflows.write(out);
        own_workflows.write(out);
        operations.write(out);
        origins.write(out);
        digest.write(out);
    }

    fn read(input: &mut Reader<'_>) -> Self {
        let documents = Packed::read(input);
        let workflows = Packed::read(input);
        let own_workflows = Packed::read(input);
        let operations: Vec<_> = Packed::read(input);
        Self {
            documents,
            workflows,
            own_workflows,
            addresses: operations.iter().map(|_| OnceLock::new()).collect(),
            operations,
            origins: Packed::read(input),
            findings: Vec::new(),
            digest: Packed::read(input),
        }
    }
}

impl Linked {
    /// Whether every index leads somewhere.
    fn is_sound(&self) -> bool {
        let known = |index: &WorkflowIndex| (index.0 as usize) < self.workflows.len();
        self.own_workflows <= self.workflows.len()
            && self.own_workflows > 0
            && self.origins.len() == self.operations.len()
            && self.workflows.iter().all(|workflow| {
                workflow.document < self.documents.len()
                    && !workflow.steps.is_empty()
                    && workflow.depends_on.iter().all(known)
                    && workflow.steps.iter().all(|step| self.holds(workflow, step))
            })
    }

    fn holds(&self, workflow: &Workflow, step: &Step) -> bool {
        let steps = workflow.steps.len();
        let known = |index: &WorkflowIndex| (index.0 as usize) < self.workflows.len();
        let target = match &step.target {
            Target::Operation(index) => (index.0 as usize) < self.operations.len(),
            Target::Workflow(index) => known(index),
            Target::Unsupported(_) => true,
        };
        let actions = step.on_success.iter().chain(&*step.on_failure);
        let mut targets = actions.filter_map(|action| match &action.kind {
            ActionKind::Goto(target) => Some(target),
            ActionKind::Retry { first, .. } => first.as_ref(),
            ActionKind::End => None,
        });
        target
            && step.depends_on.iter().all(|one| (one.0 as usize) < steps)
            && step
                .fed_back
                .iter()
                .all(|fed| (fed.step.0 as usize) < steps)
            && targets.all(|target| match target {
                ActionTarget::Step(index) => (index.0 as usize) < steps,
                ActionTarget::Workflow(index, _) => known(index),
            })
    }
}
