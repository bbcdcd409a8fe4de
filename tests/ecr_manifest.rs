//! Manifests of every type, and the platforms that they are for.

use proptest::prelude::{Just, Strategy, any, prop, prop_oneof, proptest};
use serde_json::{Value, json};
use spola::{Diagnostic, Report};
use spola_ecr::{
    Digest, EcrError, LARGEST_MANIFEST, Manifest, ManifestFault, ManifestType, Platform, digest_of,
};

use crate::targets;

fn digest(of: &str) -> Digest {
    digest_of(of.as_bytes())
}

fn entry(of: &str) -> Value {
    json!({"mediaType": "application/octet-stream", "digest": digest(of), "size": of.len()})
}

fn parse(value: &Value) -> Manifest {
    Manifest::parse(&value.to_string(), None).unwrap_or_else(|error| panic!("{error}"))
}

fn fault(text: &str, told: Option<&str>) -> ManifestFault {
    match Manifest::parse(text, told) {
        Err(EcrError::InvalidManifest { fault }) => fault,
        other => panic!("not refused: {other:?}"),
    }
}

fn image() -> Value {
    let mut foreign = entry("far");
    foreign["urls"] = json!(["https://elsewhere.example/far"]);
    json!({
        "schemaVersion": 2,
        "config": entry("config"),
        "layers": [entry("one"), foreign, entry(""), entry("one")],
    })
}

fn index() -> Value {
    let child = |of: &str, os: &str, architecture: &str| {
        let mut child = entry(of);
        child["platform"] = json!({"os": os, "architecture": architecture});
        child
    };
    let mut note = child("note", "unknown", "unknown");
    note["annotations"] = json!({"vnd.docker.reference.digest": digest("a")});
    json!({
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.index.v1+json",
        "manifests": [child("a", "linux", "amd64"), child("b", "linux", "arm64"), note],
        "annotations": {"z": "1.50", "a": "2"},
    })
}

#[test]
fn an_image_names_its_config_and_layers_each_once() {
    let manifest = parse(&image());
    assert_eq!(manifest.kind(), ManifestType::OciImage);
    assert_eq!(manifest.layers.len(), 4);
    let blobs: Vec<(&Digest, Option<u64>, bool)> = manifest
        .blobs()
        .iter()
        .map(|blob| (&blob.digest, blob.size, blob.foreign))
        .collect();
    assert_eq!(
        blobs,
        [
            (&digest("config"), Some(6), false),
            (&digest("one"), Some(3), false),
            (&digest("far"), Some(3), true),
            (&digest(""), Some(0), false),
        ]
    );
}

#[test]
fn the_digest_is_that_of_the_very_bytes() {
    let text = image().to_string().replace(',', " ,\n ");
    let manifest = Manifest::parse(&text, None).unwrap();
    assert_eq!(manifest.text(), text);
    assert_eq!(manifest.digest(), &digest(&text));
    assert_ne!(manifest.digest(), parse(&image()).digest());
}

#[test]
fn a_type_is_told_or_said_or_shown_by_the_members() {
    let told = ManifestType::DockerImage.as_str();
    let manifest = Manifest::parse(&image().to_string(), Some(told)).unwrap();
    assert_eq!(manifest.kind(), ManifestType::DockerImage);
    let list = json!({"manifests": []});
    assert_eq!(parse(&list).kind(), ManifestType::OciIndex);
    let old = json!({"fsLayers": [{"blobSum": digest("one")}]});
    assert_eq!(parse(&old).kind(), ManifestType::Schema1);
    assert_eq!(parse(&old).layers[0].size, None);
    for kind in ManifestType::all() {
        let of = ManifestType::of(kind).unwrap();
        assert_eq!(of.as_str(), kind);
    }
    assert!(matches!(
        fault(&index().to_string(), Some(told)),
        ManifestFault::OtherMediaType { .. }
    ));
}

#[test]
fn the_digest_of_a_signed_manifest_is_that_of_what_is_signed() {
    // `{"formatLength":44,"formatTail":"Cn0"}`: a line feed and a brace.
    let payload = "{\"fsLayers\": [], \"name\": \"apps\", \"tag\": \"v1\"";
    assert_eq!(payload.len(), 44);
    let header = "eyJmb3JtYXRMZW5ndGgiOjQ0LCJmb3JtYXRUYWlsIjoiQ24wIn0";
    let text = format!("{payload},\n \"signatures\": [{{\"protected\": \"{header}\"}}]}}");
    let manifest = Manifest::parse(&text, None).unwrap();
    assert_eq!(manifest.kind(), ManifestType::Schema1Signed);
    assert_eq!(manifest.digest(), &digest(&format!("{payload}\n}}")));
    assert_eq!(manifest.text(), text);
}

