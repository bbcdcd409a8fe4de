//! Repositories: ensured, created, deleted, tagged, given policies.

use serde_json::{Map, Value, json};
use spola::machine::FailureReason;
use spola_sandbox::Sandbox;

use super::drive::{
    HOST, answer, begin, drive, lost, options, refusal, run, run_with, sandbox_of, scripted,
};
use crate::sandbox::call::{OCI, ecr, manifest};

fn lifecycle() -> Value {
    json!({ "rules": [{
        "rulePriority": 1,
        "selection": {
            "tagStatus": "untagged",
            "countType": "sinceImagePushed",
            "countUnit": "days",
            "countNumber": 14,
        },
        "action": { "type": "expire" },
    }] })
}

fn tags(sandbox: &mut Sandbox) -> Value {
    run(sandbox, "repository-tags", json!({ "repository": "app" })).ok()["tags"].clone()
}

fn text<'o>(outputs: &'o Map<String, Value>, name: &str) -> &'o str {
    outputs[name].as_str().unwrap()
}

#[test]
fn a_missing_repository_is_ensured_with_all_that_it_is_to_have() {
    let mut sandbox = Sandbox::empty();
    let args = json!({
        "repository": "team/new",
        "mutability": "immutable",
        "scanOnPush": true,
        "tags": { "team": "x" },
        "lifecyclePolicy": lifecycle(),
    });
    let done = run(&mut sandbox, "ensure-repository", args.clone());
    assert_eq!(
        done.calls(),
        [
            "DescribeRepositories",
            "CreateRepository",
            "PutLifecyclePolicy"
        ]
    );
    let done = done.ok();
    assert_eq!(text(&done, "change"), "created");
    assert_eq!(done["repository"]["imageTagMutability"], "IMMUTABLE");
    // Ensured again, nothing is sent that changes anything.
    let done = run(&mut sandbox, "ensure-repository", args);
    assert_eq!(
        done.calls(),
        [
            "DescribeRepositories",
            "ListTagsForResource",
            "GetLifecyclePolicy"
        ]
    );
    let done = done.ok();
    assert_eq!(text(&done, "change"), "unchanged");
    assert_eq!(done["changes"], json!([]));
}

#[test]
fn what_differs_is_changed_and_nothing_else() {
    let mut sandbox = Sandbox::sample();
    let args = json!({
        "repository": "app",
        "mutability": "IMMUTABLE",
        "scanOnPush": true,
        "tags": { "team": "x" },
        "lifecyclePolicy": lifecycle().to_string(),
        "policy": { "Version": "2012-10-17", "Statement": [] },
    });
    let done = run(&mut sandbox, "ensure-repository", args.clone());
    let writes: Vec<_> = done
        .calls()
        .into_iter()
        .filter(|call| {
            !call.starts_with("Get") && !call.starts_with("List") && !call.starts_with("Describe")
        })
        .map(str::to_owned)
        .collect();
    assert_eq!(writes.len(), 5, "{writes:?}");
    let done = done.ok();
    assert_eq!(text(&done, "change"), "updated");
    let all = json!([
        "lifecyclePolicy",
        "mutability",
        "policy",
        "scanOnPush",
        "tags"
    ]);
    assert_eq!(done["changes"], all);
    assert_eq!(done["repository"]["imageTagMutability"], "IMMUTABLE");
    let done = run(&mut sandbox, "ensure-repository", args).ok();
    assert_eq!(text(&done, "change"), "unchanged");
}

#[test]
fn two_that_ensure_at_once_both_succeed() {
    let missing = || refusal("RepositoryNotFoundException");
    let found = json!({ "repositories": [{ "repositoryName": "app", "repositoryArn": "arn" }] });
    let mut answers = scripted(vec![
        missing(),
        refusal("RepositoryAlreadyExistsException"),
        answer(200, &found),
    ]);
    let operation = begin(
        "ensure-repository",
        json!({ "repository": "app" }),
        &options(),
    );
    let done = drive(operation, &mut answers, false).ok();
    assert_eq!(text(&done, "change"), "unchanged");
}

