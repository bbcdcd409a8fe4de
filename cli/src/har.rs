//! `--har`: the HTTP traffic as HAR 1.2, secrets masked.

use std::time::Duration;

use serde_json::{Value, json};
use spola::machine::CallId;

use crate::transport::{Answer, Refused};

/// What stands for a secret.
const MASK: &str = "***";

/// Header fields whose values are secret.
const SECRET_HEADERS: [&str; 7] = [
    "authorization",
    "proxy-authorization",
    "cookie",
    "set-cookie",
    "x-amz-security-token",
    "x-api-key",
    "api-key",
];

/// Names of query parameters and members that hold secrets, in lower case.
const SECRET_NAMES: [&str; 15] = [
    "access_token",
    "accesstoken",
    "api_key",
    "apikey",
    "authorizationtoken",
    "client_secret",
    "clientsecret",
    "code_verifier",
    "id_token",
    "password",
    "refresh_token",
    "secret",
    "token_secret",
    "x-amz-security-token",
    "x-amz-signature",
];

/// The traffic of a run.
#[derive(Debug, Default)]
pub struct Har {
    entries: Vec<(CallId, Value)>,
    /// Values that were found to be secret, to be masked wherever they stand.
    secrets: Vec<String>,
}

impl Har {
    /// Adds values that are to be masked wherever they stand.
    pub fn hide(&mut self, secrets: impl IntoIterator<Item = String>) {
        self.secrets
            .extend(secrets.into_iter().filter(|secret| secret.len() > 3));
    }

    /// Takes down a request.
    pub fn sent(&mut self, id: CallId, request: &http::Request<Vec<u8>>, now: Duration) {
        let headers = request
            .headers()
            .iter()
            .map(|(name, value)| pair(name.as_str(), &String::from_utf8_lossy(value.as_bytes())));
        let headers: Vec<Value> = headers.collect();
        let query: Vec<Value> = request
            .uri()
            .query()
            .into_iter()
            .flat_map(|query| query.split('&'))
            .map(|part| part.split_once('=').unwrap_or((part, "")))
            .map(|(name, value)| pair(name, value))
            .collect();
        let content_type = request.headers().get(http::header::CONTENT_TYPE);
        let mut entry = json!({
            "startedDateTime": date_time(now),
            "time": 0,
            "request": {
                "method": request.method().as_str(),
                "url": masked_url(request.uri()),
                "httpVersion": "HTTP/1.1",
                "cookies": [],
                "headers": headers,
                "queryString": query,
                "headersSize": -1,
                "bodySize": request.body().len(),
            },
            "response": no_response(),
            "cache": {},
            "timings": { "send": 0, "wait": 0, "receive": 0 },
        });
        if !request.body().is_empty() {
            let mime = content_type
                .and_then(|value| value.to_str().ok())
                .unwrap_or_default();
            entry["request"]["postData"] =
                json!({ "mimeType": mime, "text": masked_body(request.body()) });
        }
        self.entries.push((id, entry));
    }

    /// Takes down the answer to it.
    pub fn answered(&mut self, id: CallId, answer: &Result<Answer, Refused>, elapsed: Duration) {
        let Some((_, entry)) = self
            .entries
            .iter_mut()
            .rev()
            .find(|(other, _)| *other == id)
        else {
            return;
        };
        let time = elapsed.as_secs_f64() * 1000.0;
        entry["time"] = json!(time);
        entry["timings"]["wait"] = json!(time);
        match answer {
            Ok(answer) => {
                let headers: Vec<Value> = answer
                    .headers
                    .iter()
                    .map(|(name, value)| pair(name, value))
                    .collect();
                let mime = answer
                    .headers
                    .iter()
                    .find(|(name, _)| name.eq_ignore_ascii_case("content-type"))
                    .map_or("", |(_, value)| value);
                entry["response"] = json!({
                    "status": answer.status,
                    "statusText": "",
                    "httpVersion": "HTTP/1.1",
                    "cookies": [],
                    "headers": headers,
                    "content": {
                        "size": answer.body.len(),
                        "mimeType": mime,
                        "text": masked_body(&answer.body),
                    },
                    "redirectURL": "",
                    "headersSize": -1,
                    "bodySize": answer.body.len(),
                });
            }
            Err(refused) => entry["response"]["_error"] = json!(refused.message),
        }
    }

