//! Tags of image builds.

use super::arn;
use super::image::{TAGS, key_of, texts};
use super::operation::Operation;
use crate::answer::{Answer, Refusal};
use crate::build::Build;
use crate::request::Request;
use crate::shape::{Shape, by, list, object, sized};
use crate::state::State;
use http::Method;
use serde_json::json;

pub(crate) static OPERATIONS: &[Operation] = &[
    Operation {
        name: "ListTagsForResource",
        method: Method::GET,
        path: "/tags/",
        query: &[],
        input: &LIST,
        run: list_tags,
    },
    Operation {
        name: "TagResource",
        method: Method::POST,
        path: "/tags/",
        query: &[],
        input: &TAG,
        run: tag,
    },
    Operation {
        name: "UntagResource",
        method: Method::DELETE,
        path: "/tags/",
        query: &["tagKeys"],
        input: &UNTAG,
        run: untag,
    },
];

static LIST: Shape = object! { need "resourceArn": by(arn::ANY) };
static TAG: Shape = object! { need "resourceArn": by(arn::ANY), need "tags": TAGS };
static KEYS: Shape = list(&sized(1, 128), 1, 50);
static UNTAG: Shape = object! { need "resourceArn": by(arn::ANY), need "tagKeys": KEYS };

/// The build that the ARN of a call means; nothing else can have tags here.
fn build<'s>(state: &'s mut State, request: &Request) -> Result<&'s mut Build, Refusal> {
    let builds = &mut state.registry(&request.account, &request.region).builds;
    let key = key_of(builds, request, request.required("resourceArn"))?;
    let gone = || Refusal::with_status(404, "ResourceNotFoundException", "");
    builds.images.get_mut(&key).ok_or_else(gone)
}

fn list_tags(state: &mut State, request: &Request) -> Answer {
    Ok(json!({ "tags": build(state, request)?.tags }))
}

fn tag(state: &mut State, request: &Request) -> Answer {
    let build = build(state, request)?;
    let mut tags = build.tags.clone();
    tags.extend(texts(request.input.get("tags")));
    if tags.len() > 50 {
        return Err(Refusal::new(
            "InvalidParameterException",
            "A resource can have at most 50 tags.",
        ));
    }
    build.tags = tags;
    Ok(json!({}))
}

fn untag(state: &mut State, request: &Request) -> Answer {
    let build = build(state, request)?;
    for key in request.texts("tagKeys") {
        build.tags.remove(key);
    }
    Ok(json!({}))
}