#[test]
fn a_creation_whose_answer_was_lost_is_known_as_ones_own() {
    let found = json!({ "repositories": [{ "repositoryName": "app", "repositoryArn": "arn" }] });
    for name in ["ensure-repository", "create-repository"] {
        let mut answers = vec![
            lost(FailureReason::Reset),
            refusal("RepositoryAlreadyExistsException"),
            answer(200, &found),
        ];
        if name == "ensure-repository" {
            answers.insert(0, refusal("RepositoryNotFoundException"));
        }
        let operation = begin(name, json!({ "repository": "app" }), &options());
        let done = drive(operation, &mut scripted(answers), false).ok();
        let created = done.get("created") == Some(&json!(true));
        assert!(created || done["change"] == "created", "{name}");
    }
}

#[test]
fn how_images_are_encrypted_cannot_be_changed() {
    let mut sandbox = Sandbox::sample();
    let args = json!({ "repository": "app", "kmsKey": "alias/mine" });
    let done = run(&mut sandbox, "ensure-repository", args);
    assert_eq!(done.refused(), "ecr.cannot-change");
    assert!(
        done.message.contains("is AES256, not KMS"),
        "{}",
        done.message
    );
}

#[test]
fn exclusions_make_a_mutability_with_exclusions() {
    let mut sandbox = Sandbox::empty();
    let args = json!({
        "repository": "team/new", "mutability": "IMMUTABLE", "exclusions": ["dev-*"],
    });
    let done = run(&mut sandbox, "ensure-repository", args.clone()).ok();
    assert_eq!(
        done["repository"]["imageTagMutability"],
        "IMMUTABLE_WITH_EXCLUSION"
    );
    let done = run(&mut sandbox, "ensure-repository", args).ok();
    assert_eq!(text(&done, "change"), "unchanged");
}

#[test]
fn creating_what_exists_is_refused_unless_that_is_allowed() {
    let mut sandbox = Sandbox::sample();
    let done = run(
        &mut sandbox,
        "create-repository",
        json!({ "repository": "new" }),
    );
    assert_eq!(done.calls(), ["CreateRepository"]);
    assert_eq!(done.ok()["created"], true);
    let done = drive(
        begin(
            "create-repository",
            json!({ "repository": "new" }),
            &options(),
        ),
        &mut sandbox_of(&mut sandbox),
        false,
    );
    assert_eq!(done.refused(), "ecr.repository-already-exists");
    let args = json!({ "repository": "app", "existsOk": true, "tags": { "team": "x" } });
    let done = run(&mut sandbox, "create-repository", args).ok();
    assert_eq!(done["created"], false);
    assert_eq!(done["repository"]["repositoryUri"], format!("{HOST}/app"));
    assert_eq!(tags(&mut sandbox), json!({ "team": "x" }));
}

#[test]
fn a_repository_is_described_found_and_deleted() {
    let mut sandbox = Sandbox::sample();
    let app = json!({ "repository": "app" });
    let done = run(&mut sandbox, "describe-repository", app.clone()).ok();
    assert_eq!(done["repository"]["repositoryName"], "app");
    let done = run(&mut sandbox, "repository-exists", app.clone()).ok();
    assert_eq!(done["exists"], true);
    let done = run(&mut sandbox, "delete-repository", app.clone());
    assert_eq!(done.refused(), "ecr.repository-not-empty");
    let force = json!({ "repository": "app", "force": true });
    let mut answers = sandbox_of(&mut sandbox);
    let done = drive(
        begin("delete-repository", force, &options()),
        &mut answers,
        false,
    )
    .ok();
    assert_eq!(done["deleted"], true);
    assert_eq!(done["repository"]["repositoryName"], "app");
    let done = drive(
        begin("repository-exists", app.clone(), &options()),
        &mut answers,
        false,
    );
    assert_eq!(done.ok()["exists"], false);
    let again = drive(
        begin("delete-repository", app, &options()),
        &mut answers,
        false,
    );
    assert_eq!(again.refused(), "ecr.repository-not-found");
    let args = json!({ "repository": "app", "missingOk": true });
    let done = drive(
        begin("delete-repository", args, &options()),
        &mut answers,
        false,
    )
    .ok();
    assert_eq!(done["deleted"], false);
    drop(answers);
    let missing = json!({ "repository": "app" });
    let done = run(&mut sandbox, "describe-repository", missing);
    assert_eq!(done.refused(), "ecr.repository-not-found");
}

