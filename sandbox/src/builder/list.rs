//! Images and their build versions listed.

use super::arn::{self, Arn};
use super::image::{arn_of, fits_version, kind_of, numbers, outputs, state_of};
use super::operation::Operation;
use crate::answer::{Answer, Refusal};
use crate::build::Build;
use crate::json::members;
use crate::page;
use crate::request::Request;
use crate::shape::{Shape, by, list, object, one_of, sized};
use crate::state::State;
use crate::text::Rule;
use http::Method;
use serde_json::{Value, json};

pub(crate) static OPERATIONS: &[Operation] = &[
    Operation {
        name: "ListImages",
        method: Method::POST,
        path: "/ListImages",
        query: &[],
        input: &IMAGES,
        run: list_images,
    },
    Operation {
        name: "ListImageBuildVersions",
        method: Method::POST,
        path: "/ListImageBuildVersions",
        query: &[],
        input: &BUILDS,
        run: list_builds,
    },
];

const PAGE: Shape = Shape::Integer { min: 1, max: 100 };
const NAME: Rule = Rule::Matches(
    |text| (1..=1024).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphabetic()),
    "^[a-zA-Z]{1,1024}$",
);
const VALUE: Rule = Rule::Matches(
    |text| {
        let allowed = |b: u8| b.is_ascii_alphanumeric() || b"./_ :,{}\"*-".contains(&b);
        (1..=1024).contains(&text.len()) && text.bytes().all(allowed)
    },
    "^[0-9a-zA-Z./_ :,{}\"*-]{1,1024}$",
);
static VALUES: Shape = list(&by(VALUE), 1, 10);
static FILTER: Shape = object! { may "name": by(NAME), may "values": VALUES };
static FILTERS: Shape = list(&FILTER, 1, 10);
static IMAGES: Shape = object! {
    may "owner": one_of(&["Self", "Shared", "Amazon", "ThirdParty", "AWSMarketplace"]),
    may "filters": FILTERS,
    may "byName": Shape::Flag,
    may "maxResults": PAGE,
    may "nextToken": sized(1, 65535),
    may "includeDeprecated": Shape::Flag,
};
static BUILDS: Shape = object! {
    may "imageVersionArn": by(arn::IMAGE_VERSION),
    may "filters": FILTERS,
    may "maxResults": PAGE,
    may "nextToken": sized(1, 65535),
};

/// Whether the filters of a call let a build through.
fn passes(request: &Request, build: &Build) -> Result<bool, Refusal> {
    for filter in request.items("filters") {
        let name = filter
            .get("name")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let own = match name {
            "name" => build.name.as_str(),
            "version" => build.version.as_str(),
            "type" => kind_of(build),
            "platform" => "Linux",
            "osVersion" => "Amazon Linux 2023",
            "imageSource" => "CUSTOM",
            _ => {
                return Err(Refusal::new(
                    "InvalidRequestException",
                    format!("The filter '{name}' is not supported."),
                ));
            }
        };
        let mut values = filter
            .get("values")
            .and_then(Value::as_array)
            .into_iter()
            .flatten();
        if !values.any(|value| value.as_str() == Some(own)) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The position of the page that a token begins.
fn start(request: &Request) -> Result<Option<String>, Refusal> {
    page::start(request).map_err(|_| {
        Refusal::new(
            "InvalidPaginationTokenException",
            "The nextToken is not valid for this request.",
        )
    })
}

/// A page of entries that are already in the order of their positions.
fn paged(
    state: &State,
    request: &Request,
    start: Option<&str>,
    entries: Vec<(String, Value)>,
) -> (Vec<Value>, Option<Value>) {
    let after = page::place(start);
    let entries = entries
        .into_iter()
        .skip_while(|(position, _)| after.is_some_and(|after| position.as_str() <= after));
    let size = request.page_size(25);
    let (found, next) = page::fill(state.settings.paging, size, start, entries);
    (found, next.map(|at| page::token(request, &at).into()))
}

/// One entry for each version, or each name.
fn list_images(state: &mut State, request: &Request) -> Answer {
    let start = start(request)?;
    let others = request.text("owner").is_some_and(|owner| owner != "Self");
    let builds = &state.registry(&request.account, &request.region).builds;
    let mut newest: Vec<&Build> = Vec::new();
    for build in builds.images.values() {
        if others || !passes(request, build)? {
            continue;
        }
        let same = newest.iter_mut().find(|other| {
            other.name == build.name && (request.flag("byName") || other.version == build.version)
        });
        match same {
            Some(other) => {
                let rank = |build: &Build| (numbers(&build.version), build.number);
                if rank(build) > rank(other) {
                    *other = build;
                }
            }
            None => newest.push(build),
        }
    }
    let mut entries: Vec<(String, Value)> = newest
        .into_iter()
        .map(|build| {
            let key = format!("{}/{}", build.name, build.version);
            let position = position(build);
            (position, version_entry(request, build, &key))
        })
        .collect();
    entries.sort_by(|a, b| a.0.cmp(&b.0));
    let (found, next) = paged(state, request, start.as_deref(), entries);
    Ok(members([
        ("requestId", Some(request.id.as_str().into())),
        ("imageVersionList", Some(found.into())),
        ("nextToken", next),
    ]))
}

/// A text that sorts as the build does.
fn position(build: &Build) -> String {
    let version: Vec<String> = numbers(&build.version)
        .iter()
        .map(|number| format!("{number:018}"))
        .collect();
    format!("{}/{}/{:018}", build.name, version.join("."), build.number)
}

fn version_entry(request: &Request, build: &Build, key: &str) -> Value {
    json!({
        "arn": arn_of(request, "image", key),
        "name": build.name,
        "type": kind_of(build),
        "version": build.version,
        "platform": "Linux",
        "osVersion": "Amazon Linux 2023",
        "owner": request.account,
        "dateCreated": build.created_at.iso(),
        "buildType": "USER_INITIATED",
        "imageSource": "CUSTOM",
    })
}

/// Every build of a version, or of all.
fn list_builds(state: &mut State, request: &Request) -> Answer {
    let start = start(request)?;
    let wanted = request.text("imageVersionArn").and_then(Arn::parse);
    let builds = &state.registry(&request.account, &request.region).builds;
    let mut entries: Vec<(String, Value)> = Vec::new();
    for build in builds.images.values() {
        let fits = wanted.is_none_or(|arn| {
            arn.name == build.name
                && arn.account == request.account
                && arn.region == request.region
                && fits_version(arn.version.unwrap_or("x.x.x"), &build.version)
        });
        if fits && passes(request, build)? {
            entries.push((position(build), build_entry(request, build)));
        }
    }
    entries.sort_by(|a, b| a.0.cmp(&b.0));
    let (found, next) = paged(state, request, start.as_deref(), entries);
    Ok(members([
        ("requestId", Some(request.id.as_str().into())),
        ("imageSummaryList", Some(found.into())),
        ("nextToken", next),
    ]))
}

fn build_entry(request: &Request, build: &Build) -> Value {
    json!({
        "arn": arn_of(request, "image", &build.key()),
        "name": build.name,
        "type": kind_of(build),
        "version": format!("{}/{}", build.version, build.number),
        "platform": "Linux",
        "osVersion": "Amazon Linux 2023",
        "state": state_of(&build.stage(request.now)),
        "owner": request.account,
        "dateCreated": build.created_at.iso(),
        "outputResources": outputs(request, build),
        "tags": build.tags,
        "buildType": "USER_INITIATED",
        "imageSource": "CUSTOM",
    })
}
