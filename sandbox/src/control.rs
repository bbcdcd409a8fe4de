//! The paths under `/_sandbox/`: the state from outside.

use crate::answer::digest;
use crate::diff;
use crate::fault::Fault;
use crate::manifest::{Manifest, OCI_IMAGE};
use crate::registry::{Image, Layer, Repository};
use crate::reply::Reply;
use crate::state::{Settings, State};
use crate::time::Time;
use http::Method;
use serde::{Deserialize, Serialize};
use serde_json::json;

const JSON: &str = "application/json";

/// Answers a request for a path under `/_sandbox/`.
///
/// - `GET state`, `PUT state`: the whole state as JSON, as [`crate::Sandbox::to_bytes`] has it.
/// - `POST diff`: what changed since the state in the body.
/// - `POST reset`: back to nothing, or with `{"sample": true}` to the sample registry.
/// - `GET faults`, `POST faults` (an array: replaces them; an object: adds one).
/// - `GET settings`, `POST settings` (those given change).
/// - `POST images` (`{"repositoryName", "count", "region"?, "tagsEach"?}`): makes a repository
///   with so many images, for tests of paging.
pub(crate) fn handle(
    state: &mut State,
    path: &str,
    request: &http::Request<Vec<u8>>,
    now: Time,
) -> Reply {
    let body = request.body();
    let get = *request.method() == Method::GET;
    match (path, request.method()) {
        ("state", &Method::GET) => shown(state),
        ("state", &Method::PUT) => match State::parse(body).and_then(|new| state.take_over(new)) {
            Ok(()) => done(),
            Err(error) => refused(error.code(), &error.to_string()),
        },
        ("diff", &Method::POST) => match State::parse(body) {
            Ok(before) => shown(&json!({ "changes": diff::changes(before, state) })),
            Err(error) => refused(error.code(), &error.to_string()),
        },
        ("reset", &Method::POST) => reset(state, body),
        ("faults", _) if get => shown(&state.faults),
        ("faults", &Method::POST) => add_faults(state, body),
        ("settings", _) if get => shown(&state.settings),
        ("settings", &Method::POST) => change_settings(state, body),
        ("images", &Method::POST) => make_images(state, body, now),
        _ => {
            let body = json!({ "code": "sandbox.unknown-path", "message": "no such control path" });
            Reply::new(404, JSON, body.to_string())
        }
    }
}

fn done() -> Reply {
    Reply::new(200, JSON, "{}")
}

fn shown(value: &impl Serialize) -> Reply {
    // every key is text and nothing fails to serialize, so there are always bytes
    Reply::new(200, JSON, serde_json::to_vec(value).unwrap_or_default())
}

fn refused(code: &str, message: &str) -> Reply {
    let body = json!({ "code": code, "message": message });
    Reply::new(400, JSON, body.to_string())
}

fn unreadable(error: &serde_json::Error) -> Reply {
    refused("sandbox.unreadable-request", &error.to_string())
}

fn reset(state: &mut State, body: &[u8]) -> Reply {
    #[derive(Default, Deserialize)]
    #[serde(default, deny_unknown_fields)]
    struct Reset {
        sample: bool,
    }
    let asked: Reset = match serde_json::from_slice(if body.is_empty() { b"{}" } else { body }) {
        Ok(asked) => asked,
        Err(error) => return unreadable(&error),
    };
    let new = if asked.sample {
        crate::sample::state()
    } else {
        State::empty()
    };
    match state.take_over(new) {
        Ok(()) => done(),
        Err(error) => refused(error.code(), &error.to_string()),
    }
}

fn add_faults(state: &mut State, body: &[u8]) -> Reply {
    let array = body.iter().find(|b| !b.is_ascii_whitespace()) == Some(&b'[');
    if array {
        match serde_json::from_slice::<Vec<Fault>>(body) {
            Ok(faults) => state.faults = faults,
            Err(error) => return unreadable(&error),
        }
    } else {
        match serde_json::from_slice::<Fault>(body) {
            Ok(fault) => state.faults.push(fault),
            Err(error) => return unreadable(&error),
        }
    }
    done()
}

