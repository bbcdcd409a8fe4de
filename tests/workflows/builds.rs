//! Image builds, polled to their end.

use std::time::Duration;

use serde_json::{Map, Value, json};
use spola::machine::RunOptions;

use super::{play, program};

/// Builds that go through these states.
fn states(states: &'static [&'static str]) -> impl FnMut(&str, &Value) -> (u16, Value) {
    let mut left = states.iter();
    move |name, body| match name {
        "CreateImage" => {
            let token = body["clientToken"].as_str().unwrap();
            assert_eq!(token.len(), 36, "{token}");
            (
                200,
                json!({"imageBuildVersionArn": "arn:aws:imagebuilder:eu-west-1:123456789012:image/a/1.0.0/1"}),
            )
        }
        "GetImage" => {
            assert!(
                body.as_str()
                    .unwrap()
                    .starts_with("imageBuildVersionArn=arn%3Aaws%3A"),
                "{body}"
            );
            let status = left.next().unwrap();
            let amis = json!({"amis": [{"image": "ami-1"}]});
            (
                200,
                json!({"image": {"arn": "a", "state": {"status": status, "reason": "because"}, "outputResources": amis}}),
            )
        }
        other => panic!("{other}"),
    }
}

fn build() -> Value {
    json!({"imageRecipeArn": "arn:r", "infrastructureConfigurationArn": "arn:i"})
}

#[test]
fn a_build_is_polled_until_the_image_is_available() {
    let played = play(
        "create-image-and-poll",
        build(),
        states(&[
            "PENDING",
            "CREATING",
            "SOMETHING_NEW",
            "TESTING",
            "AVAILABLE",
        ]),
    );
    assert!(played.succeeded(), "{:?}", played.outcome);
    assert_eq!(played.sent.len(), 6);
    assert_eq!(played.waits, [Duration::from_secs(30); 4]);
    assert_eq!(played.outcome.outputs["finalStatus"], "AVAILABLE");
    assert_eq!(played.outcome.outputs["amis"], json!([{"image": "ami-1"}]));
}

#[test]
fn a_build_that_ends_badly_is_a_failure_with_its_reason() {
    for ending in ["FAILED", "CANCELLED", "DELETED", "DEPRECATED", "DISABLED"] {
        let all: &'static [&'static str] = vec!["BUILDING", ending].leak();
        let played = play("create-image-and-poll", build(), states(all));
        assert!(!played.succeeded(), "{ending}");
        assert_eq!(played.outcome.outputs["finalStatus"], ending);
        assert_eq!(played.outcome.outputs["finalReason"], "because");
        assert_eq!(played.sent.len(), 3);
    }
}

#[test]
fn a_build_that_never_ends_is_given_up_after_four_hours() {
    let forever: &'static [&'static str] = vec!["BUILDING"; 500].leak();
    let played = play("create-image-and-poll", build(), states(forever));
    assert!(!played.succeeded());
    assert_eq!(played.sent.len(), 1 + 481);
    let waited: Duration = played.waits.iter().sum();
    assert_eq!(waited, Duration::from_secs(4 * 3600));
}

#[test]
fn exactly_one_recipe_is_built() {
    for inputs in [
        json!({"infrastructureConfigurationArn": "arn:i"}),
        json!({"imageRecipeArn": "r", "containerRecipeArn": "c", "infrastructureConfigurationArn": "i"}),
        json!({"imageRecipeArn": "r"}),
    ] {
        let inputs: Map<String, Value> = inputs.as_object().unwrap().clone();
        let refused = program("create-image-and-poll").start(None, inputs, RunOptions::default());
        assert!(refused.is_err());
    }
}
