//! The seed documents as they are, on the in-memory AWS.
//!
//! They are what their authors had generated: valid by the schema, never run.
//! Each case says how it ends and why, by the document's own text and what the
//! service really answers.

use std::time::Duration;

use serde_json::{Value, json};
use spola::Severity;
use spola::link::{LinkOptions, Program, check, link};
use spola::machine::{Effect, Event, OutcomeKind, RunOptions};

use crate::driver::{Cloud, Driven, REGION};
use crate::harness::{Manner, link_files, load_files, shared};

const ENSURE: &str = "amazon-ecr-ensure-repository-and-seed-image-workflow.yml";
const PUBLISH: &str = "amazon-ecr-publish-image-workflow.yml";
const INVENTORY: &str = "amazon-ecr-image-inventory-workflow.yml";
const BUILD: &str = "amazon-ec2-image-builder-create-image-and-poll-workflow.yml";

fn seed(name: &str) -> Option<Program> {
    shared(&format!("seeds/arazzo/{name}")).map(|path| link_files(&path))
}

/// A registry with the empty repository `app`, where any manifest is taken.
fn registry() -> Cloud {
    let mut cloud = Cloud::empty();
    cloud.control("settings", &json!({"layers": "trusted"}));
    cloud.ecr("CreateRepository", &json!({"repositoryName": "app"}));
    cloud
}

/// A registry whose repository `app` has so many images.
fn images(count: u64) -> Cloud {
    let mut cloud = Cloud::empty();
    let make = json!({"repositoryName": "app", "count": count, "region": REGION});
    cloud.control("images", &make);
    cloud
}

fn image() -> Value {
    json!({"repositoryName": "app", "imageTag": "v1", "imageManifest": spola_sandbox::sample_manifest()})
}

/// Runs straight, and again on another `cloud` resumed at every effect.
fn both(program: &Program, inputs: &Value, cloud: impl Fn() -> Cloud) -> Driven {
    let straight = cloud().drive(program, inputs, Manner::Straight);
    let resumed = cloud().drive(program, inputs, Manner::Resumed);
    assert_eq!(resumed, straight);
    straight
}

fn fails(driven: &Driven, code: &str, step: &str, part: &str) {
    let failure = driven.failure();
    assert_eq!((failure.0, failure.1), (code, step), "{failure:?}");
    assert!(failure.2.contains(part), "{part}: {failure:?}");
}

/// The document waits for an empty list; the registry tells a missing repository
/// by an error, for which the document has no action. So it never creates one.
#[test]
fn ensure_fails_where_the_repository_is_missing() {
    let Some(program) = seed(ENSURE) else { return };
    let driven = both(&program, &image(), Cloud::empty);
    assert_eq!(driven.operations(), ["DescribeRepositories"]);
    let message = "400 RepositoryNotFoundException";
    fails(&driven, "run.criteria", "lookupRepository", message);
}

/// Its branch for a missing repository is right all the same: an imitation that
/// answers with an empty list gets there.
#[test]
fn ensure_creates_a_repository_that_is_told_by_an_empty_list() {
    let Some(program) = seed(ENSURE) else { return };
    let Value::Object(inputs) = image() else {
        return;
    };
    let options = RunOptions {
        region: Some(REGION.into()),
        ..RunOptions::default()
    };
    let mut run = program.start(None, inputs, options).unwrap();
    let mut answers = [
        json!({"repositories": []}),
        json!({"repository": {"repositoryName": "app"}}),
        json!({"image": {"imageId": {"imageTag": "v1"}}}),
        json!({"images": [1], "failures": []}),
    ]
    .into_iter();
    while run.outcome().is_none() {
        if let Some(Effect::Send(send)) = run.poll() {
            let body = answers.next().expect("four requests").to_string();
            run.feed(Event::Response {
                id: send.id,
                status: 200,
                headers: vec![("Content-Type".into(), "application/x-amz-json-1.1".into())],
                body: body.into_bytes(),
                elapsed: Duration::ZERO,
            })
            .unwrap();
        }
    }
    let outcome = run.outcome().unwrap();
    assert_eq!(outcome.outcome, OutcomeKind::Succeeded, "{outcome:?}");
    assert_eq!(
        outcome.outputs["createdRepository"],
        json!({"repositoryName": "app"})
    );
    assert_eq!(outcome.outputs["images"], json!([1]));
}

