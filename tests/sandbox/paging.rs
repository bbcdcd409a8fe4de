//! Pages: exact, opaque, bound to their request.

use super::call::{control, ecr, put, trusting};
use serde_json::{Value, json};
use spola_sandbox::Sandbox;
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

fn filled(count: u64, tags_each: u64) -> Sandbox {
    let mut sandbox = trusting();
    let body = json!({ "repositoryName": "app", "count": count, "tagsEach": tags_each });
    control(&mut sandbox, "POST", "images", &body.to_string()).ok();
    sandbox
}

/// Every entry of a list, and the sizes of its pages.
fn all(
    sandbox: &mut Sandbox,
    operation: &str,
    list: &str,
    body: Value,
) -> (Vec<Value>, Vec<usize>) {
    let (mut entries, mut sizes) = (Vec::new(), Vec::new());
    let mut body = body;
    loop {
        let page = ecr(sandbox, operation, body.clone()).ok();
        let items = page[list].as_array().unwrap();
        sizes.push(items.len());
        entries.extend(items.iter().cloned());
        match page.get("nextToken") {
            Some(token) => body["nextToken"] = token.clone(),
            None => return (entries, sizes),
        }
        assert!(sizes.len() < 10_000, "the pages do not end");
    }
}

fn distinct(entries: &[Value]) -> usize {
    entries
        .iter()
        .map(Value::to_string)
        .collect::<BTreeSet<_>>()
        .len()
}

#[test]
fn inventories_of_any_size_page_exactly() {
    for (count, pages) in [
        (0, vec![0]),
        (1, vec![1]),
        (100, vec![100]),
        (101, vec![100, 1]),
        (2500, vec![100; 25]),
    ] {
        let mut sandbox = filled(count, 1);
        for (operation, list) in [
            ("ListImages", "imageIds"),
            ("DescribeImages", "imageDetails"),
        ] {
            let body = json!({ "repositoryName": "app" });
            let (entries, sizes) = all(&mut sandbox, operation, list, body);
            assert_eq!(sizes, pages, "{operation} of {count}");
            assert_eq!(distinct(&entries), count as usize);
        }
    }
}

#[test]
fn page_sizes_up_to_1000_are_honoured_and_no_others() {
    let mut sandbox = filled(2500, 1);
    let body = json!({ "repositoryName": "app", "maxResults": 1000 });
    let (_, sizes) = all(&mut sandbox, "ListImages", "imageIds", body);
    assert_eq!(sizes, [1000, 1000, 500]);
    for wrong in [0, 1001] {
        let body = json!({ "repositoryName": "app", "maxResults": wrong });
        let answer = ecr(&mut sandbox, "ListImages", body);
        assert_eq!(answer.code(), "InvalidParameterException");
    }
}

#[test]
fn an_image_is_listed_once_for_each_tag_and_described_once() {
    let mut sandbox = filled(10, 3);
    put(&mut sandbox, &super::call::manifest("untagged"), None);
    let body = json!({ "repositoryName": "app", "maxResults": 4 });
    let (ids, sizes) = all(&mut sandbox, "ListImages", "imageIds", body.clone());
    assert_eq!((ids.len(), distinct(&ids)), (31, 31));
    assert!(sizes[..7].iter().all(|size| *size == 4));
    let (details, _) = all(&mut sandbox, "DescribeImages", "imageDetails", body);
    assert_eq!(details.len(), 11);
    let untagged = |value: &&Value| value.get("imageTag").is_none();
    assert_eq!(ids.iter().filter(untagged).count(), 1);
    for (status, count) in [("TAGGED", 30), ("UNTAGGED", 1), ("ANY", 31)] {
        let body = json!({ "repositoryName": "app", "filter": { "tagStatus": status } });
        assert_eq!(
            all(&mut sandbox, "ListImages", "imageIds", body).0.len(),
            count
        );
    }
}

