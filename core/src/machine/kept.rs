//! What a snapshot holds of a run, member by member.

use std::time::Duration;

use super::again::Resend;
use super::archive::{Kept, Key, Reader, Writer, kept};
use super::effect::{CallId, Failure, Outcome, OutcomeKind};
use super::left::Left;
use super::options::RunOptions;
use super::outputs::Outputs;
use super::state::{
    Ended, Executions, FailedAttempt, Frame, KeptAnswer, Next, Outstanding, OutstandingKind,
    Repeated, Role, State, StepState, Via, Visit,
};
use super::visits::Visits;
use crate::link::{StepIndex, WorkflowIndex};

/// No workflow has more steps: a snapshot that says so is damaged.
const MOST_STEPS: usize = 1 << 20;

kept! { State {
    next_call: "nextCall",
    draws: "draws",
    entries: "entries",
    frames: "frames",
    ended: "ended" secret,
    executions: "executions",
    outstanding: "outstanding",
    outcome: "outcome" secret,
} }

kept! { Outstanding {
    id: "id",
    announced: "announced",
    handed_out: "handed_out",
    kind: "kind",
} }

kept! { Ended {
    inputs: "inputs",
    outputs: "outputs",
    succeeded: "succeeded",
    failure: "failure",
} }

kept! { Frame {
    workflow: "workflow",
    called: "called",
    role: "role",
    inputs: "inputs" secret,
    given: "given" if some,
    steps: "steps" by sparse,
    visits: "visits",
    next: "next",
    budget: "budget",
    gone_to: "goneTo",
} }

kept! { Visit {
    step: "step",
    via: "via",
    execution: "execution",
    attempt: "attempt",
    retries: "retries",
    resend: "resend",
    budget: "budget",
    failed: "failed" secret,
} }

kept! { FailedAttempt {
    failure: "failure",
    answer: "answer",
} }

kept! { KeptAnswer {
    status: "status",
    headers: "headers",
    body: "body" by body,
} }

kept! { StepState {
    outputs: "outputs" secret,
    succeeded: "succeeded",
    last: "last",
    remembered: "remembered" secret,
    answered: "answered",
} }

kept! { Repeated {
    fingerprint: "fingerprint",
    polls: "polls",
} }

kept! { Resend {
    sent: "sent",
    renewed: "renewed",
    server_time: "serverTime",
} }

kept! { Outcome {
    outcome: "outcome",
    outputs: "outputs",
    failure: "failure",
} }

kept! { Failure {
    code: "code",
    step_id: "stepId",
    message: "message",
} }

kept! { RunOptions {
    endpoints: "endpoints",
    aws_endpoints: "aws_endpoints",
    region: "region",
    use_fips: "use_fips",
    use_dual_stack: "use_dual_stack",
    server_variables: "server_variables",
    max_steps: "max_steps",
    max_depth: "max_depth",
    poll_interval: "poll_interval",
    max_wait: "max_wait",
    max_response: "max_response",
    max_attempts: "max_attempts",
    seed: "seed",
    dependency_inputs: "dependency_inputs" secret,
    ; headers: Vec::new()
} }

/// Types that hold one value, and are kept as it.
macro_rules! newtypes {
    ($($Type:ident)+) => {
        $(impl Kept for $Type {
            fn write(&self, out: &mut Writer<'_>) {
                Kept::write(&self.0, out);
            }

            fn read(from: &mut Reader<'_>) -> Self {
                Self(Kept::read(from))
            }
        })+
    };
}

newtypes! { CallId StepIndex WorkflowIndex }

impl Kept for Executions {
    fn write(&self, out: &mut Writer<'_>) {
        out.json.begin_array();
        for counts in self.iter() {
            counts.write(out);
        }
        out.json.end_array();
    }

    fn read(from: &mut Reader<'_>) -> Self {
        let mut executions = Self::default();
        for counts in from.items() {
            from.go(counts);
            let (workflow, counts) = Kept::read(from);
            *executions.of(workflow) = counts;
        }
        executions
    }
}

impl Kept for Visits {
    fn write(&self, out: &mut Writer<'_>) {
        out.json.begin_array();
        for visit in self.iter() {
            visit.write(out);
        }
        out.json.end_array();
    }

    fn read(from: &mut Reader<'_>) -> Self {
        let mut visits = Self::default();
        for visit in from.items() {
            from.go(visit);
            visits.push(Kept::read(from));
        }
        visits
    }
}