/// `$.repositories.length > 0` is read as it is meant: the branch is taken.
#[test]
fn ensure_uses_a_repository_that_is_there() {
    let Some(program) = seed(ENSURE) else { return };
    let driven = both(&program, &image(), registry);
    assert_eq!(
        driven.operations(),
        ["DescribeRepositories", "PutImage", "BatchGetImage"]
    );
    let outputs = driven.ok();
    assert_eq!(outputs["repositories"][0]["repositoryName"], "app");
    assert_eq!(outputs["image"]["imageId"]["imageTag"], "v1");
    let read = outputs["images"][0]["imageManifest"].as_str();
    assert_eq!(read, Some(&*spola_sandbox::sample_manifest()));
    // That step did not run, so the output resolves to nothing and is left out.
    assert_eq!(outputs.get("createdRepository"), None);
    // The media type was not given, so it is not sent, not even as null.
    assert_eq!(driven.asked[1].body.get("imageManifestMediaType"), None);
}

/// The same image under the same tag is an error of the registry, for which the
/// documents have no action.
#[test]
fn putting_the_same_image_again_fails() {
    for (name, step) in [(ENSURE, "seedImage"), (PUBLISH, "putImage")] {
        let Some(program) = seed(name) else { return };
        let mut cloud = registry();
        cloud.drive(&program, &image(), Manner::Straight).ok();
        let again = cloud.drive(&program, &image(), Manner::Straight);
        assert_eq!(again.operations(), ["DescribeRepositories", "PutImage"]);
        fails(
            &again,
            "run.criteria",
            step,
            "400 ImageAlreadyExistsException",
        );
    }
}

#[test]
fn publish_puts_an_image_and_reads_it_back() {
    let Some(program) = seed(PUBLISH) else { return };
    let driven = both(&program, &image(), registry);
    assert_eq!(
        driven.operations(),
        ["DescribeRepositories", "PutImage", "BatchGetImage"]
    );
    let outputs = driven.ok();
    assert_eq!(outputs["image"]["imageId"], outputs["images"][0]["imageId"]);
    let missing = both(&program, &image(), Cloud::empty);
    fails(
        &missing,
        "run.criteria",
        "confirmRepository",
        "RepositoryNotFoundException",
    );
}

#[test]
fn the_inventory_of_one_page_is_whole() {
    let Some(program) = seed(INVENTORY) else {
        return;
    };
    let driven = both(&program, &json!({"repositoryName": "app"}), || images(3));
    assert_eq!(
        driven.operations(),
        ["DescribeRepositories", "ListImages", "BatchGetImage"]
    );
    assert_eq!(driven.ok()["imageIds"].as_array().map(Vec::len), Some(3));
    assert_eq!(driven.ok()["images"].as_array().map(Vec::len), Some(3));
    // Nothing was said of tags: the filter stays, without a member.
    assert_eq!(
        driven.asked[1].body,
        json!({"repositoryName": "app", "filter": {}})
    );
}

/// Both pages are listed, but the document resolves and returns the first alone.
#[test]
fn the_inventory_of_two_pages_lists_both_and_returns_the_first() {
    let Some(program) = seed(INVENTORY) else {
        return;
    };
    let inputs = json!({"repositoryName": "app", "maxResults": 3});
    let driven = both(&program, &inputs, || images(5));
    let asked = [
        "DescribeRepositories",
        "ListImages",
        "ListImages",
        "BatchGetImage",
    ];
    assert_eq!(driven.operations(), asked);
    assert!(driven.asked[2].body["nextToken"].is_string());
    assert_eq!(driven.ok()["imageIds"].as_array().map(Vec::len), Some(3));
    assert_eq!(driven.ok()["images"].as_array().map(Vec::len), Some(3));
    assert!(driven.waits.is_empty());
}

/// From the third page on the document would send the second page's token for
/// ever: it reads the token of the first answer only.
#[test]
fn the_inventory_of_three_pages_would_never_end_and_says_so() {
    let Some(program) = seed(INVENTORY) else {
        return;
    };
    let inputs = json!({"repositoryName": "app", "maxResults": 3});
    for count in [7, 10, 100] {
        let driven = both(&program, &inputs, || images(count));
        assert_eq!(
            driven.operations(),
            ["DescribeRepositories", "ListImages", "ListImages"]
        );
        fails(&driven, "run.endless-loop", "listMoreImages", "`nextToken`");
    }
}

/// BatchGetImage takes 1 to 100 images; the document gives it the page as it is.
#[test]
fn the_inventory_fails_on_no_image_and_on_pages_of_more_than_a_hundred() {
    let Some(program) = seed(INVENTORY) else {
        return;
    };
    let none = both(&program, &json!({"repositoryName": "app"}), || images(0));
    fails(
        &none,
        "run.criteria",
        "resolveImages",
        "InvalidParameterException",
    );
    let inputs = json!({"repositoryName": "app", "maxResults": 101});
    let many = both(&program, &inputs, || images(101));
    fails(
        &many,
        "run.criteria",
        "resolveImages",
        "InvalidParameterException",
    );
}