#[test]
fn repositories_page_in_order_of_their_names() {
    let mut sandbox = Sandbox::empty();
    for number in 0..250 {
        let body = json!({ "repositoryName": format!("r{number:03}") });
        ecr(&mut sandbox, "CreateRepository", body).ok();
    }
    let (found, sizes) = all(
        &mut sandbox,
        "DescribeRepositories",
        "repositories",
        json!({}),
    );
    assert_eq!(sizes, [100, 100, 50]);
    let names: Vec<&str> = found
        .iter()
        .map(|r| r["repositoryName"].as_str().unwrap())
        .collect();
    assert!(names.is_sorted());
}

#[test]
fn a_token_serves_only_the_request_it_came_from() {
    let mut sandbox = filled(5, 1);
    ecr(
        &mut sandbox,
        "CreateRepository",
        json!({ "repositoryName": "other" }),
    )
    .ok();
    let first = json!({ "repositoryName": "app", "maxResults": 2 });
    let token = ecr(&mut sandbox, "ListImages", first).ok()["nextToken"].clone();
    let refused = [
        (
            "ListImages",
            json!({ "repositoryName": "other", "nextToken": token }),
        ),
        (
            "DescribeImages",
            json!({ "repositoryName": "app", "nextToken": token }),
        ),
        (
            "ListImages",
            json!({ "repositoryName": "app", "nextToken": token, "filter": { "tagStatus": "TAGGED" } }),
        ),
        (
            "ListImages",
            json!({ "repositoryName": "app", "nextToken": "forged" }),
        ),
        (
            "ListImages",
            json!({ "repositoryName": "app", "nextToken": "" }),
        ),
    ];
    for (operation, body) in refused {
        let answer = ecr(&mut sandbox, operation, body);
        assert_eq!(answer.code(), "InvalidParameterException");
    }
    let body = json!({ "repositoryName": "app", "nextToken": token, "maxResults": 3 });
    assert_eq!(
        ecr(&mut sandbox, "ListImages", body).ok()["imageIds"]
            .as_array()
            .unwrap()
            .len(),
        3
    );
}

#[test]
fn images_deleted_between_pages_do_not_break_the_paging() {
    let mut sandbox = filled(10, 1);
    let page = ecr(
        &mut sandbox,
        "ListImages",
        json!({ "repositoryName": "app", "maxResults": 5 }),
    )
    .ok();
    let body = json!({ "repositoryName": "app", "imageIds": page["imageIds"] });
    assert_eq!(
        ecr(&mut sandbox, "BatchDeleteImage", body).ok()["failures"],
        json!([])
    );
    let body = json!({ "repositoryName": "app", "maxResults": 5, "nextToken": page["nextToken"] });
    let rest = ecr(&mut sandbox, "ListImages", body).ok();
    assert_eq!(rest["imageIds"].as_array().unwrap().len(), 5);
    assert!(rest.get("nextToken").is_none());
}

#[test]
fn short_and_empty_pages_still_give_everything() {
    let mut sandbox = filled(101, 1);
    control(&mut sandbox, "POST", "settings", r#"{"paging":"short"}"#).ok();
    let body = json!({ "repositoryName": "app", "maxResults": 30 });
    for (operation, list) in [
        ("ListImages", "imageIds"),
        ("DescribeImages", "imageDetails"),
    ] {
        let (entries, sizes) = all(&mut sandbox, operation, list, body.clone());
        assert_eq!((entries.len(), distinct(&entries)), (101, 101));
        assert!(sizes.iter().all(|size| *size <= 10));
    }
    let (_, sizes) = all(&mut sandbox, "ListImages", "imageIds", body);
    assert!(sizes.contains(&0), "{sizes:?}");
}

/// How long it takes to list a whole repository.
fn time_to_list(count: u64) -> Duration {
    let mut sandbox = filled(count, 1);
    let begin = Instant::now();
    let body = json!({ "repositoryName": "app", "maxResults": 100 });
    let (entries, sizes) = all(&mut sandbox, "ListImages", "imageIds", body);
    assert_eq!(entries.len() as u64, count);
    assert_eq!(sizes.len() as u64, count / 100);
    begin.elapsed()
}

#[test]
#[ignore = "takes a minute without optimisation"]
fn a_repository_of_100_000_images_pages_without_delay() {
    assert!(time_to_list(100_000).as_secs() < 30);
}
