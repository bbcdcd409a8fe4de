//! Authorization tokens and account settings.

use super::operation::Operation;
use crate::answer::{Answer, Refusal};
use crate::region;
use crate::request::Request;
use crate::shape::{REGISTRY_ID, Shape, TEXT, list, object, sized};
use crate::state::State;
use crate::token::Token;
use serde_json::{Value, json};

pub(crate) static OPERATIONS: &[Operation] = &[
    Operation {
        name: "GetAuthorizationToken",
        input: &TOKEN,
        run: token,
    },
    Operation {
        name: "GetAccountSetting",
        input: &GET,
        run: get,
    },
    Operation {
        name: "PutAccountSetting",
        input: &PUT,
        run: put,
    },
];

static REGISTRIES: Shape = list(&REGISTRY_ID, 1, 10);
static TOKEN: Shape = object! { may "registryIds": REGISTRIES };
static GET: Shape = object! { need "name": sized(1, 64) };
static PUT: Shape = object! { need "name": sized(1, 64), need "value": TEXT };

/// The settings with the values they may have, their first being the default.
const SETTINGS: [(&str, &[&str]); 3] = [
    ("BASIC_SCAN_TYPE_VERSION", &["AWS_NATIVE"]),
    ("REGISTRY_POLICY_SCOPE", &["V2"]),
    ("BLOB_MOUNTING", &["DISABLED", "ENABLED"]),
];

/// A token opens the registry protocol, as long as the service's does.
fn token(_: &mut State, request: &Request) -> Answer {
    let mut registries: Vec<&str> = request.texts("registryIds").collect();
    if registries.is_empty() {
        registries.push(&request.account);
    }
    let token = Token::new(&request.account, &request.region, request.now);
    let (text, expires) = (token.text(), token.expires());
    let data: Vec<Value> = registries
        .into_iter()
        .map(|registry| {
            let host = region::registry_host(registry, &request.region);
            json!({
                "authorizationToken": text,
                "expiresAt": expires.value(),
                "proxyEndpoint": format!("https://{host}"),
            })
        })
        .collect();
    Ok(json!({ "authorizationData": data }))
}

fn values(request: &Request) -> Result<&'static [&'static str], Refusal> {
    let name = request.required("name");
    let found = SETTINGS.iter().find(|(known, _)| *known == name);
    found.map(|(_, values)| *values).ok_or_else(|| {
        let names: Vec<&str> = SETTINGS.iter().map(|(name, _)| *name).collect();
        let constraint = format!("Member must satisfy enum value set: [{}]", names.join(", "));
        Refusal::parameter("name", &constraint)
    })
}

fn get(state: &mut State, request: &Request) -> Answer {
    let values = values(request)?;
    let name = request.required("name");
    let (_, registry) = state.registry_of(request)?;
    let stored = registry.documents.get(name).and_then(Value::as_str);
    let value = stored.or(values.first().copied()).unwrap_or_default();
    Ok(json!({ "name": name, "value": value }))
}

fn put(state: &mut State, request: &Request) -> Answer {
    let values = values(request)?;
    let (name, value) = (request.required("name"), request.required("value"));
    if !values.contains(&value) {
        let constraint = format!(
            "Member must satisfy enum value set: [{}]",
            values.join(", ")
        );
        return Err(Refusal::parameter("value", &constraint));
    }
    let (_, registry) = state.registry_of(request)?;
    registry.documents.insert(name.to_owned(), value.into());
    Ok(json!({ "name": name, "value": value }))
}
