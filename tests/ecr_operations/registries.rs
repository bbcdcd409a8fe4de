//! Registries: lists with few calls, descriptions, passwords.

use std::time::Duration;

use serde_json::{Value, json};
use spola::machine::FailureReason;
use spola_ecr::Options;
use spola_sandbox::Sandbox;

use super::drive::{
    HOST, again, answer, begin, drive, lost, options, refusal, run, run_with, scripted,
};
use crate::sandbox::call::ecr;

fn names(outputs: &serde_json::Map<String, Value>) -> Vec<&str> {
    let repositories = outputs["repositories"].as_array().unwrap();
    repositories
        .iter()
        .map(|repository| repository["repositoryName"].as_str().unwrap())
        .collect()
}

/// A registry with many repositories.
fn many(count: usize) -> Sandbox {
    let mut sandbox = Sandbox::empty();
    for at in 0..count {
        let body = json!({ "repositoryName": format!("app-{at:04}") });
        ecr(&mut sandbox, "CreateRepository", body).ok();
    }
    sandbox
}

#[test]
fn a_list_of_1001_repositories_takes_two_calls() {
    let mut sandbox = many(1001);
    let done = run(&mut sandbox, "list-repositories", json!({}));
    assert_eq!(done.calls(), ["DescribeRepositories"; 2]);
    assert_eq!(done.requests[0].1["registryId"], "123456789012");
    assert_eq!(names(&done.ok()).len(), 1001);
}

#[test]
fn an_exact_name_is_one_call_and_finds_no_other() {
    let mut sandbox = Sandbox::sample();
    let body = json!({ "repositoryName": "my-app-2" });
    ecr(&mut sandbox, "CreateRepository", body).ok();
    let done = run(&mut sandbox, "list-repositories", json!({ "name": "app" }));
    assert_eq!(done.calls(), ["DescribeRepositories"]);
    let found = done.ok();
    assert_eq!(names(&found), ["app"]);
    // What the service says of it is not thrown away.
    let uri = &found["repositories"][0]["repositoryUri"];
    assert_eq!(uri, &json!(format!("{HOST}/app")));
    let none = run(&mut sandbox, "list-repositories", json!({ "name": "ap" }));
    assert!(names(&none.ok()).is_empty());
}

#[test]
fn globs_fit_whole_names_and_patterns_parts_of_them() {
    let mut sandbox = Sandbox::sample();
    for (args, expected) in [
        (json!({ "glob": "team/*" }), vec!["team/api", "team/worker"]),
        (json!({ "glob": "app" }), vec!["app"]),
        (json!({ "glob": "ap" }), vec![]),
        (json!({ "glob": "a?p" }), vec!["app"]),
        (json!({ "pattern": "ap" }), vec!["app", "team/api"]),
        (json!({ "pattern": "^team/.*r$" }), vec!["team/worker"]),
    ] {
        let done = run(&mut sandbox, "list-repositories", args.clone()).ok();
        assert_eq!(names(&done), expected, "{args}");
    }
}

#[test]
fn tags_are_asked_for_only_where_the_name_fits() {
    let mut sandbox = many(40);
    for at in [3, 7] {
        let body = json!({
            "resourceArn": format!("arn:aws:ecr:us-east-1:123456789012:repository/app-{at:04}"),
            "tags": [{ "Key": "team", "Value": if at == 3 { "x" } else { "y" } }],
        });
        ecr(&mut sandbox, "TagResource", body).ok();
    }
    let args = json!({ "glob": "app-000*", "tags": { "team": "x" } });
    let done = run(&mut sandbox, "list-repositories", args);
    assert_eq!(done.count("DescribeRepositories"), 1);
    assert_eq!(done.count("ListTagsForResource"), 10);
    let found = done.ok();
    assert_eq!(names(&found), ["app-0003"]);
    assert_eq!(found["repositories"][0]["tags"], json!({ "team": "x" }));
    // A value that is not said stands for any.
    let args = json!({ "glob": "app-000*", "tags": { "team": null } });
    let done = run(&mut sandbox, "list-repositories", args).ok();
    assert_eq!(names(&done), ["app-0003", "app-0007"]);
}

#[test]
fn a_registry_is_described_with_its_address() {
    let mut sandbox = Sandbox::sample();
    let mut options = options();
    options.account = None;
    let done = run_with(&mut sandbox, "describe-registry", json!({}), &options).ok();
    assert_eq!(done["registryId"], "123456789012");
    assert_eq!(done["registry"], HOST);
}

