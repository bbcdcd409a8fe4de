//! `--junit`: a report for continuous integration.

use std::fmt::Write as _;

use spola::machine::{Outcome, OutcomeKind, StepRecord};

/// A JUnit report: one case for each request, and one for the workflow.
pub fn report(workflow_id: &str, outcome: &Outcome, steps: &[StepRecord]) -> String {
    let failed = outcome.outcome != OutcomeKind::Succeeded;
    let mut cases = String::new();
    for step in steps {
        let name = format!("{} #{}.{}", step.step_id, step.execution, step.attempt);
        let class = escape(&format!("{workflow_id}.{}", step.workflow_id));
        let _ = writeln!(
            cases,
            "    <testcase classname=\"{class}\" name=\"{}\"/>",
            escape(&name)
        );
    }
    let workflow = escape(workflow_id);
    let _ = write!(
        cases,
        "    <testcase classname=\"{workflow}\" name=\"{workflow}\""
    );
    match &outcome.failure {
        Some(failure) if failed => {
            let _ = write!(
                cases,
                ">\n      <failure type=\"{}\" message=\"{}\"/>\n    </testcase>\n",
                escape(&failure.code),
                escape(&failure.message)
            );
        }
        _ => cases.push_str("/>\n"),
    }
    let tests = steps.len() + 1;
    let failures = usize::from(failed);
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n  <testsuite name=\"{workflow}\" \
         tests=\"{tests}\" failures=\"{failures}\">\n{cases}  </testsuite>\n</testsuites>\n"
    )
}

/// Text for XML 1.0: characters that it cannot hold become U+FFFD.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' => out.push_str("&#10;"),
            c if c.is_control() && c != '\t' => out.push('\u{FFFD}'),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::report;
    use serde_json::Map;
    use spola::machine::{Failure, Outcome, OutcomeKind};

    #[test]
    fn a_failure_is_one_case_with_its_message_escaped() {
        let failure = Failure {
            code: "run.criteria".into(),
            step_id: Some("s".into()),
            message: "the answer was <400> & \"no\"".into(),
        };
        let outcome = Outcome {
            outcome: OutcomeKind::Failed,
            outputs: Map::new(),
            failure: Some(failure),
        };
        let text = report("w", &outcome, &[]);
        assert!(text.contains("tests=\"1\" failures=\"1\""), "{text}");
        assert!(text.contains("message=\"the answer was &lt;400&gt; &amp; &quot;no&quot;\""));
    }
}
