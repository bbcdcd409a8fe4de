//! Where a request goes.

use std::borrow::Cow;

use super::effect::Failure;
use super::failure;
use super::options::RunOptions;
use super::prepare::AwsCall;
use crate::auth::aws;
use crate::exchange::{self, Address, Operation, ServerChoice};
use crate::link::{Circumstances, Linked, OperationIndex};

/// The address of an operation: worked out once for all runs of the program whose
/// options are alike in what decides it.
pub(super) fn address<'p>(
    program: &'p Linked,
    index: OperationIndex,
    aws: Option<AwsCall<'_>>,
    options: &RunOptions,
) -> Result<Cow<'p, Address>, Failure> {
    let operation = program.operation(index);
    let endpoint = endpoint(operation, aws, options);
    let make = || {
        let base = base(operation, aws, options)?;
        Ok(Address::new(operation, &base))
    };
    // Variables would have to be compared one by one.
    if !options.server_variables.is_empty() {
        return make().map(Cow::Owned);
    }
    let circumstances = Circumstances {
        endpoint: endpoint.map(Cow::Borrowed),
        service: aws.map(|aws| Cow::Borrowed(aws.service)),
        region: options.region.as_deref().map(Cow::Borrowed),
        fips: options.use_fips,
        dual_stack: options.use_dual_stack,
    };
    let known = program.address(index);
    match known.get() {
        Some((of, address)) if *of == circumstances => Ok(Cow::Borrowed(address)),
        Some(_) => make().map(Cow::Owned),
        None => {
            let address = make()?;
            // Another run may have been quicker, with other options.
            let _ = known.set((circumstances.into_owned(), address.clone()));
            Ok(Cow::Owned(address))
        }
    }
}

/// The endpoint that the host of the run names for an operation.
fn endpoint<'o>(
    operation: &Operation,
    aws: Option<AwsCall<'_>>,
    options: &'o RunOptions,
) -> Option<&'o str> {
    let of_source = options.endpoints.get(&*operation.source);
    let endpoint = of_source.or_else(|| options.endpoints.get("")).or_else(|| {
        let of_service = options.aws_endpoints.get(aws?.service);
        of_service.or_else(|| options.aws_endpoints.get(""))
    });
    endpoint.map(String::as_str)
}

/// Where the requests of an operation go, before path and query.
pub(super) fn base(
    operation: &Operation,
    aws: Option<AwsCall<'_>>,
    options: &RunOptions,
) -> Result<String, Failure> {
    let endpoint = endpoint(operation, aws, options);
    if let (Some(aws), None) = (aws, endpoint) {
        let choice = aws::HostOptions {
            fips: options.use_fips,
            dual_stack: options.use_dual_stack,
        };
        let host =
            aws::host(aws.service, aws.region, choice).map_err(|error| failure::auth(&error))?;
        return Ok(format!("https://{host}"));
    }
    let choice = ServerChoice {
        endpoint,
        variables: Some(&options.server_variables),
        region: options.region.as_deref(),
    };
    exchange::choose_server(operation, &choice).map_err(|error| failure::exchange(&error))
}
