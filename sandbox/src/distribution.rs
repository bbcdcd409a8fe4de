//! The registry protocol under `/v2/`, for reading only.
//!
//! Each request is carried out as the operation that the service records for it, so that
//! faults strike it under that name: `BatchGetImage` for manifests,
//! `GetDownloadUrlForLayer` and (for HEAD) `BatchCheckLayerAvailability` for blobs,
//! `ListImages` for tags, `ListImageReferrers`, `DescribeRepositories` for the catalog.

use crate::answer::{Answer, Refusal};
use crate::ecr;
use crate::page;
use crate::region;
use crate::reply::Reply;
use crate::request::Request;
use crate::scope::Scope;
use crate::state::State;
use crate::text::decode;
use crate::time::Time;
use crate::token::{NotLetIn, Token};
use http::Method;
use serde_json::{Map, Value, json};
use std::ops::Bound;

const JSON: &str = "application/json; charset=utf-8";
const OCI_INDEX: &str = crate::manifest::OCI_INDEX;
/// Names on a page where the caller asks for no number.
const PAGE: usize = 100;
/// The most names on a page.
const LARGEST_PAGE: usize = 1000;

/// A request that is let in and understood.
#[derive(Debug)]
pub(crate) struct Call {
    /// The operation that it is carried out as.
    pub(crate) operation: &'static str,
    what: What,
    /// The repository; empty for the catalog.
    name: String,
    /// The account whose registry it is.
    registry: String,
    scope: Scope,
    head: bool,
}

/// What a request reads.
#[derive(Debug)]
enum What {
    Manifest(String),
    Blob(String),
    Tags(Page),
    Catalog(Page),
    Referrers(String, Option<String>),
}

/// A page of names: so many, after this one.
#[derive(Debug)]
struct Page {
    size: Option<String>,
    last: Option<String>,
}

/// Whether a path is one of the registry protocol's.
pub(crate) fn is_path(path: &str) -> bool {
    path == "/v2" || path.starts_with("/v2/")
}

/// Lets a request in and reads its path; what needs no repository is answered at once.
///
/// The registry is the one that the host names (`ACCOUNT.dkr.ecr.REGION.…`). Any other host,
/// such as a loopback address, is the registry of the account and region that the token was
/// asked for.
pub(crate) fn read(
    request: &http::Request<Vec<u8>>,
    scope: Scope,
    now: Time,
) -> Result<Call, Reply> {
    let header = request.headers().get("authorization");
    let header = header.and_then(|value| value.to_str().ok());
    let token = Token::of_header(header, now).map_err(|why| not_let_in(&why, &scope))?;
    let method = request.method();
    let path = request.uri().path();
    let rest = path.strip_prefix("/v2/").unwrap_or_default();
    if !matches!(*method, Method::GET | Method::HEAD) {
        return Err(read_only());
    }
    if rest.is_empty() {
        return Err(Reply::new(200, JSON, "{}"));
    }
    let (name, what) = what(rest, request.uri().query().unwrap_or_default()).ok_or_else(|| {
        let message = "the registry protocol has no such path";
        refuse(404, "UNSUPPORTED", message)
    })?;
    let head = *method == Method::HEAD;
    let host = region::registry_of_host(scope.host());
    let (registry, region) = match host {
        Some((account, region)) => (account.to_owned(), region.to_owned()),
        None => (token.account.clone(), token.region.clone()),
    };
    Ok(Call {
        operation: what.operation(head),
        what,
        name,
        registry,
        scope: Scope {
            account: token.account,
            region,
            ..scope
        },
        head,
    })
}

