//! `spola ecr ensure`, `create`, `delete` and `lifecycle`.

use std::path::Path;

use serde_json::{Value, json};

use super::desk::{Desk, Told};
use super::image;
use super::name::{Kind, kind};
use super::registry::pairs;
use super::repository_args::{
    CreateArgs, DeleteArgs, EnsureArgs, LifecycleArgs, MutabilityArg, Properties,
};
use super::table::{counted, text};
use crate::carrier::since_epoch;
use crate::exit::Exit;
use crate::{load, output};

/// Makes a repository as it should be.
pub fn ensure(args: &EnsureArgs, desk: &Desk<'_>) -> Told<()> {
    let mut arguments = properties(&args.repository, &args.properties)?;
    arguments["tagMode"] = match args.overwrite_tags {
        true => "overwrite".into(),
        false => "append".into(),
    };
    arguments["lifecyclePolicy"] = policy(args.lifecycle.as_deref())?;
    arguments["policy"] = policy(args.policy.as_deref())?;
    let told = desk.ask("ensure-repository", arguments)?;
    if desk.prints_json(&told) {
        return Ok(());
    }
    let changes = image::list(&told["changes"]);
    let changes = match changes.is_empty() {
        true => changes,
        false => format!(": {changes}"),
    };
    desk.say(&format!("{}{changes}", text(&told["change"])));
    output::answer(&text(&told["repository"]["repositoryUri"]));
    Ok(())
}

/// Creates a repository.
pub fn create(args: &CreateArgs, desk: &Desk<'_>) -> Told<()> {
    let mut arguments = properties(&args.repository, &args.properties)?;
    arguments["existsOk"] = args.exists_ok.into();
    let told = desk.ask("create-repository", arguments)?;
    if desk.prints_json(&told) {
        return Ok(());
    }
    desk.say(match told["created"].as_bool() {
        Some(false) => "it was there",
        _ => "created",
    });
    output::answer(&text(&told["repository"]["repositoryUri"]));
    Ok(())
}

fn properties(repository: &str, properties: &Properties) -> Told<Value> {
    let mutability = properties.mutability.map(|mutability| match mutability {
        MutabilityArg::Mutable => "MUTABLE",
        MutabilityArg::Immutable => "IMMUTABLE",
    });
    Ok(json!({
        "repository": repository,
        "mutability": mutability,
        "exclusions": properties.exclusions,
        "scanOnPush": properties.scan_on_push,
        "encryption": properties.encryption,
        "kmsKey": properties.kms_key,
        "tags": pairs(&properties.tag)?,
    }))
}

/// The text of a policy in a file or on standard input; null without one.
fn policy(path: Option<&str>) -> Told<Value> {
    let Some(path) = path else {
        return Ok(Value::Null);
    };
    let bytes = match path {
        "-" => {
            let mut bytes = Vec::new();
            let read = std::io::Read::read_to_end(&mut std::io::stdin().lock(), &mut bytes);
            read.map(|_| bytes).map_err(|error| error.to_string())
        }
        path => load::read_file(Path::new(path)),
    };
    let bytes = bytes.map_err(|reason| Exit::usage(&format!("{path}: {reason}")))?;
    let wrong = |error: serde_json::Error| Exit::usage(&format!("{path}: {error}"));
    let policy: Value = serde_json::from_slice(&bytes).map_err(wrong)?;
    match policy.is_object() {
        true => Ok(String::from_utf8_lossy(&bytes).into()),
        false => Err(Exit::usage(&format!("{path}: a policy is a JSON object"))),
    }
}

/// Deletes a repository, an image, or images of a repository.
pub fn delete(args: &DeleteArgs, desk: &Desk<'_>) -> Told<()> {
    let chosen = &args.chosen;
    let of_repository = chosen.untagged
        || chosen.glob.is_some()
        || chosen.pattern.is_some()
        || args.keep_newest.is_some()
        || args.older_than.is_some();
    match kind(&args.name) {
        Kind::Image { .. } if of_repository => {
            Err(Exit::usage("name the repository to choose images of it"))
        }
        Kind::Image { repository } => {
            let reference = args.name.get(repository.len() + 1..).unwrap_or_default();
            // Where there are both, the digest says which.
            let reference = reference.rsplit('@').next().unwrap_or_default();
            delete_images(args, &repository, &[reference], desk)
        }
        _ if of_repository => delete_images(args, &args.name, &[], desk),
        _ if args.dry_run => Err(Exit::usage("`--dry-run` is for images")),
        _ => {
            let arguments = json!({
                "repository": args.name,
                "force": args.force,
                "missingOk": args.missing_ok,
            });
            let told = desk.ask("delete-repository", arguments)?;
            if !desk.prints_json(&told) {
                desk.say(match told["deleted"].as_bool() {
                    Some(false) => "it was not there",
                    _ => "deleted",
                });
            }
            Ok(())
        }
    }
}

fn delete_images(
    args: &DeleteArgs,
    repository: &str,
    images: &[&str],
    desk: &Desk<'_>,
) -> Told<()> {
    let before = args
        .older_than
        .map(|age| since_epoch().saturating_sub(age).as_secs());
    let arguments = json!({
        "repository": repository,
        "images": images,
        "untagged": args.chosen.untagged,
        "glob": args.chosen.glob,
        "pattern": args.chosen.pattern,
        "keepNewest": args.keep_newest,
        "pushedBefore": before,
        "dryRun": args.dry_run,
    });
    let told = desk.ask("delete-images", arguments)?;
    if desk.prints_json(&told) {
        return Ok(());
    }
    let count = |name: &str| told[name].as_array().map_or(0, Vec::len);
    if args.dry_run {
        image::show(&told["images"]);
        return Ok(());
    }
    let kept = match count("kept") {
        0 => String::new(),
        kept => format!("; {kept} stay, as an index names them"),
    };
    desk.say(&format!(
        "deleted {} of {}{kept}",
        count("deleted"),
        counted(count("images"), "image"),
    ));
    for failure in told["failures"].as_array().into_iter().flatten() {
        output::say(&format!(
            "error: {}: {}",
            text(&failure["imageId"]["imageDigest"]),
            text(&failure["failureReason"])
        ));
    }
    match count("failures") {
        0 => Ok(()),
        _ => Err(Exit::Failed),
    }
}

/// Shows, sets, previews or deletes which images expire.
pub fn lifecycle(args: &LifecycleArgs, desk: &Desk<'_>) -> Told<()> {
    let mut arguments = json!({ "repository": args.repository });
    if let Some(path) = &args.preview {
        arguments["policy"] = policy(path.as_deref())?;
        let told = desk.ask("preview-lifecycle-policy", arguments)?;
        if !desk.prints_json(&told) {
            image::show(&told["results"]);
        }
        return Ok(());
    }
    let name = match (&args.set, args.delete) {
        (Some(path), _) => {
            arguments["policy"] = policy(Some(path))?;
            "put-lifecycle-policy"
        }
        (None, true) => {
            arguments["missingOk"] = args.missing_ok.into();
            "delete-lifecycle-policy"
        }
        (None, false) => {
            arguments["missingOk"] = args.missing_ok.into();
            "lifecycle-policy"
        }
    };
    let told = desk.ask(name, arguments)?;
    if !desk.prints_json(&told) && !told["policy"].is_null() {
        output::answer(&output::pretty(&told["policy"]));
    }
    Ok(())
}
