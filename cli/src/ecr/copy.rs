//! `spola ecr copy`: an image from one repository to another.

use std::path::Path;

use serde_json::{Value, json};
use spola::Diagnostic;
use spola_ecr::{Defaults, resolve};

use super::args::{Common, CopyArgs, OnConflictArg};
use super::bars::{bytes, short};
use super::desk::{Desk, Told};
use super::table::{counted, text};
use crate::exit::Exit;
use crate::output;

/// The name under which the source's endpoint and credentials are kept.
const SOURCE: &str = "source";

/// Copies an image, or says what would be copied.
pub fn copy(args: &CopyArgs, common: &Common) -> Told<()> {
    let mut desk = Desk::open(common)?;
    if let Some(profile) = &args.source_profile {
        desk = desk.with_profile(SOURCE, profile)?;
    }
    match &args.source_auth {
        Some(place) => desk = desk.with_secret(SOURCE, place)?,
        None => desk = desk.with_login(SOURCE, args.source.as_deref()),
    }
    if let Some(path) = &args.resume {
        let operation = desk.resume(path)?;
        let snapshot = args.snapshot.as_ref().unwrap_or(path);
        let report = desk
            .carry_out(operation, Some(snapshot))
            .map_err(|exit| stopped(exit, Some(snapshot), &desk))?;
        tell(&report, &desk);
        return Ok(());
    }
    let arguments = arguments(args, common)?;
    if args.dry_run {
        let plan = desk.ask("plan-copy", arguments)?;
        output::answer(&output::pretty(&plan));
        return Ok(());
    }
    let operation = desk.begin("copy-image", arguments)?;
    let report = desk
        .carry_out(operation, args.snapshot.as_deref())
        .map_err(|exit| stopped(exit, args.snapshot.as_deref(), &desk))?;
    tell(&report, &desk);
    Ok(())
}

/// Says how a copy that did not come to its end goes on.
fn stopped(exit: Exit, snapshot: Option<&Path>, desk: &Desk<'_>) -> Exit {
    if let (Exit::Interrupted, Some(path)) = (exit, snapshot) {
        desk.say(&format!(
            "it goes on with: spola ecr copy --resume {}",
            path.display()
        ));
    }
    exit
}

fn arguments(args: &CopyArgs, common: &Common) -> Told<Value> {
    let tags = match (args.no_tag, args.tag.as_slice()) {
        (true, _) => Some(Vec::new()),
        (false, []) => None,
        (false, tags) => Some(tags.to_vec()),
    };
    let on_conflict = match args.on_conflict {
        OnConflictArg::Overwrite => "overwrite",
        OnConflictArg::Fail => "fail",
        OnConflictArg::Skip => "skip",
    };
    Ok(json!({
        "source": source(args, common)?,
        "destination": args.destination,
        "tags": tags,
        "sourceTags": args.source_tags,
        "platforms": args.platform,
        "referrers": args.referrers,
        "onConflict": on_conflict,
        "layersAtOnce": args.layers,
        "partsAtOnce": args.parts,
    }))
}

/// The source's name; made whole where it is short and the source is elsewhere, by
/// asking whose registry its credentials reach.
fn source(args: &CopyArgs, common: &Common) -> Told<String> {
    let name = args.source.clone().unwrap_or_default();
    let is_short = resolve(&name, &Defaults::default())
        .is_err_and(|error| error.code() == "ecr.missing-registry");
    let is_elsewhere = args.source_profile.is_some() || args.source_region.is_some();
    if !is_short || !is_elsewhere {
        return Ok(name);
    }
    let profile = args.source_profile.as_ref().or(common.profile.as_ref());
    let region = match (&args.source_region, &args.source_profile) {
        (Some(region), _) => Some(region),
        // What the other profile says comes before the option that is about this one.
        (None, Some(_)) => None,
        (None, None) => common.region.as_ref(),
    };
    let desk = Desk::of_profile(
        common,
        profile.map(String::as_str),
        region.map(String::as_str),
    )?;
    let desk = desk.reaching(SOURCE);
    let registry = desk.ask("describe-registry", json!({}))?;
    Ok(format!("{}/{name}", text(&registry["registry"])))
}

/// What was done: the image's address, and in what it differs from a copy of all.
fn tell(report: &Value, desk: &Desk<'_>) {
    if desk.prints_json(report) {
        return;
    }
    let layers = report["layers"].as_array();
    let moved = layers
        .into_iter()
        .flatten()
        .filter(|layer| layer["outcome"] == "moved");
    let (count, size) = (moved.count(), report["bytesMoved"].as_u64());
    let images = report["images"].as_array().map_or(0, Vec::len);
    let tags = report["tags"].as_array().into_iter().flatten();
    let tags: Vec<String> = tags
        .map(|tag| format!("{} {}", text(&tag["tag"]), text(&tag["outcome"])))
        .collect();
    let digest = text(&report["digest"]);
    desk.say(&format!(
        "copied {}: {}, {} moved ({}); tags: {}",
        short(&digest),
        counted(images, "manifest"),
        counted(count, "layer"),
        bytes(size.unwrap_or_default()),
        if tags.is_empty() {
            "none".to_owned()
        } else {
            tags.join(", ")
        }
    ));
    output::answer(&text(&report["image"]));
}