/// The repository and what of it a path names.
fn what(rest: &str, query: &str) -> Option<(String, What)> {
    let part = |name: &str| {
        let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        pairs.find(|(key, _)| *key == name).map(|(_, v)| decode(v))
    };
    let page = || Page {
        size: part("n"),
        last: part("last"),
    };
    if rest == "_catalog" {
        return Some((String::new(), What::Catalog(page())));
    }
    if let Some(name) = rest.strip_suffix("/tags/list") {
        return Some((decode(name), What::Tags(page())));
    }
    let (before, reference) = rest.rsplit_once('/')?;
    let (name, kind) = before.rsplit_once('/')?;
    let reference = decode(reference);
    let what = match kind {
        "manifests" => What::Manifest(reference),
        "blobs" => What::Blob(reference),
        "referrers" => What::Referrers(reference, part("artifactType")),
        _ => return None,
    };
    Some((decode(name), what))
}

impl What {
    fn operation(&self, head: bool) -> &'static str {
        match self {
            Self::Manifest(_) => "BatchGetImage",
            Self::Blob(_) if head => "BatchCheckLayerAvailability",
            Self::Blob(_) => "GetDownloadUrlForLayer",
            Self::Tags(_) => "ListImages",
            Self::Catalog(_) => "DescribeRepositories",
            Self::Referrers(..) => "ListImageReferrers",
        }
    }
}

/// Carries out a call.
pub(crate) fn call(state: &mut State, call: &Call, now: Time, id: &str) -> Result<Reply, Refusal> {
    match &call.what {
        What::Manifest(reference) => manifest(state, call, reference, now, id),
        What::Blob(digest) if call.head => blob_size(state, call, digest, now, id),
        What::Blob(digest) => {
            let input = json!({ "layerDigest": digest });
            let answer = call.run(state, input, now, id)?;
            let mut reply = Reply::new(307, JSON, "");
            let url = answer["downloadUrl"].as_str().unwrap_or_default();
            reply.headers.push(("location", url.to_owned()));
            Ok(reply)
        }
        What::Tags(page) => tags(state, call, page, now, id),
        What::Catalog(page) => catalog(state, call, page, now, id),
        What::Referrers(digest, kind) => referrers(state, call, digest, kind.as_deref(), now, id),
    }
}

impl Call {
    /// Carries out the operation in the repository.
    fn run(&self, state: &mut State, mut input: Value, now: Time, id: &str) -> Answer {
        input["registryId"] = self.registry.as_str().into();
        input["repositoryName"] = self.name.as_str().into();
        let (Value::Object(input), Some(operation)) = (input, ecr::find(self.operation)) else {
            return Err(Refusal::new("UnknownOperationException", ""));
        };
        ecr::call(state, operation, input, self.scope.clone(), now, id)
    }

    /// The same request, for what the operation has no form for.
    fn request(&self, now: Time, id: &str) -> Request {
        let mut input = Map::new();
        input.insert("registryId".to_owned(), self.registry.as_str().into());
        if !self.name.is_empty() {
            input.insert("repositoryName".to_owned(), self.name.as_str().into());
        }
        Request {
            operation: self.operation,
            input,
            account: self.scope.account.clone(),
            region: self.scope.region.clone(),
            now,
            origin: self.scope.origin.clone(),
            id: id.to_owned(),
        }
    }
}

/// A manifest as it was put.
///
/// Unspecified: `Accept` is not looked at; the service may convert what is asked for by tag.
fn manifest(
    state: &mut State,
    call: &Call,
    reference: &str,
    now: Time,
    id: &str,
) -> Result<Reply, Refusal> {
    let key = if reference.contains(':') {
        "imageDigest"
    } else {
        "imageTag"
    };
    let input = json!({ "imageIds": [{ key: reference }] });
    let answer = call.run(state, input, now, id)?;
    let text = |pointer: &str| answer.pointer(pointer).and_then(Value::as_str);
    let (Some(manifest), Some(media_type), Some(digest)) = (
        text("/images/0/imageManifest"),
        text("/images/0/imageManifestMediaType"),
        text("/images/0/imageId/imageDigest"),
    ) else {
        let message = text("/failures/0/failureReason").unwrap_or("Requested image not found");
        return Err(Refusal::new("ImageNotFoundException", message));
    };
    let mut reply = Reply::new(200, JSON, manifest);
    reply.headers.push(("content-type", media_type.to_owned()));
    reply
        .headers
        .push(("docker-content-digest", digest.to_owned()));
    Ok(reply)
}