#[test]
fn tags_are_appended_overwritten_and_removed_with_the_least_calls() {
    let mut sandbox = Sandbox::sample();
    let update = |sandbox: &mut Sandbox, more: Value| {
        let mut args = json!({ "repository": "app" });
        for (name, value) in more.as_object().unwrap() {
            args[name] = value.clone();
        }
        run(sandbox, "update-repository-tags", args)
    };
    let before = tags(&mut sandbox);
    let want = json!({ "team": "x", "stage": "test" });
    let done = update(&mut sandbox, json!({ "tags": want }));
    assert_eq!(done.calls(), ["ListTagsForResource", "TagResource"]);
    assert_eq!(done.ok()["tags"], tags(&mut sandbox));
    // What is there already is not sent again, and nothing at all without a change.
    let done = update(
        &mut sandbox,
        json!({ "tags": { "team": "y", "stage": "test" } }),
    );
    assert_eq!(
        done.requests[1].1["tags"],
        json!([{ "Key": "team", "Value": "y" }])
    );
    let done = update(&mut sandbox, json!({ "tags": { "team": "y" } }));
    assert_eq!(done.calls(), ["ListTagsForResource"]);
    // Overwriting removes the others; there is no call without keys.
    let done = update(
        &mut sandbox,
        json!({ "tags": { "team": "y" }, "mode": "OVERWRITE" }),
    );
    assert_eq!(done.calls(), ["ListTagsForResource", "UntagResource"]);
    assert_eq!(tags(&mut sandbox), json!({ "team": "y" }));
    let done = update(
        &mut sandbox,
        json!({ "tags": { "team": "y" }, "mode": "overwrite" }),
    );
    assert_eq!(done.calls(), ["ListTagsForResource"]);
    let done = update(&mut sandbox, json!({ "remove": ["team", "none"] })).ok();
    assert_eq!(done["removed"], json!(["team"]));
    assert_eq!(tags(&mut sandbox), json!({}));
    let _ = before;
}

#[test]
fn without_an_account_the_arn_is_asked_for() {
    let mut sandbox = Sandbox::sample();
    let mut options = options();
    options.account = None;
    let args = json!({ "repository": "app", "tags": { "team": "x" } });
    let done = run_with(&mut sandbox, "update-repository-tags", args, &options);
    assert_eq!(
        done.calls(),
        ["DescribeRepositories", "ListTagsForResource", "TagResource"]
    );
    assert!(done.requests[0].1.get("registryId").is_none());
}

#[test]
fn a_lifecycle_policy_is_put_read_previewed_and_deleted() {
    let mut sandbox = Sandbox::sample();
    let app = json!({ "repository": "app" });
    let done = run(&mut sandbox, "lifecycle-policy", app.clone());
    assert_eq!(done.refused(), "ecr.lifecycle-policy-not-found");
    let args = json!({ "repository": "app", "missingOk": true });
    let done = run(&mut sandbox, "lifecycle-policy", args).ok();
    assert_eq!(done["policy"], Value::Null);
    // Members that nobody knows yet are kept.
    let mut policy = lifecycle();
    policy["rules"][0]["description"] = "old ones".into();
    let args = json!({ "repository": "app", "policy": policy });
    let done = run(&mut sandbox, "put-lifecycle-policy", args).ok();
    assert_eq!(done["policy"], policy);
    let done = run(&mut sandbox, "lifecycle-policy", app.clone()).ok();
    assert_eq!(done["policy"], policy);
    assert_eq!(done["text"], policy.to_string());
    let done = run(&mut sandbox, "preview-lifecycle-policy", app.clone());
    assert_eq!(done.calls()[0], "StartLifecyclePolicyPreview");
    assert!(done.paused.as_secs() >= 5);
    assert!(done.ok()["results"].is_array());
    let done = run(&mut sandbox, "delete-lifecycle-policy", app.clone()).ok();
    assert_eq!(done["deleted"], true);
    let args = json!({ "repository": "app", "policy": 7 });
    let refused = spola_ecr::Operation::from_json("put-lifecycle-policy", args, options());
    assert!(refused.is_err());
}