/// Enums without contents, by the names of their variants.
macro_rules! words {
    ($($Type:ident { $First:ident: $first:literal $(, $Variant:ident: $name:literal)+ })+) => {
        $(impl Kept for $Type {
            fn write(&self, out: &mut Writer<'_>) {
                out.json.text(match self {
                    Self::$First => $first,
                    $(Self::$Variant => $name,)+
                });
            }

            fn read(from: &mut Reader<'_>) -> Self {
                match from.word() {
                    $($name => return Self::$Variant,)+
                    $first => {}
                    _ => from.expected("a known word"),
                }
                Self::$First
            }
        })+
    };
}

words! {
    Role { Main: "main", Call: "call", Dependency: "dependency", First: "first" }
    Via { Order: "order", Goto: "goto" }
    OutcomeKind { Succeeded: "succeeded", Failed: "failed", Interrupted: "interrupted" }
}

/// A variant is its name, or an object that has what it holds under its name.
impl Kept for Next {
    fn write(&self, out: &mut Writer<'_>) {
        let name = match self {
            Self::Dependencies => "dependencies",
            Self::Enter(..) => "enter",
            Self::Attempt => "attempt",
            Self::Send => "send",
            Self::First(_) => "first",
            Self::Returned(..) => "returned",
            Self::Called => "called",
        };
        if let Self::Enter(..) | Self::First(_) | Self::Returned(..) = self {
            out.json.begin_object().name(name);
        }
        match *self {
            Self::Enter(step, via) => (step, via).write(out),
            Self::First(action) => Kept::write(&action, out),
            Self::Returned(workflow, role) => (workflow, role).write(out),
            _ => {
                out.json.text(name);
                return;
            }
        }
        out.json.end_object();
    }

    fn read(from: &mut Reader<'_>) -> Self {
        match from.variant() {
            "dependencies" => Self::Dependencies,
            "enter" => {
                let (step, via) = Kept::read(from);
                Self::Enter(step, via)
            }
            "attempt" => Self::Attempt,
            "send" => Self::Send,
            "first" => Self::First(Kept::read(from)),
            "returned" => {
                let (workflow, role) = Kept::read(from);
                Self::Returned(workflow, role)
            }
            "called" => Self::Called,
            _ => {
                from.expected("a known next");
                Self::Called
            }
        }
    }
}

impl Kept for OutstandingKind {
    fn write(&self, out: &mut Writer<'_>) {
        match self {
            Self::Send => drop(out.json.text("send")),
            Self::Wait(delay) => {
                out.json.begin_object().name("wait");
                delay.write(out);
                out.json.end_object();
            }
        }
    }

    fn read(from: &mut Reader<'_>) -> Self {
        match from.variant() {
            "send" => return Self::Send,
            "wait" => return Self::Wait(Duration::read(from)),
            _ => from.expected("a known effect"),
        }
        Self::Send
    }
}

impl Kept for Outputs {
    fn write(&self, out: &mut Writer<'_>) {
        out.json.begin_object();
        for (name, value) in self.iter() {
            out.name(name);
            out.value(value);
        }
        out.json.end_object();
    }

    fn read(from: &mut Reader<'_>) -> Self {
        let given = from.members();
        let mut outputs = Self::with_capacity(given.len());
        for (name, value) in given {
            from.go(value);
            outputs.push(name.into(), from.value());
        }
        outputs
    }
}

/// Steps that never ran take no room in a snapshot.
mod sparse {
    use super::{Kept, Key, Left, MOST_STEPS, Reader, Writer};

    pub fn write(steps: &Left, out: &mut Writer<'_>) {
        out.json.begin_object();
        for (at, step) in steps.iter() {
            Key::write(&at, out);
            step.write(out);
        }
        out.json.end_object();
    }

    pub fn read(from: &mut Reader<'_>) -> Left {
        let mut steps = Left::default();
        for (name, step) in from.members() {
            let at = <u32 as Key>::read(name, from) as usize;
            if at >= MOST_STEPS {
                from.expected("a step index in range");
                break;
            }
            from.go(step);
            *steps.get_or_default(at) = Kept::read(from);
        }
        steps
    }
}

/// A body is text where it can be, so that it takes little room.
mod body {
    use super::{Kept, Reader, Writer};

    pub fn write(body: &Vec<u8>, out: &mut Writer<'_>) {
        match std::str::from_utf8(body) {
            Ok(text) => out.text(text),
            Err(_) => body.write(out),
        }
    }

    pub fn read(from: &mut Reader<'_>) -> Vec<u8> {
        if from.is_array() {
            return Kept::read(from);
        }
        from.text().into_bytes()
    }
}