/// Unspecified: whether a blob is there is told without a redirect, since the URL that a
/// redirect would lead to is signed for GET alone.
fn blob_size(
    state: &mut State,
    call: &Call,
    digest: &str,
    now: Time,
    id: &str,
) -> Result<Reply, Refusal> {
    let answer = call.run(state, json!({ "layerDigests": [digest] }), now, id)?;
    let Some(size) = answer.pointer("/layers/0/layerSize") else {
        return Err(Refusal::new(
            "LayersNotFoundException",
            "blob unknown to registry",
        ));
    };
    let mut reply = Reply::new(200, "application/octet-stream", "");
    reply.headers.push(("content-length", size.to_string()));
    reply
        .headers
        .push(("docker-content-digest", digest.to_owned()));
    Ok(reply)
}

impl Page {
    fn size(&self) -> Result<usize, Refusal> {
        let Some(text) = &self.size else {
            return Ok(PAGE);
        };
        let word = match text.parse::<usize>() {
            Ok(size) if (1..=LARGEST_PAGE).contains(&size) => return Ok(size),
            Ok(0) => "greater than or equal to 1",
            _ => "less than or equal to 1000",
        };
        let constraint = format!("Member must have value {word}");
        Err(Refusal::parameter("maxResults", &constraint))
    }

    /// The page as JSON, with a link to the next.
    fn reply(size: usize, path: &str, body: &Value, next: Option<String>) -> Reply {
        let mut reply = Reply::new(200, JSON, body.to_string());
        if let Some(last) = next {
            let last = last.replace('\u{1}', "%01").replace('/', "%2F");
            let link = format!("</v2/{path}?last={last}&n={size}>; rel=\"next\"");
            reply.headers.push(("link", link));
        }
        reply
    }
}

/// Tags in the order of their letters; those of archived images are not listed.
fn tags(
    state: &mut State,
    call: &Call,
    page: &Page,
    now: Time,
    id: &str,
) -> Result<Reply, Refusal> {
    let size = page.size()?;
    let paging = state.settings.paging;
    let (_, repository) = state.repository(&call.request(now, id))?;
    let start = page.last.as_deref();
    let after = page::place(start).map_or(Bound::Unbounded, Bound::Excluded);
    let entries = repository
        .by_tag
        .range::<str, _>((after, Bound::Unbounded))
        .filter(|(_, digest)| repository.images.get(*digest).is_some_and(|i| !i.archived))
        .map(|(tag, _)| (tag.clone(), Value::from(tag.as_str())));
    let (found, next) = page::fill(paging, size, start, entries);
    let body = json!({ "name": call.name, "tags": found });
    Ok(Page::reply(
        size,
        &format!("{}/tags/list", call.name),
        &body,
        next,
    ))
}

fn catalog(
    state: &mut State,
    call: &Call,
    page: &Page,
    now: Time,
    id: &str,
) -> Result<Reply, Refusal> {
    let size = page.size()?;
    let paging = state.settings.paging;
    let (_, registry) = state.registry_of(&call.request(now, id))?;
    let start = page.last.as_deref();
    let after = page::place(start).map_or(Bound::Unbounded, Bound::Excluded);
    let entries = registry
        .repositories
        .range::<str, _>((after, Bound::Unbounded))
        .map(|(name, _)| (name.clone(), Value::from(name.as_str())));
    let (found, next) = page::fill(paging, size, start, entries);
    let body = json!({ "repositories": found });
    Ok(Page::reply(size, "_catalog", &body, next))
}