#[test]
fn an_access_policy_is_put_read_and_deleted() {
    let mut sandbox = Sandbox::sample();
    let app = json!({ "repository": "app" });
    let done = run(&mut sandbox, "repository-policy", app.clone());
    assert_eq!(done.refused(), "ecr.repository-policy-not-found");
    let policy = json!({ "Version": "2012-10-17", "Statement": [] });
    let args = json!({ "repository": "app", "policy": policy });
    assert_eq!(
        run(&mut sandbox, "put-repository-policy", args).ok()["policy"],
        policy
    );
    let done = run(&mut sandbox, "repository-policy", app.clone()).ok();
    assert_eq!(done["policy"], policy);
    let done = run(&mut sandbox, "delete-repository-policy", app).ok();
    assert_eq!(done["deleted"], true);
    let args = json!({ "repository": "app", "missingOk": true });
    let done = run(&mut sandbox, "delete-repository-policy", args).ok();
    assert_eq!(done["deleted"], false);
}

#[test]
fn repositories_are_named_by_name_address_and_arn_and_registry_id_is_always_sent() {
    let mut sandbox = Sandbox::sample();
    for name in [
        "team/api".to_owned(),
        format!("{HOST}/team/api"),
        "arn:aws:ecr:us-east-1:123456789012:repository/team/api".to_owned(),
    ] {
        let args = json!({ "repository": name });
        let done = run(&mut sandbox, "describe-repository", args);
        assert_eq!(done.requests[0].1["registryId"], "123456789012");
        assert_eq!(done.ok()["repository"]["repositoryName"], "team/api");
    }
    // The region of an address is not that of the options.
    let other = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/none";
    let args = json!({ "repository": other });
    let done = run(&mut sandbox, "repository-exists", args).ok();
    assert_eq!(done["exists"], false);
}

#[test]
fn a_put_image_is_in_the_repository() {
    let mut sandbox = crate::sandbox::call::trusting();
    let text = manifest("one");
    let args = json!({ "repository": "app", "manifest": text, "mediaType": OCI, "tag": "v1" });
    let done = run(&mut sandbox, "put-image", args).ok();
    let body = json!({ "repositoryName": "app", "imageIds": [{ "imageTag": "v1" }] });
    let found = ecr(&mut sandbox, "BatchGetImage", body).ok();
    assert_eq!(
        found["images"][0]["imageId"]["imageDigest"],
        done["imageDigest"]
    );
}

#[test]
fn a_policy_that_is_built_is_one_that_the_service_takes() {
    use spola_ecr::{LifecyclePolicy, Which};
    let mut sandbox = Sandbox::sample();
    let policy = LifecyclePolicy::new()
        .keep_newest(Which::Any, 100)
        .expire(Which::Untagged, 14)
        .keep_newest(Which::Tags(vec!["dev-*".into()]), 10)
        .rule(lifecycle()["rules"][0].clone());
    let value = policy.to_value();
    let rules = value["rules"].as_array().unwrap();
    let priorities: Vec<_> = rules
        .iter()
        .map(|rule| rule["rulePriority"].as_u64())
        .collect();
    // The rule that has a priority keeps it; that about any image comes last.
    assert_eq!(priorities, [Some(2), Some(3), Some(1), Some(4)]);
    assert_eq!(rules[3]["selection"]["tagStatus"], "any");
    let one = LifecyclePolicy::new()
        .expire(Which::Untagged, 14)
        .keep_newest(Which::Any, 9);
    let args = json!({ "repository": "app", "policy": one.to_value() });
    let done = run(&mut sandbox, "put-lifecycle-policy", args).ok();
    assert_eq!(done["policy"], one.to_value());
}

#[test]
fn requests_are_made_of_typed_arguments_too() {
    use spola_ecr::{EnsureRepository, Operation, Request};
    let mut sandbox = Sandbox::empty();
    let ensure = EnsureRepository {
        repository: "team/new".into(),
        mutability: Some("IMMUTABLE".into()),
        ..EnsureRepository::default()
    };
    let request = Request::from(ensure);
    assert_eq!(request.name(), "ensure-repository");
    let operation = Operation::start(request, options()).unwrap();
    let done = drive(operation, &mut sandbox_of(&mut sandbox), false).ok();
    assert_eq!(text(&done, "change"), "created");
}
