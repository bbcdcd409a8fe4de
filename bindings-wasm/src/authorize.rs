//! The one way to authorize.

use serde_json::Value;
use spola::auth::{ApiKeyPlace, Auth, AwsCredentials, Credentials, Scheme, Secret};
use spola::message::Request;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::convert::{Json, pairs, value};
use crate::error::{misused, thrown};
use crate::machine::milliseconds;

/// Puts credentials on a request; gives URL and header fields as JSON.
///
/// `fields` are lines of name and value in turn, `now` is in Unix milliseconds.
///
/// # Errors
/// `auth.missing-credentials` and the like.
#[wasm_bindgen]
pub fn authorize(
    method: &str,
    url: &str,
    fields: &str,
    body: Vec<u8>,
    auth: &str,
    credentials: &str,
    now: f64,
) -> Result<String, JsValue> {
    let bad = |message: String| misused("host.bad-argument", &message);
    let auth = self::auth(&value(auth)?)
        .ok_or_else(|| bad("the authorization is not one that an effect can ask for".into()))?;
    let credentials = self::credentials(&value(credentials)?);
    let mut request = Request::new(method, url, body)
        .map_err(|_| bad(format!("`{method} {url}` cannot be sent")))?;
    let lines: Vec<&str> = fields.split('\n').collect();
    for pair in lines.chunks_exact(2) {
        let (Ok(name), Ok(value)) = (pair[0].parse(), pair[1].parse()) else {
            return Err(bad(format!("`{}` cannot be sent as a header", pair[0])));
        };
        request.headers_mut().add(name, value);
    }
    let signed = spola::auth::authorize(request, &auth, &credentials, milliseconds(now))
        .map_err(|error| thrown(&error))?;
    let mut json = Json::object();
    json.text("url", signed.url().as_str())
        .fields("headers", pairs(signed.headers()));
    Ok(json.finish())
}

/// What an effect said; none where it cannot have said this.
fn auth(given: &Value) -> Option<Auth> {
    let text = |of: &Value, name: &str| {
        let text = of.get(name).and_then(Value::as_str);
        text.unwrap_or_default().to_owned()
    };
    let truth = |name: &str| given.get(name).and_then(Value::as_bool).unwrap_or(false);
    let schemes = given.get("schemes").and_then(Value::as_array);
    let scheme = |scheme: &Value| match scheme.get("type").and_then(Value::as_str)? {
        "sigv4" => Some(Scheme::SigV4 {
            service: text(scheme, "service"),
            region: text(scheme, "region"),
        }),
        "apikey" => Some(Scheme::ApiKey {
            name: text(scheme, "name"),
            place: match scheme.get("in").and_then(Value::as_str) {
                Some("query") => ApiKeyPlace::Query,
                Some("cookie") => ApiKeyPlace::Cookie,
                _ => ApiKeyPlace::Header,
            },
        }),
        "basic" => Some(Scheme::Basic),
        "bearer" => Some(Scheme::Bearer),
        "oauth2" => Some(Scheme::OAuth2 { scopes: Vec::new() }),
        _ => None,
    };
    Some(Auth {
        source: text(given, "source"),
        schemes: schemes?.iter().map(scheme).collect::<Option<_>>()?,
        optional: truth("optional"),
        renew: truth("renew"),
        server_time: given.get("serverTime").and_then(Value::as_u64),
    })
}

fn credentials(given: &Value) -> Credentials {
    let text = |name: &str| given.get(name).and_then(Value::as_str);
    let secret = |name: &str| text(name).map(Secret::from);
    Credentials {
        aws: text("accessKeyId").map(|id| {
            let key = secret("secretAccessKey").unwrap_or_default();
            AwsCredentials::new(id, key, secret("sessionToken"))
        }),
        secret: secret("secret"),
        allow_plain_http: given
            .get("allowPlainHttp")
            .and_then(Value::as_bool)
            .unwrap_or(false),
    }
}
