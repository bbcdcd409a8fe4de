//! What a copy found out, and what it did, as JSON.

use serde_json::{Map, Value, json};

use super::arguments::OnConflict;
use super::layer::Stage;
use super::state::{Copying, TagState};

impl Copying {
    /// What would be done.
    pub(super) fn plan(&self) -> Map<String, Value> {
        let mut plan = self.head();
        plan.insert("source".into(), self.setup.source.shown().into());
        plan.insert("destination".into(), self.setup.destination.shown().into());
        let images = self.images.iter().enumerate().map(|(at, image)| {
            let action = if image.done { "present" } else { "put" };
            self.image_value(at, "action", action)
        });
        plan.insert("images".into(), images.collect());
        let mut bytes = 0u64;
        let mut layers = Vec::new();
        for layer in self.layers.iter().filter(|it| it.stage != Stage::Unknown) {
            let action = match layer.stage {
                Stage::Waiting => "move",
                other => other.as_str(),
            };
            if layer.stage == Stage::Waiting {
                bytes = bytes.saturating_add(layer.size.unwrap_or_default());
            }
            layers.push(json!({
                "digest": layer.digest, "size": layer.size, "mediaType": layer.media_type,
                "action": action,
            }));
        }
        plan.insert("layers".into(), layers.into());
        let tags = self.tags.iter().map(|tag| {
            let action = match (tag.state, &tag.have) {
                (TagState::Present, _) => "present",
                (TagState::Skipped, _) => "skip",
                (_, None) => "put",
                _ if tag.stays || self.setup.on_conflict == OnConflict::Fail => "conflict",
                _ => "move",
            };
            json!({ "tag": tag.tag, "action": action, "have": tag.have })
        });
        plan.insert("tags".into(), tags.collect());
        plan.insert("bytesToMove".into(), bytes.into());
        plan
    }

    /// What was done.
    pub(super) fn report(&self) -> Map<String, Value> {
        let mut report = self.head();
        if let Some(root) = self.images.first() {
            let image = format!("{}@{}", self.setup.destination.shown(), root.digest);
            report.insert("image".into(), image.into());
        }
        let images = self.images.iter().enumerate().map(|(at, image)| {
            let outcome = match image.there {
                Some(true) => "present",
                _ => "put",
            };
            self.image_value(at, "outcome", outcome)
        });
        report.insert("images".into(), images.collect());
        let known = self.layers.iter().filter(|it| it.stage != Stage::Unknown);
        let layers = known.map(|layer| {
            json!({
                "digest": layer.digest, "size": layer.size, "mediaType": layer.media_type,
                "outcome": layer.stage.as_str(),
            })
        });
        report.insert("layers".into(), layers.collect());
        let tags = self.tags.iter().map(|tag| {
            let outcome = match tag.state {
                TagState::Put | TagState::Wanted => "put",
                TagState::Present => "present",
                TagState::Skipped => "skipped",
            };
            json!({ "tag": tag.tag, "outcome": outcome })
        });
        report.insert("tags".into(), tags.collect());
        report.insert("bytesMoved".into(), self.bytes_moved.into());
        report
    }

    fn head(&self) -> Map<String, Value> {
        let mut head = Map::new();
        if let Some(root) = self.images.first() {
            head.insert("digest".into(), root.digest.as_str().into());
            head.insert("mediaType".into(), json!(root.media_type));
        }
        head
    }

    fn image_value(&self, at: usize, name: &str, what: &str) -> Value {
        let image = &self.images[at];
        let mut value = json!({
            "digest": image.digest, "mediaType": image.media_type, "role": image.role.as_str(),
        });
        if let Some(platform) = &image.platform {
            value["platform"] = json!(platform);
        }
        value[name] = what.into();
        value
    }
}
