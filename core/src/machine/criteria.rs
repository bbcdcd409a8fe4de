//! Did the step succeed?

use super::Run;
use super::at::At;
use super::effect::{CallId, Progress};
use super::failure::{self, Fault};
use crate::expression::Scope;
use crate::link::Criterion;

/// Whether all criteria hold; none: yes.
pub(super) fn all_pass(criteria: &[Criterion], scope: &dyn Scope) -> bool {
    criteria
        .iter()
        .all(|criterion| criterion.condition.judge(scope).passed)
}

impl Run {
    /// Why the answer fails the active step, if it does: Arazzo, Step Object,
    /// `successCriteria`.
    ///
    /// Unspecified: without criteria a status of 200 to 299 is success.
    pub(super) fn judge_answer(&mut self, at: &At<'_>, id: CallId) -> Option<Fault> {
        if let Some(malformed) = self.malformed(at) {
            return Some(malformed);
        }
        if !at.step.criteria.is_empty() {
            return self.judge(at, Some(id));
        }
        let answer = self.answer();
        let good = answer.is_some_and(|answer| (200..300).contains(&answer.status()));
        (!good).then(|| failure::criteria(answer, None))
    }

    /// The first criterion that does not hold, as a failure. A step that called a
    /// workflow is judged by them alone.
    pub(super) fn judge(&mut self, at: &At<'_>, id: Option<CallId>) -> Option<Fault> {
        let mut unmet = None;
        for criterion in &*at.step.criteria {
            let judgement = criterion.condition.judge(&self.scope(at.program));
            let note = judgement.reason.map(|reason| reason.to_string());
            let note = note.map(|note| self.without_secrets(note));
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
        unmet.map(|unmet| failure::criteria(self.answer(), Some(unmet)))
    }

    /// Why the answer cannot be read, where the step reads it or it is nested too deep.
    fn malformed(&self, at: &At<'_>) -> Option<Fault> {
        let answer = self.answer()?;
        let read = if at.step.reads_body {
            // What AWS says of an error may stand anywhere.
            if answer.status() < 400 {
                answer.read_parts(&at.step.parts);
            }
            answer.value().map(drop)
        } else {
            answer.check_depth()
        };
        read.err().map(|error| failure::caused(&error))
    }
}