    /// The HAR document.
    pub fn to_json(&self) -> Value {
        let entries: Vec<Value> = self
            .entries
            .iter()
            .map(|(_, entry)| self.hidden(entry))
            .collect();
        json!({ "log": {
            "version": "1.2",
            "creator": { "name": "spola", "version": env!("CARGO_PKG_VERSION") },
            "entries": entries,
        }})
    }

    fn hidden(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => {
                let mut text = text.clone();
                for secret in &self.secrets {
                    text = text.replace(secret.as_str(), MASK);
                }
                Value::String(text)
            }
            Value::Array(items) => items.iter().map(|item| self.hidden(item)).collect(),
            Value::Object(members) => members
                .iter()
                .map(|(name, member)| (name.clone(), self.hidden(member)))
                .collect::<serde_json::Map<_, _>>()
                .into(),
            other => other.clone(),
        }
    }
}

fn no_response() -> Value {
    json!({
        "status": 0, "statusText": "", "httpVersion": "", "cookies": [], "headers": [],
        "content": { "size": 0, "mimeType": "" }, "redirectURL": "", "headersSize": -1, "bodySize": -1,
    })
}

fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    SECRET_HEADERS.contains(&name.as_str()) || SECRET_NAMES.contains(&name.as_str())
}

fn pair(name: &str, value: &str) -> Value {
    let value = if is_secret(name) { MASK } else { value };
    json!({ "name": name, "value": value })
}

fn masked_url(url: &http::Uri) -> String {
    let text = url.to_string();
    let Some((head, query)) = text.split_once('?') else {
        return text;
    };
    let parts: Vec<String> = query
        .split('&')
        .map(|part| match part.split_once('=') {
            Some((name, _)) if is_secret(name) => format!("{name}={MASK}"),
            _ => part.to_owned(),
        })
        .collect();
    format!("{head}?{}", parts.join("&"))
}

/// A body as text; members that are secret by name are masked.
fn masked_body(body: &[u8]) -> String {
    let Ok(mut value) = spola::exchange::parse_json(body, spola::exchange::MAX_DEPTH) else {
        return String::from_utf8_lossy(body).into_owned();
    };
    if mask(&mut value) {
        value.to_string()
    } else {
        String::from_utf8_lossy(body).into_owned()
    }
}

fn mask(value: &mut Value) -> bool {
    match value {
        Value::Object(members) => {
            let mut any = false;
            for (name, member) in members {
                if is_secret(name) && !member.is_null() {
                    *member = MASK.into();
                    any = true;
                } else {
                    any |= mask(member);
                }
            }
            any
        }
        Value::Array(items) => items.iter_mut().fold(false, |any, item| mask(item) | any),
        _ => false,
    }
}

/// ISO 8601 in UTC, with milliseconds.
fn date_time(now: Duration) -> String {
    let days = (now.as_secs() / 86_400) as i64;
    let second = now.as_secs() % 86_400;
    // Civil date of a day count, after Howard Hinnant's `civil_from_days`.
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_index = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_index + 2) / 5 + 1;
    let month = if month_index < 10 {
        month_index + 3
    } else {
        month_index - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!(
        "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}.{:03}Z",
        second / 3600,
        second / 60 % 60,
        second % 60,
        now.subsec_millis()
    )
}

#[cfg(test)]
mod tests {
    use super::{Har, date_time};
    use spola::machine::CallId;
    use std::time::Duration;

    #[test]
    fn dates_are_written_in_utc() {
        assert_eq!(
            date_time(Duration::from_millis(1_772_420_645_678)),
            "2026-03-02T03:04:05.678Z"
        );
        assert_eq!(date_time(Duration::ZERO), "1970-01-01T00:00:00.000Z");
    }

    #[test]
    fn no_secret_is_written() {
        let mut har = Har::default();
        har.hide(["hunter2hunter2".to_owned()]);
        let request = http::Request::builder()
            .uri("https://h.example/a?access_token=s3cr3t&x=hunter2hunter2")
            .header("Authorization", "Bearer s3cr3t")
            .body(br#"{"password":"s3cr3t","n":1}"#.to_vec())
            .expect("a request");
        har.sent(CallId(1), &request, Duration::ZERO);
        let text = har.to_json().to_string();
        assert!(
            !text.contains("s3cr3t") && !text.contains("hunter2"),
            "{text}"
        );
        assert!(text.contains("x=***"), "{text}");
    }
}
