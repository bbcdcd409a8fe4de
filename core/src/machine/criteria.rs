//! Did the step succeed?

use super::Run;
use super::actions::Verdict;
use super::effect::{CallId, Failure, Progress};
use super::failure;
use super::scope::RunScope;
use crate::expression::Scope;
use crate::link::{Criterion, Linked, Step};

/// Whether all criteria hold; none: yes.
pub(super) fn all_pass(criteria: &[Criterion], scope: &dyn Scope) -> bool {
    criteria
        .iter()
        .all(|criterion| criterion.condition.judge(scope).passed)
}

impl Run {
    /// Judges the answer of the active step: Arazzo, Step Object, `successCriteria`.
    ///
    /// Unspecified: without criteria a status of 200 to 299 is success.
    pub(super) fn judge_answer(&mut self, program: &Linked, id: CallId) {
        let Some((workflow, step)) = self.position() else {
            return;
        };
        let step = program.workflow(workflow).step(step);
        let verdict = match self.malformed(step) {
            Some(failure) => Verdict::failed(failure),
            None if step.criteria.is_empty() => match self.answer() {
                Some(answer) if (200..300).contains(&answer.status()) => Verdict::succeeded(),
                answer => Verdict::failed(failure::criteria(answer, None)),
            },
            None => self.judge(program, Some(id), step),
        };
        self.conclude(program, Some(id), verdict);
    }

    /// Judges a step that called a workflow, which has ended.
    ///
    /// Unspecified: the call has to have succeeded, and the criteria to hold.
    pub(super) fn judge_call(&mut self, program: &Linked, called: u32, cause: Option<Failure>) {
        let Some((workflow, step)) = self.position() else {
            return;
        };
        let step = program.workflow(workflow).step(step);
        let verdict = match cause {
            Some(cause) => {
                let id = program
                    .workflows
                    .get(called as usize)
                    .map_or("", |called| &*called.id);
                Verdict::failed(failure::called(id, &cause))
            }
            None => self.judge(program, None, step),
        };
        self.conclude(program, None, verdict);
    }

    fn judge(&mut self, program: &Linked, id: Option<CallId>, step: &Step) -> Verdict {
        let top = self.state.frames.len().saturating_sub(1);
        let mut unmet = None;
        for criterion in &*step.criteria {
            let scope = RunScope::new(program, &self.state, top, self.exchange.as_deref());
            let judgement = criterion.condition.judge(&scope);
            let note = judgement
                .reason
                .map(|reason| self.without_secrets(reason.to_string()));
            if !judgement.passed && unmet.is_none() {
                unmet = Some((criterion, note.clone()));
            }
            self.tell(Progress::Criterion {
                id,
                condition: criterion.text.clone(),
                passed: judgement.passed,
                note,
            });
        }
        match unmet {
            None => Verdict::succeeded(),
            Some((criterion, note)) => {
                Verdict::failed(failure::criteria(self.answer(), Some((criterion, note))))
            }
        }
    }

    /// Why the answer cannot be read, where the step reads it or it is nested too deep.
    fn malformed(&self, step: &Step) -> Option<Failure> {
        let answer = self.answer()?;
        let read = if step.reads_body {
            // What AWS says of an error may stand anywhere.
            if answer.status() < 400 {
                answer.read_parts(&step.parts);
            }
            answer.value().map(drop)
        } else {
            answer.check_depth()
        };
        read.err().map(|error| failure::exchange(&error))
    }
}
