//! Tags of repositories: read, appended, overwritten, removed.

use std::collections::BTreeMap;

use serde_json::Value;

/// The tags of an answer of `ListTagsForResource`, by key.
pub(crate) fn tags_of(body: Value) -> BTreeMap<String, String> {
    let tags = body["tags"].as_array().into_iter().flatten();
    let text = |tag: &Value, name: &str| tag[name].as_str().map(str::to_owned);
    tags.filter_map(|tag| Some((text(tag, "Key")?, text(tag, "Value").unwrap_or_default())))
        .collect()
}
