//! Where a request goes.

use std::borrow::Cow;

use super::failure::{self, Fault};
use super::options::RunOptions;
use super::prepare::AwsCall;
use crate::auth::aws;
use crate::exchange::{self, Address, Operation, ServerChoice};
use crate::link::{Circumstances, Linked, OperationIndex};
use crate::vec_map::VecMap;

/// The address of an operation: worked out once for all runs of the program whose
/// options are alike in what decides it.
pub(super) fn address<'p>(
    program: &'p Linked,
    index: OperationIndex,
    aws: Option<AwsCall<'_>>,
    options: &RunOptions,
) -> Result<Cow<'p, Address>, Fault> {
    let operation = program.operation(index);
    let service = aws.map(|aws| aws.service);
    let endpoint = endpoint(operation, service, options);
    let texts = [endpoint, service, options.region.as_deref()];
    let wanted = [options.use_fips, options.use_dual_stack];
    let known = program.address(index);
    // Variables would have to be compared one by one.
    let can_be_known = options.server_variables.is_empty();
    match known.get() {
        Some((of, address)) if can_be_known && of.are(texts, wanted) => {
            return Ok(Cow::Borrowed(address));
        }
        _ => {}
    }
    let address = Address::new(operation, &base(operation, aws, options)?);
    if can_be_known && known.get().is_none() {
        // Another run may have been quicker, with other options.
        let _ = known.set((Circumstances::of(texts, wanted), address.clone()));
    }
    Ok(Cow::Owned(address))
}

/// The endpoint that the host of the run names for an operation.
fn endpoint<'o>(
    operation: &Operation,
    service: Option<&str>,
    options: &'o RunOptions,
) -> Option<&'o str> {
    let named = |endpoints: &'o VecMap<String, String>, name: &str| {
        endpoints.get(name).or_else(|| endpoints.get(""))
    };
    let of_source = named(&options.endpoints, &operation.source);
    let endpoint = of_source.or_else(|| named(&options.aws_endpoints, service?));
    endpoint.map(String::as_str)
}

/// Where the requests of an operation go, before path and query.
pub(super) fn base(
    operation: &Operation,
    aws: Option<AwsCall<'_>>,
    options: &RunOptions,
) -> Result<String, Fault> {
    let endpoint = endpoint(operation, aws.map(|aws| aws.service), options);
    if let (Some(aws), None) = (aws, endpoint) {
        let choice = aws::HostOptions {
            fips: options.use_fips,
            dual_stack: options.use_dual_stack,
        };
        let host = aws::host(aws.service, aws.region, choice);
        let host = host.map_err(|error| failure::caused(&error))?;
        return Ok("https://".to_owned() + &host);
    }
    let choice = ServerChoice {
        endpoint,
        variables: Some(&options.server_variables),
        region: options.region.as_deref(),
    };
    exchange::choose_server(operation, &choice).map_err(|error| failure::caused(&error))
}