fn recipe(name: &str) -> Value {
    let arn = |what: &str| format!("arn:aws:imagebuilder:{REGION}:123456789012:{what}");
    json!({
        "imageRecipeArn": arn(&format!("image-recipe/{name}/1.0.0")),
        "infrastructureConfigurationArn": arn("infrastructure-configuration/small"),
    })
}

/// Its goto to the step itself repeats the same request: a poll, paced although
/// the document says nothing of pauses.
#[test]
fn a_build_is_polled_until_it_is_over() {
    let Some(program) = seed(BUILD) else { return };
    let driven = both(&program, &recipe("web"), Cloud::empty);
    assert_eq!(driven.ok()["finalStatus"], "AVAILABLE");
    let arn = driven.ok()["imageBuildVersionArn"].as_str().unwrap();
    assert!(arn.ends_with(":image/web/1.0.0/1"), "{arn}");
    assert_eq!(driven.ok().get("finalReason"), None);
    let seconds: Vec<f64> = driven.waits.iter().map(Duration::as_secs_f64).collect();
    assert_eq!(
        seconds[..8],
        [2.0, 3.0, 4.5, 6.75, 10.125, 15.1875, 22.78125, 30.0]
    );
    let whole: f64 = seconds.iter().sum();
    assert!((210.0..240.0).contains(&whole), "{whole}");
    assert_eq!(driven.asked.len(), 2 + seconds.len());
    let query = driven.asked[1].body.as_str().unwrap();
    assert!(
        query.starts_with("imageBuildVersionArn=arn%3Aaws%3A"),
        "{query}"
    );
}

/// The document ends the workflow on FAILED and CANCELLED by a success action, so
/// the run succeeds; the output says how the build ended.
#[test]
fn a_failed_build_ends_as_a_success_that_says_failed() {
    let Some(program) = seed(BUILD) else { return };
    for (name, status) in [("fails", "FAILED"), ("cancelled", "CANCELLED")] {
        let driven = both(&program, &recipe(name), Cloud::empty);
        assert_eq!(driven.ok()["finalStatus"], status);
        assert!(driven.ok()["finalReason"].is_string());
        assert!(!driven.waits.is_empty());
    }
}

/// It does not know DELETED, takes it for building, and is stopped by a limit.
#[test]
fn a_deleted_image_is_polled_up_to_the_limit() {
    let Some(program) = seed(BUILD) else { return };
    let options = RunOptions {
        max_steps: Some(50),
        ..RunOptions::default()
    };
    let mut cloud = Cloud::empty();
    let driven = cloud.drive_with(&program, &recipe("deleted"), Manner::Straight, options);
    let failure = driven.failure();
    assert_eq!(failure.0, "run.max-steps", "{failure:?}");
    assert_eq!(driven.asked.len(), 50);
    assert_eq!(driven.outcome.outputs["finalStatus"], "DELETED");
}

/// Its client token is the same in every run, so another run gets the first
/// run's image, and one with other inputs an error.
#[test]
fn a_second_build_is_the_first_one() {
    let Some(program) = seed(BUILD) else { return };
    let mut cloud = Cloud::empty();
    let mut run = |name| cloud.drive(&program, &recipe(name), Manner::Straight);
    let (first, second) = (run("web"), run("web"));
    assert_eq!(
        first.ok()["imageBuildVersionArn"],
        second.ok()["imageBuildVersionArn"]
    );
    assert!(second.waits.is_empty());
    let other = run("other");
    fails(
        &other,
        "run.criteria",
        "createImage",
        "IdempotentParameterMismatchException",
    );
}

/// Comparisons under `type: jsonpath` are no queries of RFC 9535. That a loop
/// would never end is told as well, but no matter of the letter.
#[test]
fn the_letter_of_the_specification_refuses_three_of_the_four() {
    let comparison = "expression.comparison-criterion";
    for (name, codes) in [
        (ENSURE, vec![comparison; 2]),
        (PUBLISH, vec![]),
        (
            INVENTORY,
            vec![
                comparison,
                comparison,
                "link.endless-loop",
                comparison,
                comparison,
            ],
        ),
        (BUILD, vec![comparison; 4]),
    ] {
        let Some(path) = shared(&format!("seeds/arazzo/{name}")) else {
            return;
        };
        let strict = check(load_files(&path), LinkOptions { strict: true });
        let lenient = check(load_files(&path), LinkOptions::default());
        for reports in [&strict, &lenient] {
            let found: Vec<&str> = reports.iter().map(|report| report.code).collect();
            assert_eq!(found, codes, "{name}");
            assert!(reports.iter().all(|report| report.help.is_some()));
        }
        assert!(
            lenient
                .iter()
                .all(|report| report.severity == Severity::Warning)
        );
        let refused = link(load_files(&path), LinkOptions { strict: true }).is_err();
        assert_eq!(refused, codes.contains(&comparison), "{name}");
    }
}
