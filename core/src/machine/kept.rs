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
} }

/// Types that hold one value, and are kept as it.
macro_rules! newtypes {
    ($($Type:ident)+) => {
        $(impl Kept for $Type {
            fn write(&self, out: &mut Writer<'_>) {
                self.0.write(out);
            }

            fn read(&mut self, from: &mut Reader<'_>) {
                self.0.read(from);
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

    fn read(&mut self, from: &mut Reader<'_>) {
        for of in from.items() {
            from.come_to(of);
            let mut of: (u32, Vec<u64>) = Default::default();
            of.read(from);
            *self.of(of.0) = of.1;
        }
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

    fn read(&mut self, from: &mut Reader<'_>) {
        for visit in from.items() {
            from.come_to(visit);
            let mut visit = Visit::default();
            visit.read(from);
            self.push(visit);
        }
    }
}

/// Enums without contents, by the names of their variants.
macro_rules! words {
    ($($Type:ident { $($Variant:ident: $name:literal),+ })+) => {
        $(impl Kept for $Type {
            fn write(&self, out: &mut Writer<'_>) {
                out.json.text(match self {
                    $(Self::$Variant => $name,)+
                });
            }

            fn read(&mut self, from: &mut Reader<'_>) {
                let variants = [$(Self::$Variant,)+];
                if let Some(variant) = variants.get(from.one_of(&[$($name,)+])) {
                    *self = *variant;
                }
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

    fn read(&mut self, from: &mut Reader<'_>) {
        *self = match from.variant() {
            "dependencies" => Self::Dependencies,
            "enter" => {
                let mut held: (StepIndex, Via) = Default::default();
                held.read(from);
                Self::Enter(held.0, held.1)
            }
            "attempt" => Self::Attempt,
            "send" => Self::Send,
            "first" => Self::First(from.number(u64::from(u32::MAX)) as u32),
            "returned" => {
                let mut held: (WorkflowIndex, Role) = Default::default();
                held.read(from);
                Self::Returned(held.0, held.1)
            }
            "called" => Self::Called,
            _ => return from.expected("a known next"),
        };
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

    fn read(&mut self, from: &mut Reader<'_>) {
        match from.variant() {
            "send" => *self = Self::Send,
            "wait" => {
                let mut delay = Duration::ZERO;
                delay.read(from);
                *self = Self::Wait(delay);
            }
            _ => from.expected("a known effect"),
        }
    }
}

impl Kept for Outputs {
    fn write(&self, out: &mut Writer<'_>) {
        out.json.begin_object();
        for (name, value) in self.iter() {
            out.json.name(name);
            out.value(value);
        }
        out.json.end_object();
    }

    fn read(&mut self, from: &mut Reader<'_>) {
        for (name, value) in from.members().into_iter().flatten() {
            from.come_to(value);
            self.push(name.as_str().into(), from.value());
        }
    }
}

/// Steps that never ran take no room in a snapshot.
mod sparse {
    use super::{Kept, Key, Left, MOST_STEPS, Reader, Writer};

    pub fn write(steps: &Left, out: &mut Writer<'_>) {
        out.json.begin_object();
        for at in 0..steps.len() {
            if let Some(step) = steps.get(at) {
                (at as u32).write_name(out);
                step.write(out);
            }
        }
        out.json.end_object();
    }

    pub fn read(steps: &mut Left, from: &mut Reader<'_>) {
        for (name, step) in from.members().into_iter().flatten() {
            from.come_to(step);
            let at = u32::of_name(name, from) as usize;
            if at >= MOST_STEPS {
                return from.expected("a step index in range");
            }
            steps.get_or_default(at).read(from);
        }
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

    pub fn read(body: &mut Vec<u8>, from: &mut Reader<'_>) {
        match from.maybe_text() {
            Some(text) => *body = text.into_bytes(),
            None => body.read(from),
        }
    }
}
