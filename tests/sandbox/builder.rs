//! EC2 Image Builder: builds over time.

use super::call::{Answer, NOW, builder};
use serde_json::{Value, json};
use spola_sandbox::Sandbox;

const BASE: &str = "arn:aws:imagebuilder:us-east-1:123456789012";

fn create(sandbox: &mut Sandbox, recipe: &str, token: &str) -> Answer {
    let body = json!({
        "imageRecipeArn": format!("{BASE}:image-recipe/{recipe}/1.0.0"),
        "infrastructureConfigurationArn": format!("{BASE}:infrastructure-configuration/infra"),
        "clientToken": token,
    });
    builder(sandbox, "PUT", "/CreateImage", &body, NOW)
}

fn encoded(arn: &str) -> String {
    arn.replace(':', "%3A").replace('/', "%2F")
}

fn get(sandbox: &mut Sandbox, arn: &str, now: u64) -> Answer {
    let path = format!("/GetImage?imageBuildVersionArn={}", encoded(arn));
    builder(sandbox, "GET", &path, &Value::Null, now)
}

/// The statuses that a build goes through, looked at every second.
fn course(sandbox: &mut Sandbox, arn: &str) -> Vec<String> {
    let mut statuses: Vec<String> = Vec::new();
    for second in 0..600 {
        let body = get(sandbox, arn, NOW + second).ok();
        let status = body["image"]["state"]["status"].as_str().unwrap();
        if statuses.last().map(String::as_str) != Some(status) {
            statuses.push(status.to_owned());
        }
    }
    statuses
}

fn made(sandbox: &mut Sandbox, recipe: &str) -> String {
    let body = create(sandbox, recipe, recipe).ok();
    body["imageBuildVersionArn"].as_str().unwrap().to_owned()
}

#[test]
fn a_build_goes_through_every_stage_and_gives_an_ami() {
    let mut sandbox = Sandbox::empty();
    let arn = made(&mut sandbox, "web");
    assert_eq!(arn, format!("{BASE}:image/web/1.0.0/1"));
    let stages = [
        "PENDING",
        "CREATING",
        "BUILDING",
        "TESTING",
        "DISTRIBUTING",
        "INTEGRATING",
        "AVAILABLE",
    ];
    assert_eq!(course(&mut sandbox, &arn), stages);
    let early = get(&mut sandbox, &arn, NOW).ok();
    assert_eq!(
        early["image"]["outputResources"],
        json!({ "amis": [], "containers": [] })
    );
    let late = get(&mut sandbox, &arn, NOW + 600).ok();
    let ami = &late["image"]["outputResources"]["amis"][0];
    assert!(ami["image"].as_str().unwrap().starts_with("ami-"));
    assert_eq!(ami["region"], "us-east-1");
}

#[test]
fn a_word_in_the_recipe_decides_the_end() {
    let mut sandbox = Sandbox::empty();
    for (recipe, end) in [
        ("this-fails", "FAILED"),
        ("gets-cancelled", "CANCELLED"),
        ("gets-deleted", "DELETED"),
        ("gets-deprecated", "DEPRECATED"),
        ("gets-disabled", "DISABLED"),
        ("gets-stuck", "BUILDING"),
    ] {
        let arn = made(&mut sandbox, recipe);
        assert_eq!(course(&mut sandbox, &arn).last().unwrap(), end);
        let body = get(&mut sandbox, &arn, NOW + 600).ok();
        assert_eq!(
            body["image"]["state"]["reason"].is_string(),
            end != "BUILDING"
        );
    }
}

#[test]
fn a_client_token_answers_the_same_call_with_the_same_image() {
    let mut sandbox = Sandbox::empty();
    let first = create(&mut sandbox, "web", "t1").ok();
    let again = create(&mut sandbox, "web", "t1").ok();
    assert_eq!(first["imageBuildVersionArn"], again["imageBuildVersionArn"]);
    let other = create(&mut sandbox, "db", "t1");
    assert_eq!(
        (other.status, other.code()),
        (400, "IdempotentParameterMismatchException")
    );
    let second = create(&mut sandbox, "web", "t2").ok();
    assert_eq!(
        second["imageBuildVersionArn"],
        format!("{BASE}:image/web/1.0.0/2")
    );
}

