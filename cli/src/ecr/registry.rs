//! `spola ecr ls`, `login` and `describe`.

use serde_json::{Map, Value, json};

use super::args::{DescribeArgs, LoginArgs, LsArgs};
use super::desk::{Desk, Told};
use super::table::{date, table, text};
use crate::output;

/// Lists repositories.
pub fn ls(args: &LsArgs, desk: &Desk<'_>) -> Told<()> {
    let tags = args.tag.iter().map(|tag| match tag.split_once('=') {
        Some((key, value)) => (key.to_owned(), json!(value)),
        None => (tag.clone(), Value::Null),
    });
    let found = desk.ask(
        "list-repositories",
        json!({
            "registry": args.registry,
            "glob": args.glob,
            "pattern": args.pattern,
            "tags": tags.collect::<Map<_, _>>(),
            "withTags": args.tags,
        }),
    )?;
    if desk.prints_json(&found) {
        return Ok(());
    }
    let repositories = found["repositories"].as_array().into_iter().flatten();
    let rows: Vec<[String; 4]> = repositories
        .map(|repository| {
            [
                text(&repository["repositoryName"]),
                text(&repository["imageTagMutability"]).to_ascii_lowercase(),
                date(&repository["createdAt"]),
                if args.tags {
                    tags_text(&repository["tags"])
                } else {
                    text(&repository["repositoryUri"])
                },
            ]
        })
        .collect();
    let last = if args.tags { "TAGS" } else { "URI" };
    if let Some(shown) = table(["NAME", "TAGS ARE", "CREATED", last], &rows) {
        output::answer(&shown);
    }
    Ok(())
}

/// Tags as people write them: `team=x, cost=1`.
pub fn tags_text(tags: &Value) -> String {
    let tags = tags.as_object().into_iter().flatten();
    let tags = tags.map(|(key, value)| format!("{key}={}", text(value)));
    tags.collect::<Vec<_>>().join(", ")
}

/// Prints a password, alone, so that it can be piped.
pub fn login(args: &LoginArgs, desk: &Desk<'_>) -> Told<()> {
    let given = desk.ask("login", json!({ "registry": args.registry }))?;
    if !desk.prints_json(&given) {
        output::answer(&text(&given["password"]));
    }
    Ok(())
}

/// Describes a registry.
pub fn describe(args: &DescribeArgs, desk: &Desk<'_>) -> Told<()> {
    let given = desk.ask("describe-registry", json!({ "registry": args.registry }))?;
    if desk.prints_json(&given) {
        return Ok(());
    }
    output::answer(&format!("account      {}", text(&given["registryId"])));
    output::answer(&format!("region       {}", text(&given["region"])));
    output::answer(&format!("registry     {}", text(&given["registry"])));
    let rules = given["replicationConfiguration"]["rules"].as_array();
    let targets: Vec<String> = rules
        .into_iter()
        .flatten()
        .flat_map(|rule| rule["destinations"].as_array().into_iter().flatten())
        .map(|to| format!("{} {}", text(&to["registryId"]), text(&to["region"])))
        .collect();
    let targets = match targets.is_empty() {
        true => "nowhere".to_owned(),
        false => targets.join(", "),
    };
    output::answer(&format!("replicates   {targets}"));
    Ok(())
}
