//! The one way to authorize.

use serde_json::Value;
use spola::auth::{ApiKeyPlace, Auth, AwsCredentials, Credentials, Scheme, Secret};
use spola::message::Request;

use crate::border::{Thrown, answer, bytes, tell, text};
use crate::convert::{Json, pairs, value};
use crate::error::{misused, thrown};
use crate::machine::{self, milliseconds};

/// Puts credentials on a request; tells URL and header fields as JSON. `now` is in
/// Unix milliseconds.
///
/// Takes method, URL, header fields in lines of name and value in turn, the body,
/// what the effect said of authorization, and credentials.
///
/// Throws `auth.missing-credentials` and the like.
#[unsafe(no_mangle)]
pub extern "C" fn authorize(now: f64) -> i32 {
    answer(authorized(now).and_then(tell))
}

fn authorized(now: f64) -> Result<String, Thrown> {
    let (method, url, fields, body) = (text(), text(), text(), bytes());
    let bad = |message: String| misused("host.bad-argument", &message);
    let auth = auth(&value(&text())?)
        .ok_or_else(|| bad("the authorization is not one that an effect can ask for".into()))?;
    let credentials = credentials(&value(&text())?);
    let mut request = Request::new(&method, &url, body)
        .map_err(|_| bad(format!("`{method} {url}` cannot be sent")))?;
    for (name, value) in machine::pairs(&fields) {
        let (Ok(name), Ok(value)) = (name.parse(), value.parse()) else {
            return Err(bad(format!("`{name}` cannot be sent as a header")));
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
