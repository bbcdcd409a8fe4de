//! `image-inventory` on repositories of any size.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::driver::{Cloud, Driven, REGION, shipped};
use crate::harness::Manner;

/// A registry with a repository of so many images.
fn cloud(images: u64, tags_each: u64) -> Cloud {
    let mut cloud = Cloud::empty();
    let make = json!({
        "repositoryName": "app", "count": images, "region": REGION, "tagsEach": tags_each,
    });
    cloud.control("images", &make);
    cloud
}

/// The names of images, each counted once.
fn names(list: &Value, place: &str) -> BTreeSet<String> {
    let list = list.as_array().expect("a list");
    let names: BTreeSet<String> = list
        .iter()
        .map(|image| image.pointer(place).expect("a name").to_string())
        .collect();
    assert_eq!(names.len(), list.len(), "twice in the inventory");
    names
}

fn check(driven: &Driven, listed: usize) {
    let outputs = driven.ok();
    let ids = names(&outputs["imageIds"], "");
    assert_eq!(ids.len(), listed);
    assert_eq!(names(&outputs["images"], "/imageId"), ids);
    assert_eq!(outputs["failures"], json!([]));
    assert_eq!(outputs["repositories"][0]["repositoryName"], "app");
    assert!(driven.waits.is_empty(), "{:?}", driven.waits);
}

#[test]
fn every_image_is_in_the_inventory_once_and_two_requests_serve_a_hundred() {
    let program = shipped("image-inventory");
    let inputs = json!({"repositoryName": "app"});
    for images in [0, 1, 100, 101, 2500] {
        let straight = cloud(images, 1).drive(&program, &inputs, Manner::Straight);
        check(&straight, images as usize);
        let most = 2 * images.div_ceil(100) as usize + 3;
        assert!(
            straight.asked.len() <= most,
            "{images}: {}",
            straight.asked.len()
        );
        let resumed = cloud(images, 1).drive(&program, &inputs, Manner::Resumed);
        assert_eq!(resumed, straight, "{images}");
    }
}

#[test]
fn an_image_with_two_tags_is_listed_for_each_of_them() {
    let program = shipped("image-inventory");
    let inputs = json!({"repositoryName": "app", "tagStatus": "TAGGED"});
    check(
        &cloud(120, 2).drive(&program, &inputs, Manner::Straight),
        240,
    );
    let inputs = json!({"repositoryName": "app", "tagStatus": "UNTAGGED"});
    check(&cloud(120, 2).drive(&program, &inputs, Manner::Straight), 0);
}

#[test]
fn short_and_empty_pages_hide_no_image() {
    let program = shipped("image-inventory");
    for (images, size) in [(0, 100), (7, 1), (150, 100), (333, 10)] {
        let mut cloud = cloud(images, 1);
        cloud.control("settings", &json!({"paging": "short"}));
        let inputs = json!({"repositoryName": "app", "maxResults": size});
        check(
            &cloud.drive(&program, &inputs, Manner::Straight),
            images as usize,
        );
    }
}

#[test]
fn a_throttled_registry_is_read_to_the_end() {
    let program = shipped("image-inventory");
    let mut cloud = cloud(301, 1);
    cloud.control("faults", &json!({"kind": "throttling", "every": 3}));
    let driven = cloud.drive(&program, &json!({"repositoryName": "app"}), Manner::Resumed);
    assert_eq!(driven.ok()["images"].as_array().map(Vec::len), Some(301));
    let refused = driven.asked.iter().filter(|asked| asked.status != 200);
    assert_eq!(refused.count(), driven.waits.len());
}
