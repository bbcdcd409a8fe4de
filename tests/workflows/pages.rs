//! The inventory of a repository, page by page.

use serde_json::{Value, json};

use super::play;

/// Pages of so many identifiers.
fn pages(sizes: &'static [usize]) -> impl FnMut(&str, &Value) -> (u16, Value) {
    move |name, body| match name {
        "DescribeRepositories" => (200, json!({"repositories": [{"repositoryUri": "u/app"}]})),
        "ListImages" => {
            let page: usize = body["nextToken"]
                .as_str()
                .map_or(0, |token| token[1..].parse().unwrap());
            let size = sizes[page];
            assert!(body["maxResults"] == json!(100));
            let ids: Vec<Value> = (0..size)
                .map(|i| json!({"imageDigest": format!("sha256:{page}-{i}")}))
                .collect();
            let mut answer = json!({"imageIds": ids});
            if page + 1 < sizes.len() {
                answer["nextToken"] = json!(format!("t{}", page + 1));
            }
            (200, answer)
        }
        "BatchGetImage" => {
            let ids = body["imageIds"].as_array().unwrap();
            assert!((1..=100).contains(&ids.len()));
            let images: Vec<Value> = ids.iter().map(|id| json!({"imageId": id})).collect();
            (
                200,
                json!({"images": images, "failures": [{"failureCode": "KmsError"}]}),
            )
        }
        other => panic!("{other}"),
    }
}

#[test]
fn the_inventory_has_every_page_and_costs_two_requests_for_each() {
    for sizes in [
        &[0][..],
        &[1],
        &[100],
        &[100, 0],
        &[100, 1],
        &[100, 100, 50],
        &[3, 100, 100, 7],
        &[100, 0, 50],
        &[0, 0, 5],
        &[100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 1],
    ] {
        let sizes: &'static [usize] = sizes.to_vec().leak();
        let played = play(
            "image-inventory",
            json!({"repositoryName": "app"}),
            pages(sizes),
        );
        assert!(played.succeeded(), "{sizes:?}: {:?}", played.outcome);
        let whole: usize = sizes.iter().sum();
        let outputs = &played.outcome.outputs;
        assert_eq!(
            outputs["imageIds"].as_array().unwrap().len(),
            whole,
            "{sizes:?}"
        );
        let resolved = |name: &str| {
            outputs
                .get(name)
                .map_or(0, |list| list.as_array().unwrap().len())
        };
        assert_eq!(resolved("images"), whole, "{sizes:?}");
        let full = sizes.iter().filter(|size| **size > 0).count();
        assert_eq!(resolved("failures"), full, "{sizes:?}");
        assert!(played.waits.is_empty(), "{sizes:?}: {:?}", played.waits);
        let hundreds = whole.div_ceil(100).max(sizes.len() - 1);
        assert!(
            played.sent.len() <= 2 * hundreds + 3,
            "{sizes:?}: {}",
            played.sent.len()
        );
        if sizes.iter().all(|size| *size > 0) {
            assert_eq!(played.sent.len(), 1 + 2 * sizes.len(), "{sizes:?}");
        }
    }
}
