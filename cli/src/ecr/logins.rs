//! Logins that container tools keep: user and password of a registry.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};
use spola::auth::Secret;
use spola_ecr::RegistryUri;

/// The registry that an image's name begins with, where it is none of Amazon ECR's.
pub fn host_of(image: &str) -> Option<&str> {
    let (host, _) = image.split_once('/')?;
    let is_host = host.contains(['.', ':']) || host == "localhost";
    let is_own = host.parse::<RegistryUri>().is_ok();
    Some(host).filter(|_| is_host && !is_own)
}

/// User and password that `docker login`, `podman login` and the like left for a
/// registry, or that their helper gives.
pub fn find(host: &str, variable: &dyn Fn(&str) -> Option<String>) -> Option<Secret> {
    let files = files(variable);
    files.iter().find_map(|file| {
        let config: Value = serde_json::from_slice(&std::fs::read(file).ok()?).ok()?;
        of_config(&config, host)
    })
}

/// The files that container tools read, in the order of their say.
fn files(variable: &dyn Fn(&str) -> Option<String>) -> Vec<PathBuf> {
    let place = |name: &str, rest: &str| {
        let folder = variable(name).filter(|value| !value.is_empty())?;
        Some(Path::new(&folder).join(rest))
    };
    [
        variable("REGISTRY_AUTH_FILE").map(PathBuf::from),
        place("DOCKER_CONFIG", "config.json"),
        place("XDG_RUNTIME_DIR", "containers/auth.json"),
        place("HOME", ".docker/config.json"),
        place("USERPROFILE", ".docker/config.json"),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn of_config(config: &Value, host: &str) -> Option<Secret> {
    let names = names(host);
    let helpers = config["credHelpers"].as_object();
    let helper = helpers.and_then(|helpers| {
        let named = names
            .iter()
            .find_map(|name| Some((name, helpers.get(name)?)));
        named.and_then(|(name, helper)| of_helper(helper.as_str()?, name))
    });
    let entry = || {
        let auths = config["auths"].as_object()?;
        names.iter().find_map(|name| of_entry(auths, name))
    };
    let store = || {
        let helper = config["credsStore"].as_str()?;
        names.iter().find_map(|name| of_helper(helper, name))
    };
    helper.or_else(entry).or_else(store)
}

/// Under which names a registry's login may be kept.
fn names(host: &str) -> Vec<String> {
    let is_hub = matches!(
        host,
        "docker.io" | "index.docker.io" | "registry-1.docker.io"
    );
    let mut names = Vec::new();
    if is_hub {
        names.push("https://index.docker.io/v1/".to_owned());
        names.push("docker.io".to_owned());
    }
    names.push(host.to_owned());
    names.push(format!("https://{host}"));
    names
}

/// An entry of `auths`: `auth` is user and password in Base64.
fn of_entry(auths: &Map<String, Value>, name: &str) -> Option<Secret> {
    let entry = auths.get(name)?;
    let text = |name: &str| entry[name].as_str().filter(|text| !text.is_empty());
    if let (Some(user), Some(password)) = (text("username"), text("password")) {
        return Some(format!("{user}:{password}").into());
    }
    let bytes = STANDARD.decode(text("auth")?).ok()?;
    let pair = String::from_utf8(bytes).ok()?;
    let pair = pair.trim_end_matches('\0');
    // One without a password stands for a token of another kind.
    let (_, password) = pair.split_once(':')?;
    (!password.is_empty()).then(|| pair.into())
}

/// Asks a helper, which is told the name on standard input.
fn of_helper(helper: &str, name: &str) -> Option<Secret> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if !helper.chars().all(is_name) {
        return None;
    }
    let mut child = Command::new(format!("docker-credential-{helper}"))
        .arg("get")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    if let Some(mut input) = child.stdin.take() {
        // One that does not read it says no, too.
        let _ = std::io::Write::write_all(&mut input, name.as_bytes());
    }
    let output = child.wait_with_output().ok()?;
    let given: Value = serde_json::from_slice(&output.stdout).ok()?;
    let text = |name: &str| given[name].as_str().filter(|text| !text.is_empty());
    let (user, secret) = (text("Username")?, text("Secret")?);
    // A token of another kind than a password.
    (output.status.success() && user != "<token>").then(|| format!("{user}:{secret}").into())
}

#[cfg(test)]
mod tests {
    use super::{host_of, of_config};
    use serde_json::json;

    #[test]
    fn a_registry_is_told_from_repositories_and_amazon_s_own() {
        for (image, host) in [
            ("docker.io/library/alpine:3", Some("docker.io")),
            ("localhost/app", Some("localhost")),
            ("127.0.0.1:5000/app", Some("127.0.0.1:5000")),
            ("team/app:v1", None),
            ("app", None),
            ("123456789012.dkr.ecr.eu-west-1.amazonaws.com/app", None),
        ] {
            assert_eq!(host_of(image), host, "{image}");
        }
    }

    #[test]
    fn logins_are_found_under_each_name_of_a_registry() {
        let config = json!({ "auths": {
            "https://index.docker.io/v1/": { "auth": "bWU6cDpx" },
            "ghcr.io": { "username": "me", "password": "p" },
            "https://quay.io": { "auth": "bWU6cA==" },
            "token.test": { "auth": "PHRva2VuPjo=", "identitytoken": "x" },
            "broken.test": { "auth": "%" },
            "empty.test": {},
        }});
        let found = |host| of_config(&config, host).map(|secret| secret.expose().to_owned());
        assert_eq!(found("docker.io").as_deref(), Some("me:p:q"));
        assert_eq!(found("registry-1.docker.io").as_deref(), Some("me:p:q"));
        assert_eq!(found("ghcr.io").as_deref(), Some("me:p"));
        assert_eq!(found("quay.io").as_deref(), Some("me:p"));
        for host in ["token.test", "broken.test", "empty.test", "other.test"] {
            assert_eq!(found(host), None, "{host}");
        }
        let unsafe_helper = json!({ "credsStore": "../../bin/sh" });
        assert_eq!(of_config(&unsafe_helper, "ghcr.io"), None);
    }
}
