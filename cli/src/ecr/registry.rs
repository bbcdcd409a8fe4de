//! `spola ecr ls`, `login` and `describe`.

use serde_json::{Map, Value, json};

use super::args::{DescribeArgs, LoginArgs, LsArgs};
use super::desk::{Desk, Told};
use super::image::{list, size};
use super::name::{Kind, kind};
use super::table::{date, table, text};
use crate::exit::Exit;
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

/// `KEY=VALUE` pairs as an object.
pub fn pairs(texts: &[String]) -> Told<Value> {
    let pair = |text: &String| match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.into())),
        _ => Err(Exit::usage(&format!("`{text}`: write KEY=VALUE"))),
    };
    let pairs: Result<Map<String, Value>, Exit> = texts.iter().map(pair).collect();
    pairs.map(Value::Object)
}

/// Describes a registry, a repository or an image.
pub fn describe(args: &DescribeArgs, desk: &Desk<'_>) -> Told<()> {
    let name = args.name.as_deref();
    match name.map_or(Kind::Registry, kind) {
        Kind::Registry => describe_registry(name, desk),
        Kind::Repository => describe_repository(name, desk),
        Kind::Image { .. } => describe_image(name, desk),
    }
}

fn describe_image(name: Option<&str>, desk: &Desk<'_>) -> Told<()> {
    let mut given = desk.ask("describe-image", json!({ "image": name }))?;
    let of = json!({ "image": given["image"]["imageUri"] });
    let platforms = desk.ask("image-platforms", of)?;
    given["platforms"] = platforms["platforms"].clone();
    if desk.prints_json(&given) {
        return Ok(());
    }
    let image = &given["image"];
    let platforms = given["platforms"].as_array().into_iter().flatten();
    let platforms = platforms.map(|one| text(&one["platform"]));
    lines(&[
        ("image", text(&image["imageUri"])),
        ("tags", list(&image["imageTags"])),
        ("type", text(&image["imageManifestMediaType"])),
        ("platforms", platforms.collect::<Vec<_>>().join(", ")),
        ("size", size(image)),
        ("pushed", date(&image["imagePushedAt"])),
    ]);
    Ok(())
}

fn describe_repository(name: Option<&str>, desk: &Desk<'_>) -> Told<()> {
    let of = json!({ "repository": name });
    let mut given = desk.ask("describe-repository", of.clone())?;
    given["tags"] = desk.ask("repository-tags", of)?["tags"].take();
    if desk.prints_json(&given) {
        return Ok(());
    }
    let repository = &given["repository"];
    let scanned = repository["imageScanningConfiguration"]["scanOnPush"].as_bool();
    lines(&[
        ("repository", text(&repository["repositoryUri"])),
        ("arn", text(&repository["repositoryArn"])),
        (
            "tags are",
            text(&repository["imageTagMutability"]).to_ascii_lowercase(),
        ),
        (
            "scanned",
            if scanned == Some(true) {
                "on push"
            } else {
                "not on push"
            }
            .to_owned(),
        ),
        (
            "encrypted",
            text(&repository["encryptionConfiguration"]["encryptionType"]),
        ),
        ("created", date(&repository["createdAt"])),
        ("tags", tags_text(&given["tags"])),
    ]);
    Ok(())
}

/// Prints what has a value, each on a line of its own.
fn lines(values: &[(&str, String)]) {
    for (name, value) in values.iter().filter(|(_, value)| !value.is_empty()) {
        output::answer(&format!("{name:12} {value}"));
    }
}

fn describe_registry(name: Option<&str>, desk: &Desk<'_>) -> Told<()> {
    let given = desk.ask("describe-registry", json!({ "registry": name }))?;
    if desk.prints_json(&given) {
        return Ok(());
    }
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
    lines(&[
        ("account", text(&given["registryId"])),
        ("region", text(&given["region"])),
        ("registry", text(&given["registry"])),
        ("replicates", targets),
    ]);
    Ok(())
}
