//! Image builds: create, read, cancel, delete.

use super::arn::{self, Arn};
use super::operation::Operation;
use crate::answer::{Answer, Refusal, sha256_hex};
use crate::build::{Asked, Build, Builds, Stage};
use crate::json::members;
use crate::region;
use crate::request::Request;
use crate::shape::{Shape, TEXT, by, list, object, one_of, sized};
use crate::state::State;
use crate::time::Time;
use http::Method;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

pub(crate) static OPERATIONS: &[Operation] = &[
    Operation {
        name: "CreateImage",
        method: Method::PUT,
        path: "/CreateImage",
        query: &[],
        input: &CREATE,
        run: create,
    },
    Operation {
        name: "StartImagePipelineExecution",
        method: Method::PUT,
        path: "/StartImagePipelineExecution",
        query: &[],
        input: &START,
        run: start_pipeline,
    },
    Operation {
        name: "GetImage",
        method: Method::GET,
        path: "/GetImage",
        query: &["imageBuildVersionArn"],
        input: &GET,
        run: get,
    },
    Operation {
        name: "CancelImageCreation",
        method: Method::PUT,
        path: "/CancelImageCreation",
        query: &[],
        input: &CANCEL,
        run: cancel,
    },
    Operation {
        name: "DeleteImage",
        method: Method::DELETE,
        path: "/DeleteImage",
        query: &["imageBuildVersionArn"],
        input: &DELETE,
        run: delete,
    },
];

static TESTS: Shape = object! {
    may "imageTestsEnabled": Shape::Flag,
    may "timeoutMinutes": Shape::Integer { min: 60, max: 1440 },
};
static CONTAINER_TAGS: Shape = list(&sized(1, 1024), 0, usize::MAX);
static ECR_SCAN: Shape = object! {
    may "repositoryName": sized(1, 1024),
    may "containerTags": CONTAINER_TAGS,
};
static SCANNING: Shape = object! {
    may "imageScanningEnabled": Shape::Flag,
    may "ecrConfiguration": ECR_SCAN,
};
static WORKFLOW: Shape = object! {
    need "workflowArn": TEXT,
    may "parallelGroup": sized(1, 100),
    may "onFailure": one_of(&["CONTINUE", "ABORT"]),
};
static WORKFLOWS: Shape = list(&WORKFLOW, 0, usize::MAX);
static LOGGING: Shape = object! { may "logGroupName": sized(1, 512) };
const TOKEN: Shape = sized(1, 64);
pub(crate) const TAGS: Shape = Shape::Map { max: 50 };
static CREATE: Shape = object! {
    may "imageRecipeArn": by(arn::IMAGE_RECIPE),
    may "containerRecipeArn": by(arn::CONTAINER_RECIPE),
    may "distributionConfigurationArn": by(arn::DISTRIBUTION),
    need "infrastructureConfigurationArn": by(arn::INFRASTRUCTURE),
    may "imageTestsConfiguration": TESTS,
    may "enhancedImageMetadataEnabled": Shape::Flag,
    may "tags": TAGS,
    need "clientToken": TOKEN,
    may "imageScanningConfiguration": SCANNING,
    may "workflows": WORKFLOWS,
    may "executionRole": sized(1, 2048),
    may "loggingConfiguration": LOGGING,
};
static START: Shape = object! {
    need "imagePipelineArn": by(arn::PIPELINE),
    need "clientToken": TOKEN,
    may "tags": TAGS,
};
static GET: Shape = object! { need "imageBuildVersionArn": by(arn::IMAGE) };
static CANCEL: Shape = object! {
    need "imageBuildVersionArn": by(arn::BUILD_VERSION),
    need "clientToken": TOKEN,
};
static DELETE: Shape = object! { need "imageBuildVersionArn": by(arn::BUILD_VERSION) };

/// The parameters that GetImage gives back as they came.
const ECHOED: [&str; 6] = [
    "imageTestsConfiguration",
    "enhancedImageMetadataEnabled",
    "imageScanningConfiguration",
    "workflows",
    "executionRole",
    "loggingConfiguration",
];

/// The ARN of what a build is filed under.
pub(crate) fn arn_of(request: &Request, kind: &str, key: &str) -> String {
    format!(
        "arn:{}:imagebuilder:{}:{}:{kind}/{key}",
        request.partition(),
        request.region,
        request.account
    )
}