#[test]
fn a_login_says_when_it_ends_and_is_in_no_snapshot() {
    let mut sandbox = Sandbox::sample();
    let done = run(&mut sandbox, "login", json!({}));
    assert_eq!(done.calls(), ["GetAuthorizationToken"]);
    let done = done.ok();
    assert_eq!(done["username"], "AWS");
    assert_eq!(done["registry"], format!("https://{HOST}"));
    assert!(done["expiresAt"].as_f64().unwrap() > 1_800_000_000.0);
    let password = done["password"].as_str().unwrap();
    let token = done["token"].as_str().unwrap();

    let answers = json!({ "authorizationData": [{ "authorizationToken": token }] });
    let mut operation = begin("login", json!({}), &options());
    while operation.outcome().is_none() {
        if let Some(spola::machine::Effect::Send(send)) = operation.poll() {
            let mut answers = scripted(vec![answer(200, &answers)]);
            operation.feed(answers(&send, 0)).unwrap();
        }
    }
    let text = String::from_utf8(operation.snapshot()).unwrap();
    assert!(!text.contains(password) && !text.contains(token));
    assert!(again(&operation).outcome().is_none());
}

#[test]
fn throttling_and_lost_connections_are_sent_again_and_a_refusal_is_not() {
    let args = json!({ "name": "app" });
    let found = json!({ "repositories": [{ "repositoryName": "app" }] });
    let operation = begin("list-repositories", args.clone(), &options());
    let mut answers = scripted(vec![
        refusal("ThrottlingException"),
        lost(FailureReason::Reset),
        answer(200, &found),
    ]);
    let done = drive(operation, &mut answers, false).succeeded();
    assert_eq!(done.requests.len(), 3);
    assert!(done.paused > Duration::ZERO);

    let operation = begin("list-repositories", args.clone(), &options());
    let mut answers = scripted(vec![refusal("AccessDeniedException")]);
    let done = drive(operation, &mut answers, false);
    assert_eq!(done.refused(), "ecr.access-denied");
    assert!(
        done.message
            .contains("AccessDeniedException: because (request id r-1)")
    );
    assert_eq!(done.outputs["error"]["code"], "AccessDeniedException");

    let operation = begin("list-repositories", args, &options());
    let lost = || lost(FailureReason::Connect);
    let mut answers = scripted(vec![lost(), lost(), lost()]);
    let done = drive(operation, &mut answers, false);
    assert_eq!(done.refused(), "ecr.no-answer");
}

#[test]
fn an_expired_token_and_a_wrong_clock_are_mended_once() {
    let mut operation = begin("describe-registry", json!({}), &options());
    let mut auths = Vec::new();
    let mut answers = scripted(vec![
        refusal("ExpiredTokenException"),
        refusal("ExpiredTokenException"),
    ]);
    while operation.outcome().is_none() {
        if let Some(spola::machine::Effect::Send(send)) = operation.poll() {
            auths.push(send.auth.clone().expect("SigV4"));
            operation.feed(answers(&send, 0)).unwrap();
        }
    }
    assert_eq!(auths.len(), 2);
    assert!(!auths[0].renew && auths[1].renew);
    assert_eq!(auths[0].source, "registry");
}

#[test]
fn every_partition_and_flavor_has_its_host() {
    for (registry, host) in [
        (HOST, "api.ecr.us-east-1.amazonaws.com"),
        (
            "123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn",
            "api.ecr.cn-north-1.amazonaws.com.cn",
        ),
        (
            "123456789012.dkr.ecr-fips.us-gov-west-1.amazonaws.com",
            "api.ecr-fips.us-gov-west-1.amazonaws.com",
        ),
        (
            "123456789012.dkr-ecr.eu-west-1.on.aws",
            "ecr.eu-west-1.api.aws",
        ),
    ] {
        let args = json!({ "registry": registry });
        let mut operation = begin("list-repositories", args, &Options::default());
        let send = loop {
            if let Some(spola::machine::Effect::Send(send)) = operation.poll() {
                break send;
            }
        };
        assert_eq!(send.request.url().host(), Some(host));
    }
}

#[test]
fn pages_that_repeat_their_token_are_told() {
    let page = json!({ "repositories": [], "nextToken": "t" });
    let operation = begin("list-repositories", json!({}), &options());
    let mut answers = scripted(vec![answer(200, &page), answer(200, &page)]);
    let done = drive(operation, &mut answers, false);
    assert_eq!(done.refused(), "ecr.endless-pages");
}