#[test]
fn exactly_one_recipe_is_needed() {
    let mut sandbox = Sandbox::empty();
    let image = format!("{BASE}:image-recipe/web/1.0.0");
    let container = format!("{BASE}:container-recipe/web/1.x.x");
    let body = |recipes: &[(&str, &str)]| {
        let mut body = json!({
            "infrastructureConfigurationArn": format!("{BASE}:infrastructure-configuration/i"),
            "clientToken": "t",
        });
        for (name, arn) in recipes {
            body[*name] = (*arn).into();
        }
        body
    };
    let both = [
        ("imageRecipeArn", image.as_str()),
        ("containerRecipeArn", &container),
    ];
    for recipes in [&both[..], &[]] {
        let answer = builder(&mut sandbox, "PUT", "/CreateImage", &body(recipes), NOW);
        assert_eq!(
            (answer.status, answer.code()),
            (400, "InvalidRequestException")
        );
    }
    let wrong = body(&[("imageRecipeArn", &container)]);
    let answer = builder(&mut sandbox, "PUT", "/CreateImage", &wrong, NOW);
    assert_eq!(
        (answer.status, answer.code()),
        (400, "InvalidRequestException")
    );
    let body = builder(&mut sandbox, "PUT", "/CreateImage", &body(&both[1..]), NOW).ok();
    let arn = body["imageBuildVersionArn"].as_str().unwrap();
    let image = get(&mut sandbox, arn, NOW + 600).ok();
    assert_eq!(image["image"]["type"], "DOCKER");
    assert_eq!(
        image["image"]["outputResources"]["containers"][0]["imageUris"],
        json!(["123456789012.dkr.ecr.us-east-1.amazonaws.com/web:1.0.0-1"])
    );
}

#[test]
fn a_running_build_can_be_cancelled_and_a_finished_one_deleted() {
    let mut sandbox = Sandbox::empty();
    let arn = made(&mut sandbox, "web");
    let path = format!("/DeleteImage?imageBuildVersionArn={}", encoded(&arn));
    let answer = builder(&mut sandbox, "DELETE", &path, &Value::Null, NOW + 20);
    assert_eq!(answer.code(), "ResourceDependencyException");
    let cancel = json!({ "imageBuildVersionArn": arn, "clientToken": "c" });
    let body = builder(
        &mut sandbox,
        "PUT",
        "/CancelImageCreation",
        &cancel,
        NOW + 30,
    )
    .ok();
    assert_eq!(body["imageBuildVersionArn"], arn.as_str());
    let body = get(&mut sandbox, &arn, NOW + 31).ok();
    assert_eq!(body["image"]["state"]["status"], "CANCELLED");
    let late = json!({ "imageBuildVersionArn": arn, "clientToken": "c2" });
    let answer = builder(&mut sandbox, "PUT", "/CancelImageCreation", &late, NOW + 40);
    assert_eq!(answer.code(), "InvalidRequestException");
    builder(&mut sandbox, "DELETE", &path, &Value::Null, NOW + 50).ok();
    let gone = get(&mut sandbox, &arn, NOW + 60);
    assert_eq!(
        (gone.status, gone.code()),
        (404, "ResourceNotFoundException")
    );
    assert!(gone.body["message"].is_string());
}

#[test]
fn builds_are_listed_by_version_and_by_build() {
    let mut sandbox = Sandbox::empty();
    for token in 0..30 {
        create(&mut sandbox, "web", &token.to_string()).ok();
    }
    made(&mut sandbox, "db");
    let images = builder(&mut sandbox, "POST", "/ListImages", &json!({}), NOW).ok();
    let names: Vec<&str> = images["imageVersionList"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["db", "web"]);
    let mut body = json!({ "imageVersionArn": format!("{BASE}:image/web/1.0.0") });
    let first = builder(&mut sandbox, "POST", "/ListImageBuildVersions", &body, NOW).ok();
    assert_eq!(first["imageSummaryList"].as_array().unwrap().len(), 25);
    body["nextToken"] = first["nextToken"].clone();
    let second = builder(&mut sandbox, "POST", "/ListImageBuildVersions", &body, NOW).ok();
    assert_eq!(second["imageSummaryList"].as_array().unwrap().len(), 5);
    body["nextToken"] = "forged".into();
    let answer = builder(&mut sandbox, "POST", "/ListImageBuildVersions", &body, NOW);
    assert_eq!(answer.code(), "InvalidPaginationTokenException");
}

#[test]
fn a_pipeline_builds_the_recipe_of_its_name() {
    let mut sandbox = Sandbox::empty();
    let body =
        json!({ "imagePipelineArn": format!("{BASE}:image-pipeline/nightly"), "clientToken": "t" });
    let started = builder(
        &mut sandbox,
        "PUT",
        "/StartImagePipelineExecution",
        &body,
        NOW,
    )
    .ok();
    let arn = started["imageBuildVersionArn"].as_str().unwrap();
    let image = get(&mut sandbox, arn, NOW).ok();
    assert_eq!(image["image"]["sourcePipelineName"], "nightly");
}

#[test]
fn a_build_has_tags() {
    let mut sandbox = Sandbox::empty();
    let arn = made(&mut sandbox, "web");
    let path = format!("/tags/{}", encoded(&arn));
    let tags = json!({ "tags": { "a": "1", "b": "2" } });
    builder(&mut sandbox, "POST", &path, &tags, NOW).ok();
    builder(
        &mut sandbox,
        "DELETE",
        &format!("{path}?tagKeys=a"),
        &Value::Null,
        NOW,
    )
    .ok();
    let left = builder(&mut sandbox, "GET", &path, &Value::Null, NOW).ok();
    assert_eq!(left, json!({ "tags": { "b": "2" } }));
}