/// The call in a form that two equal calls share.
fn call_text(request: &Request) -> String {
    let mut parameters: Vec<String> = request
        .input
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    parameters.sort_unstable();
    format!("{}\n{}", request.operation, parameters.join("\n"))
}

/// Answers a repeated token: with the ARN of the first call where the call is the same.
fn asked_before(builds: &Builds, request: &Request) -> Result<Option<String>, Refusal> {
    match builds.tokens.get(request.required("clientToken")) {
        None => Ok(None),
        Some(asked) if asked.call == call_text(request) => Ok(Some(asked.arn.clone())),
        Some(_) => Err(Refusal::new(
            "IdempotentParameterMismatchException",
            "The client token was used before with other parameters.",
        )),
    }
}

fn remember(builds: &mut Builds, request: &Request, arn: &str) {
    let asked = Asked {
        call: call_text(request),
        arn: arn.to_owned(),
    };
    let token = request.required("clientToken").to_owned();
    builds.tokens.insert(token, asked);
}

fn create(state: &mut State, request: &Request) -> Answer {
    let image = request.text("imageRecipeArn");
    let container = request.text("containerRecipeArn");
    let (Some(recipe), true) = (image.or(container), image.is_none() || container.is_none()) else {
        // Unspecified: the code; this is the one of its kind that the model lists here.
        return Err(Refusal::new(
            "InvalidRequestException",
            "Exactly one of imageRecipeArn and containerRecipeArn must be specified.",
        ));
    };
    let usual = state.settings.build_stages.clone();
    let builds = &mut state.registry(&request.account, &request.region).builds;
    if let Some(arn) = asked_before(builds, request)? {
        return Ok(created(request, &arn));
    }
    let mut build = started(request, recipe, &usual);
    build.container = container.is_some();
    build.infrastructure = request
        .required("infrastructureConfigurationArn")
        .to_owned();
    build.distribution = request
        .text("distributionConfigurationArn")
        .map(str::to_owned);
    for name in ECHOED {
        if let Some(value) = request.input.get(name) {
            build.echoed.insert(name.to_owned(), value.clone());
        }
    }
    let arn = file(builds, request, build);
    Ok(created(request, &arn))
}

fn created(request: &Request, arn: &str) -> Value {
    json!({
        "requestId": request.id,
        "clientToken": request.required("clientToken"),
        "imageBuildVersionArn": arn,
        "latestVersionReferences": latest(arn),
    })
}

/// The ARNs that mean the newest version at each level.
fn latest(build: &str) -> Value {
    let image = build.rsplit_once('/').map_or(build, |(image, _)| image);
    let (base, version) = image.rsplit_once('/').unwrap_or((image, "0.0.0"));
    let mut parts = version.split('.');
    let major = parts.next().unwrap_or("0");
    let minor = parts.next().unwrap_or("0");
    json!({
        "latestVersionArn": format!("{base}/x.x.x"),
        "latestMajorVersionArn": format!("{base}/{major}.x.x"),
        "latestMinorVersionArn": format!("{base}/{major}.{minor}.x"),
        "latestPatchVersionArn": format!("{base}/{version}"),
    })
}

/// A build of a recipe. Unspecified: an `x` in the recipe's version means 0 here, and 1 in its
/// first place, since no other version of a recipe is known.
fn started(request: &Request, recipe: &str, usual: &[Stage]) -> Build {
    let arn = Arn::parse(recipe);
    let name = arn.map_or("image", |arn| arn.name);
    let wild = arn.and_then(|arn| arn.version).unwrap_or("1.0.0");
    let version: Vec<&str> = wild
        .split('.')
        .enumerate()
        .map(|(place, part)| match (part, place) {
            ("x", 0) => "1",
            ("x", _) => "0",
            (part, _) => part,
        })
        .collect();
    Build {
        name: name.to_owned(),
        version: version.join("."),
        created_at: request.now,
        recipe: recipe.to_owned(),
        tags: texts(request.input.get("tags")),
        stages: Stage::of_recipe(name, usual),
        ..Build::default()
    }
}

pub(crate) fn texts(value: Option<&Value>) -> BTreeMap<String, String> {
    let members = value.and_then(Value::as_object);
    members
        .into_iter()
        .flatten()
        .filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())))
        .collect()
}