/// All referrers of a digest as one index.
fn referrers(
    state: &mut State,
    call: &Call,
    digest: &str,
    kind: Option<&str>,
    now: Time,
    id: &str,
) -> Result<Reply, Refusal> {
    let mut manifests: Vec<Value> = Vec::new();
    let mut token = Value::Null;
    loop {
        let mut input = json!({ "subjectId": { "imageDigest": digest }, "maxResults": 50 });
        if let Some(kind) = kind {
            input["filter"] = json!({ "artifactTypes": [kind] });
        }
        if !token.is_null() {
            input["nextToken"] = token;
        }
        let mut answer = call.run(state, input, now, id)?;
        for referrer in answer["referrers"].as_array_mut().into_iter().flatten() {
            if let Some(members) = referrer.as_object_mut() {
                members.shift_remove("artifactStatus");
            }
            manifests.push(referrer.take());
        }
        token = answer["nextToken"].take();
        if token.is_null() {
            break;
        }
    }
    let body = json!({ "schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": manifests });
    let mut reply = Reply::new(200, OCI_INDEX, body.to_string());
    if kind.is_some() {
        let filters = "artifactType".to_owned();
        reply.headers.push(("oci-filters-applied", filters));
    }
    Ok(reply)
}

/// Unspecified: the body that goes with the status 400 of a forged token.
fn not_let_in(why: &NotLetIn, scope: &Scope) -> Reply {
    match why {
        NotLetIn::Anonymous => {
            let mut reply = refuse(401, "UNAUTHORIZED", "Not Authorized");
            let origin = &scope.origin;
            let challenge = format!("Basic realm=\"{origin}/\",service=\"ecr.amazonaws.com\"");
            reply.headers.push(("www-authenticate", challenge));
            reply
        }
        NotLetIn::Forged => refuse(400, "DENIED", "Your authorization token is invalid."),
        NotLetIn::Expired => {
            let message = "Your authorization token has expired. Reauthenticate and try again.";
            refuse(403, "DENIED", message)
        }
    }
}

/// What every write gets.
fn read_only() -> Reply {
    let message = "the sandbox's registry protocol only reads; write with PutImage and the layer \
                   operations of the ECR API";
    refuse(405, "UNSUPPORTED", message)
}

/// An operation's refusal in the protocol's words.
pub(crate) fn refusal(refusal: &Refusal) -> Reply {
    let (status, code) = match refusal.code.as_ref() {
        "RepositoryNotFoundException" => (404, "NAME_UNKNOWN"),
        "ImageNotFoundException" => (404, "MANIFEST_UNKNOWN"),
        "LayersNotFoundException" | "LayerInaccessibleException" => (404, "BLOB_UNKNOWN"),
        "InvalidParameterException" => (405, "UNSUPPORTED"),
        "ThrottlingException" => (429, "TOOMANYREQUESTS"),
        "AccessDeniedException" | "ExpiredTokenException" | "InvalidSignatureException" => {
            (403, "DENIED")
        }
        "ServiceUnavailable" => (503, "UNAVAILABLE"),
        _ => (refusal.status, "UNKNOWN"),
    };
    refuse(status, code, &refusal.message)
}

fn refuse(status: u16, code: &str, message: &str) -> Reply {
    let body = json!({ "errors": [{ "code": code, "message": message }] });
    Reply::new(status, JSON, body.to_string())
}

/// Adds what every answer has; the answer to HEAD keeps its length and loses its body.
pub(crate) fn finish(mut reply: Reply, method: &Method) -> Reply {
    let version = "registry/2.0".to_owned();
    reply
        .headers
        .push(("docker-distribution-api-version", version));
    if *method == Method::HEAD {
        let told = |(name, _): &(&str, String)| *name == "content-length";
        if !reply.headers.iter().any(told) {
            let length = reply.body.len().to_string();
            reply.headers.push(("content-length", length));
        }
        reply.body.clear();
    }
    reply
}