fn change_settings(state: &mut State, body: &[u8]) -> Reply {
    let merged = serde_json::from_slice::<serde_json::Map<String, serde_json::Value>>(body)
        .and_then(|changes| {
            let mut all = serde_json::to_value(&state.settings)?;
            for (name, value) in changes {
                all[name.as_str()] = value;
            }
            serde_json::from_value::<Settings>(all)
        });
    match merged {
        Ok(settings) if !crate::text::account(&settings.account) => {
            refused("sandbox.bad-name", "an account id has twelve digits")
        }
        Ok(settings) if !crate::text::region(&settings.region) => {
            refused("sandbox.bad-name", "a region is named like us-east-1")
        }
        Ok(settings) => {
            state.settings = settings;
            done()
        }
        Err(error) => unreadable(&error),
    }
}

/// The most images that one control request makes.
const MOST_IMAGES: u64 = 200_000;

/// What `images` is asked to make.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Make {
    repository_name: String,
    count: u64,
    #[serde(default)]
    region: Option<String>,
    #[serde(default = "one")]
    tags_each: u64,
}

fn one() -> u64 {
    1
}

fn make_images(state: &mut State, body: &[u8], now: Time) -> Reply {
    let make: Make = match serde_json::from_slice(body) {
        Ok(make) => make,
        Err(error) => return unreadable(&error),
    };
    let (settings, asked) = (&state.settings, make.region.as_ref());
    let region = asked.unwrap_or(&settings.region);
    let fits = make.count.saturating_mul(make.tags_each.max(1)) <= MOST_IMAGES
        && crate::text::repository(&make.repository_name)
        && (2..=256).contains(&make.repository_name.len())
        && crate::text::region(region);
    if !fits {
        return refused(
            "sandbox.bad-name",
            "too many images, or a name that is not valid",
        );
    }
    let (account, region) = (settings.account.clone(), region.clone());
    let config = b"{}".to_vec();
    let config_digest = digest(&config);
    if let Err(error) = state.blobs.add(&config_digest, config.clone()) {
        return refused("sandbox.store", &error.to_string());
    }
    let registry = state.registry(&account, &region);
    let name = make.repository_name.clone();
    let repository = registry.repositories.entry(name).or_default();
    if repository.created_at == Time::default() {
        repository.created_at = now;
    }
    let layer = Layer {
        media_type: None,
        size: config.len() as u64,
    };
    repository.layers.insert(config_digest.clone(), layer);
    let first = repository.images.len() as u64;
    for number in first..first.saturating_add(make.count) {
        make_image(repository, &config_digest, number, make.tags_each, now);
    }
    done()
}

/// One image that is told from the others by its number, with tags `n7`, `n7-1`, ….
fn make_image(repository: &mut Repository, config: &str, number: u64, tags: u64, now: Time) {
    let text = json!({
        "schemaVersion": 2,
        "mediaType": OCI_IMAGE,
        "config": {
            "mediaType": "application/vnd.oci.image.config.v1+json",
            "digest": config,
            "size": 2,
        },
        "layers": [],
        "annotations": { "number": number.to_string() },
    })
    .to_string();
    let name = digest(text.as_bytes());
    let Ok(parsed) = Manifest::parse(&text, None) else {
        return;
    };
    if repository.images.contains_key(&name) {
        return;
    }
    let image = Image {
        manifest: text,
        media_type: OCI_IMAGE.to_owned(),
        pushed_at: now,
        parsed,
        ..Image::default()
    };
    repository.insert_image(name.clone(), image);
    for tag in 0..tags {
        let tag = match tag {
            0 => format!("n{number}"),
            _ => format!("n{number}-{tag}"),
        };
        repository.move_tag(&tag, &name);
    }
}