/// Numbers a build and files it under its ARN.
fn file(builds: &mut Builds, request: &Request, mut build: Build) -> String {
    let same = builds
        .images
        .values()
        .filter(|other| other.name == build.name && other.version == build.version);
    build.number = same.map(|other| other.number).max().unwrap_or(0) + 1;
    let arn = arn_of(request, "image", &build.key());
    remember(builds, request, &arn);
    builds.images.insert(build.key(), build);
    arn
}

/// Unspecified: no pipeline can be made here, so every pipeline is taken to exist; it builds
/// the recipe of its own name.
fn start_pipeline(state: &mut State, request: &Request) -> Answer {
    let usual = state.settings.build_stages.clone();
    let builds = &mut state.registry(&request.account, &request.region).builds;
    let arn = match asked_before(builds, request)? {
        Some(arn) => arn,
        None => {
            let pipeline = request.required("imagePipelineArn");
            let name = Arn::parse(pipeline).map_or("image", |arn| arn.name);
            let recipe = arn_of(request, "image-recipe", &format!("{name}/1.0.0"));
            let mut build = started(request, &recipe, &usual);
            build.infrastructure = arn_of(request, "infrastructure-configuration", name);
            build.pipeline = Some(pipeline.to_owned());
            file(builds, request, build)
        }
    };
    Ok(json!({
        "requestId": request.id,
        "clientToken": request.required("clientToken"),
        "imageBuildVersionArn": arn,
    }))
}

/// The key of the build that an ARN means; `x` in a version means the newest that fits, and a
/// missing build number the newest build.
pub(crate) fn key_of(builds: &Builds, request: &Request, text: &str) -> Result<String, Refusal> {
    let found = Arn::parse(text)
        .filter(|arn| arn.region == request.region && arn.account == request.account)
        .and_then(|arn| {
            let version = arn.version?;
            let (version, number) = match version.split_once('/') {
                Some((version, number)) => (version, Some(number)),
                None => (version, None),
            };
            builds
                .images
                .iter()
                .filter(|(_, build)| {
                    build.name == arn.name
                        && fits_version(version, &build.version)
                        && number.is_none_or(|number| number.parse() == Ok(build.number))
                })
                .max_by_key(|(_, build)| (numbers(&build.version), build.number))
                .map(|(key, _)| key.clone())
        });
    found.ok_or_else(|| {
        Refusal::with_status(
            404,
            "ResourceNotFoundException",
            format!("The resource with ARN '{text}' does not exist."),
        )
    })
}

pub(crate) fn fits_version(wild: &str, version: &str) -> bool {
    wild.split('.')
        .zip(version.split('.'))
        .all(|(wild, part)| wild == "x" || wild.parse::<u64>() == part.parse::<u64>())
}

/// A version's three numbers, to order by.
pub(crate) fn numbers(version: &str) -> Vec<u64> {
    version
        .split('.')
        .map(|part| part.parse().unwrap_or(0))
        .collect()
}

fn get(state: &mut State, request: &Request) -> Answer {
    let builds = &state.registry(&request.account, &request.region).builds;
    let key = key_of(builds, request, request.required("imageBuildVersionArn"))?;
    let Some(build) = builds.images.get(&key) else {
        return Err(Refusal::with_status(404, "ResourceNotFoundException", ""));
    };
    let arn = arn_of(request, "image", &key);
    Ok(json!({
        "requestId": request.id,
        "image": shown(request, build, &arn),
        "latestVersionReferences": latest(&arn),
    }))
}

pub(crate) fn state_of(stage: &Stage) -> Value {
    members([
        ("status", Some(stage.status.as_str().into())),
        ("reason", stage.reason.as_deref().map(Value::from)),
    ])
}

pub(crate) fn kind_of(build: &Build) -> &'static str {
    if build.container { "DOCKER" } else { "AMI" }
}