#[test]
fn an_index_is_cut_to_some_children_and_keeps_the_rest() {
    let whole = parse(&index());
    assert_eq!(whole.children[2].about, Some(digest("a")));
    assert!(whole.children[2].platform.as_ref().unwrap().is_unknown());
    let cut = whole.with_children(&[digest("b")]).unwrap();
    assert_eq!(cut.children, whole.children[1..2]);
    assert_ne!(cut.digest(), whole.digest());
    let value: Value = serde_json::from_str(cut.text()).unwrap();
    assert_eq!(value["annotations"], index()["annotations"]);
    let all: Vec<Digest> = whole.children.iter().map(|c| c.digest.clone()).collect();
    assert_eq!(whole.with_children(&all).unwrap(), whole);
}

#[test]
fn what_is_no_manifest_is_refused_with_its_place() {
    let member = |value: Value| fault(&value.to_string(), None).to_string();
    let mut broken = image();
    broken["layers"][2]["digest"] = "sha256:12".into();
    assert_eq!(member(broken), "`/layers/2/digest` is missing or malformed");
    let mut broken = image();
    broken["config"]["size"] = json!(-1);
    assert_eq!(member(broken), "`/config/size` is missing or malformed");
    assert_eq!(member(json!({})), "nothing tells its media type");
    assert_eq!(fault("[]", None), ManifestFault::NotAnObject);
    let deep = format!("{{\"a\": {}1{}}}", "[".repeat(100), "]".repeat(100));
    assert_eq!(fault(&deep, None), ManifestFault::NotAnObject);
    let large = format!("{{\"a\": \"{}\"}}", "x".repeat(LARGEST_MANIFEST));
    assert_eq!(fault(&large, None), ManifestFault::TooLarge);
    let many = json!({"manifests": vec![entry("a"); 10_001]});
    assert!(matches!(
        fault(&many.to_string(), None),
        ManifestFault::TooMany { .. }
    ));
    let other = fault("{\"mediaType\": \"text/plain\"}", None);
    let error = EcrError::InvalidManifest { fault: other };
    assert_eq!(
        Report::of(&error).render(None),
        "error[ecr.invalid-manifest]: the manifest cannot be read: `text/plain` is not a type of \
         manifests\n  help: the registry keeps something here that is not an image\n"
    );
}

#[test]
fn a_platform_covers_what_it_does_not_contradict() {
    let platform = |text: &str| text.parse::<Platform>().unwrap();
    for (wanted, of, covers) in [
        ("linux/amd64", "linux/amd64", true),
        ("linux/x86_64", "linux/amd64/v1", true),
        ("linux/arm64/v8", "linux/arm64", true),
        ("linux/arm64", "linux/arm64/v8", true),
        ("linux/arm", "linux/arm/v7", true),
        ("linux/arm/v6", "linux/arm/v7", false),
        ("linux/arm/v7", "linux/arm", false),
        ("Linux/AMD64", "linux/amd64", true),
        ("linux/amd64", "windows/amd64", false),
        ("windows/amd64", "windows/amd64:10.0.17763.1", true),
        (
            "windows/amd64:10.0.17763",
            "windows/amd64:10.0.17763.1",
            true,
        ),
        ("windows/amd64:10.0.1", "windows/amd64:10.0.17763.1", false),
    ] {
        assert_eq!(platform(wanted).covers(&platform(of)), covers, "{wanted}");
    }
    let error = "amd64".parse::<Platform>().unwrap_err();
    assert_eq!(error.code(), "ecr.invalid-platform");
    assert_eq!(error.nearest(), Some("linux/amd64"));
    for wrong in [
        "",
        "/",
        "linux/",
        "linux/amd64/v1/x",
        "linux/amd 64",
        "a/b:",
        "ü/x",
    ] {
        assert!(wrong.parse::<Platform>().is_err(), "{wrong}");
    }
}

proptest! {
    #[test]
    fn a_platform_goes_round(
        os in "[a-z]{1,9}", architecture in "[a-z0-9]{1,9}",
        variant in prop::option::of("v[0-9]"), version in prop::option::of("[0-9.]{1,9}"),
    ) {
        let variant = variant.map(|it| format!("/{it}")).unwrap_or_default();
        let version = version.map(|it| format!(":{it}")).unwrap_or_default();
        let read: Platform = format!("{os}/{architecture}{variant}{version}").parse().unwrap();
        assert_eq!(read.to_string().parse::<Platform>().unwrap(), read);
        assert!(read.covers(&read));
    }

    #[test]
    fn any_text_is_a_manifest_or_refused(text in texts()) {
        targets::manifest(text.as_bytes());
    }
}

/// Manifests with something changed, and any text.
fn texts() -> impl Strategy<Value = String> {
    let whole = prop_oneof![Just(image().to_string()), Just(index().to_string())];
    let changed = (
        whole,
        any::<prop::sample::Index>(),
        "[\\[\\]{}\":,0-9a-z-]{0,4}",
    )
        .prop_map(|(text, at, by)| {
            let at = at.index(text.len());
            format!("{}{by}{}", &text[..at], &text[at + 1..])
        });
    prop_oneof![changed, "\\PC{0,60}"]
}
