//! Where the requests of a program may go.

use super::address::base;
use super::effect::Failure;
use super::failure::Fault;
use super::options::RunOptions;
use super::prepare::{aws_call, schemes_of};
use crate::auth::Scheme;
use crate::link::{Linked, OperationIndex, Program, Target};

/// Where requests may go, and what they carry there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Destination {
    /// `scheme://host[:port][/prefix]`: what the URLs of requests begin with.
    pub base: String,
    /// The name of the source description.
    pub source: String,
    /// The schemes that authorize its requests, all of which apply; none where
    /// it asks for none.
    pub schemes: Vec<Scheme>,
}

impl Program {
    /// Where the requests of the program's runs may go with these options, each
    /// destination once: what a host can open for a run, and close for all else.
    ///
    /// # Errors
    /// A region or server that is missing, as a run would tell it.
    pub fn destinations(&self, options: &RunOptions) -> Result<Vec<Destination>, Failure> {
        let linked = self.linked();
        let mut found: Vec<Destination> = Vec::new();
        for workflow in &linked.workflows {
            for step in &workflow.steps {
                let Target::Operation(index) = step.target else {
                    continue;
                };
                let target = step.arguments.iter().find_map(|argument| {
                    let named = argument.name.eq_ignore_ascii_case("x-amz-target");
                    argument.value.constant().filter(|_| named)?.as_str()
                });
                let one =
                    destination(linked, index, target, options).map_err(|failure| *failure)?;
                if !found.contains(&one) {
                    found.push(one);
                }
            }
        }
        Ok(found)
    }
}

fn destination(
    linked: &Linked,
    index: OperationIndex,
    target: Option<&str>,
    options: &RunOptions,
) -> Result<Destination, Fault> {
    let operation = linked.operation(index);
    let aws = aws_call(operation, target, options)?;
    let base = base(operation, aws, options)?;
    Ok(Destination {
        base,
        source: operation.source.to_string(),
        schemes: schemes_of(operation, aws).unwrap_or_default(),
    })
}