fn shown(request: &Request, build: &Build, arn: &str) -> Value {
    let recipe_name = if build.container {
        "containerRecipe"
    } else {
        "imageRecipe"
    };
    let mut image = Map::new();
    let mut set = |name: &str, value: Value| image.insert(name.to_owned(), value);
    set("arn", arn.into());
    set("type", kind_of(build).into());
    set("name", build.name.as_str().into());
    set(
        "version",
        format!("{}/{}", build.version, build.number).into(),
    );
    set("platform", "Linux".into());
    set("osVersion", "Amazon Linux 2023".into());
    set("state", state_of(&build.stage(request.now)));
    set(recipe_name, recipe(build));
    set(
        "infrastructureConfiguration",
        configuration(&build.infrastructure),
    );
    if let Some(distribution) = &build.distribution {
        let mut configuration = configuration(distribution);
        configuration["timeoutMinutes"] = 720.into();
        set("distributionConfiguration", configuration);
    }
    if let Some(pipeline) = &build.pipeline {
        let name = Arn::parse(pipeline).map_or("", |arn| arn.name);
        set("sourcePipelineArn", pipeline.as_str().into());
        set("sourcePipelineName", name.into());
    }
    for (name, value) in &build.echoed {
        set(name, value.clone());
    }
    set("dateCreated", build.created_at.iso().into());
    set("outputResources", outputs(request, build));
    set("tags", json!(build.tags));
    set("buildType", "USER_INITIATED".into());
    set("imageSource", "CUSTOM".into());
    image.into()
}

fn recipe(build: &Build) -> Value {
    let mut recipe = json!({
        "arn": build.recipe,
        "name": build.name,
        "platform": "Linux",
        "version": build.version,
        "dateCreated": Time(0).iso(),
        "tags": {},
    });
    let (name, value) = if build.container {
        ("containerType", "DOCKER")
    } else {
        ("type", "AMI")
    };
    recipe[name] = value.into();
    recipe
}

fn configuration(arn: &str) -> Value {
    json!({
        "arn": arn,
        "name": Arn::parse(arn).map_or("", |arn| arn.name),
        "dateCreated": Time(0).iso(),
        "tags": {},
    })
}

/// What the build has made so far: one AMI or one container image, once it is available.
pub(crate) fn outputs(request: &Request, build: &Build) -> Value {
    let stage = build.stage(request.now);
    if !matches!(
        stage.status.as_str(),
        "AVAILABLE" | "DEPRECATED" | "DISABLED"
    ) {
        return json!({ "amis": [], "containers": [] });
    }
    let name = format!("{} {}", build.name, build.created_at.iso());
    if build.container {
        let host = region::registry_host(&request.account, &request.region);
        let uri = format!("{host}/{}:{}-{}", build.name, build.version, build.number);
        return json!({
            "amis": [],
            "containers": [{ "region": request.region, "imageUris": [uri] }],
        });
    }
    let id =
        sha256_hex(format!("{} {} {}", request.account, request.region, build.key()).as_bytes());
    json!({
        "amis": [{
            "region": request.region,
            "image": format!("ami-{}", &id[..17]),
            "name": name,
            "state": state_of(&stage),
            "accountId": request.account,
        }],
        "containers": [],
    })
}

fn cancel(state: &mut State, request: &Request) -> Answer {
    let builds = &mut state.registry(&request.account, &request.region).builds;
    let answer = |arn: &str| {
        json!({
            "requestId": request.id,
            "clientToken": request.required("clientToken"),
            "imageBuildVersionArn": arn,
        })
    };
    if let Some(arn) = asked_before(builds, request)? {
        return Ok(answer(&arn));
    }
    let arn = request.required("imageBuildVersionArn");
    let key = key_of(builds, request, arn)?;
    remember(builds, request, arn);
    if let Some(build) = builds.images.get_mut(&key) {
        if !build.is_running(request.now) {
            builds.tokens.remove(request.required("clientToken"));
            return Err(Refusal::new(
                "InvalidRequestException",
                format!("The image '{arn}' cannot be cancelled because it is not being built."),
            ));
        }
        build.cancelled_at = Some(request.now);
    }
    Ok(answer(arn))
}

fn delete(state: &mut State, request: &Request) -> Answer {
    let builds = &mut state.registry(&request.account, &request.region).builds;
    let arn = request.required("imageBuildVersionArn");
    let key = key_of(builds, request, arn)?;
    if builds
        .images
        .get(&key)
        .is_some_and(|build| build.is_running(request.now))
    {
        return Err(Refusal::new(
            "ResourceDependencyException",
            format!("The image '{arn}' cannot be deleted while it is being built."),
        ));
    }
    builds.images.remove(&key);
    Ok(json!({ "requestId": request.id, "imageBuildVersionArn": arn }))
}
