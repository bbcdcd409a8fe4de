//! `spola ecr images`, `config`, `tag` and `resolve`.

use serde_json::{Value, json};

use super::bars::bytes;
use super::desk::{Desk, Told};
use super::image_args::{Chosen, ConfigArgs, ImagesArgs, ResolveArgs, TagArgs};
use super::name::{Kind, kind};
use super::registry::{pairs, tags_text};
use super::table::{date, table, text};
use crate::exit::Exit;
use crate::output;

/// Lists the images of a repository.
pub fn images(args: &ImagesArgs, desk: &Desk<'_>) -> Told<()> {
    let Chosen {
        glob,
        pattern,
        untagged,
    } = &args.chosen;
    let status = match (args.tagged, untagged, args.newest) {
        (true, ..) => Some("tagged"),
        (_, true, _) => Some("untagged"),
        // The newest has its own default.
        (_, _, true) => None,
        _ => Some("any"),
    };
    let arguments = json!({
        "repository": args.repository,
        "tagStatus": status,
        "glob": glob,
        "pattern": pattern,
    });
    if args.newest {
        let found = desk.ask("newest-image", arguments)?;
        if !desk.prints_json(&found) {
            output::answer(&text(&found["image"]["imageUri"]));
        }
        return Ok(());
    }
    if args.manifests {
        let found = desk.ask("inventory", arguments)?;
        output::answer(&output::pretty(&found));
        return Ok(());
    }
    let found = desk.ask("list-images", arguments)?;
    if !desk.prints_json(&found) {
        show(&found["images"]);
    }
    Ok(())
}

/// Images as a table.
pub fn show(images: &Value) {
    let images = images.as_array().into_iter().flatten();
    let rows: Vec<[String; 4]> = images
        .map(|image| {
            [
                text(&image["imageDigest"]),
                list(&image["imageTags"]),
                size(image),
                date(&image["imagePushedAt"]),
            ]
        })
        .collect();
    if let Some(shown) = table(["DIGEST", "TAGS", "SIZE", "PUSHED"], &rows) {
        output::answer(&shown);
    }
}

/// How large an image is, for people.
pub fn size(image: &Value) -> String {
    let size = image["imageSizeInBytes"].as_u64();
    size.map_or_else(String::new, bytes)
}

/// Texts with commas between them.
pub fn list(values: &Value) -> String {
    let values = values.as_array().into_iter().flatten().map(text);
    values.collect::<Vec<_>>().join(", ")
}

/// Prints an image's config.
pub fn config(args: &ConfigArgs, desk: &Desk<'_>) -> Told<()> {
    let arguments = json!({ "image": args.image, "platform": args.platform });
    let found = desk.ask("image-config", arguments)?;
    if !desk.prints_json(&found) {
        output::answer(&output::pretty(&found["config"]));
    }
    Ok(())
}

/// Says which image a name means.
pub fn resolve(args: &ResolveArgs, desk: &Desk<'_>) -> Told<()> {
    let arguments = json!({
        "name": args.name,
        "defaultTag": args.default_tag,
        "check": args.check,
    });
    let found = desk.ask("resolve-image", arguments)?;
    if !desk.prints_json(&found) {
        output::answer(&text(&found["imageUri"]));
    }
    Ok(())
}

/// Adds and removes tags: of an image, or of a repository.
pub fn tag(args: &TagArgs, desk: &Desk<'_>) -> Told<()> {
    match kind(&args.name) {
        Kind::Image { repository } => {
            if args.overwrite {
                return Err(Exit::usage("`--overwrite` is for a repository's tags"));
            }
            tag_image(args, &repository, desk)
        }
        _ => {
            if args.delete_untagged {
                return Err(Exit::usage("`--delete-untagged` is for an image's tags"));
            }
            tag_repository(args, desk)
        }
    }
}

fn tag_image(args: &TagArgs, repository: &str, desk: &Desk<'_>) -> Told<()> {
    if args.tags.is_empty() && args.remove.is_empty() {
        let found = desk.ask("describe-image", json!({ "image": args.name }))?;
        if !desk.prints_json(&found) {
            let tags = found["image"]["imageTags"].as_array();
            for tag in tags.into_iter().flatten() {
                output::answer(&text(tag));
            }
        }
        return Ok(());
    }
    // What is added comes first, so that no image is without a tag in between.
    let mut told = json!({});
    if !args.tags.is_empty() {
        let arguments = json!({ "image": args.name, "tags": args.tags });
        told = desk.ask("tag-image", arguments)?;
    }
    if !args.remove.is_empty() {
        let arguments = json!({
            "repository": repository,
            "tags": args.remove,
            "deleteUntagged": args.delete_untagged,
        });
        let removed = desk.ask("untag-image", arguments)?;
        told["removed"] = removed["removed"].clone();
        told["missing"] = removed["missing"].clone();
    }
    if desk.prints_json(&told) {
        return Ok(());
    }
    for name in ["added", "moved", "present", "removed", "missing"] {
        let tags = list(&told[name]);
        if !tags.is_empty() {
            desk.say(&format!("{name}: {tags}"));
        }
    }
    if told["imageUri"].is_string() {
        output::answer(&text(&told["imageUri"]));
    }
    Ok(())
}

fn tag_repository(args: &TagArgs, desk: &Desk<'_>) -> Told<()> {
    let told = if args.tags.is_empty() && args.remove.is_empty() && !args.overwrite {
        desk.ask("repository-tags", json!({ "repository": args.name }))?
    } else {
        let arguments = json!({
            "repository": args.name,
            "tags": pairs(&args.tags)?,
            "remove": args.remove,
            "mode": if args.overwrite { "overwrite" } else { "append" },
        });
        desk.ask("update-repository-tags", arguments)?
    };
    if !desk.prints_json(&told) {
        let tags = told["tags"].as_object().into_iter().flatten();
        for (key, value) in tags {
            output::answer(&tags_text(&json!({ key: value })));
        }
    }
    Ok(())
}
