//! Credentials of the role that an EC2 instance has.

use std::time::Duration;

use http::Request;

use super::chain::{Chain, Fetched};
use super::container;
use super::credentials::SettingsError;
use super::error::ProviderError;
use super::transport::Answer;

const ADDRESS: &str = "http://169.254.169.254";
const ADDRESS_V6: &str = "http://[fd00:ec2::254]";
const PATH: &str = "latest/meta-data/iam/security-credentials/";
/// How long expired ones are taken to be good where the instance has no others:
/// the services know that its metadata may be late.
const EXTENSION: Duration = Duration::from_secs(15 * 60);

/// Asks the instance's metadata service, by version 2 of its protocol. Where it
/// is not there, or has no role, that is no error but a reason.
pub(super) fn fetch(chain: &Chain) -> Result<Result<Fetched, Option<String>>, ProviderError> {
    let settings = &chain.settings;
    if settings
        .variable("AWS_EC2_METADATA_DISABLED")
        .is_some_and(|text| text.eq_ignore_ascii_case("true"))
    {
        return Ok(Err(None));
    }
    let base = base(chain)?;
    let limits = Limits {
        timeout: number(
            chain,
            "AWS_METADATA_SERVICE_TIMEOUT",
            "metadata_service_timeout",
        )?,
        attempts: number(
            chain,
            "AWS_METADATA_SERVICE_NUM_ATTEMPTS",
            "metadata_service_num_attempts",
        )?,
    };
    Ok(ask(chain, &base, &limits).map_err(Some))
}

struct Limits {
    /// Seconds.
    timeout: u64,
    attempts: u64,
}

fn number(chain: &Chain, variable: &str, setting: &str) -> Result<u64, SettingsError> {
    let text = chain.settings.variable(variable);
    match text.or_else(|| chain.settings.setting(setting)) {
        None => Ok(1),
        Some(text) => text
            .parse()
            .ok()
            .filter(|number| *number > 0)
            .ok_or_else(|| SettingsError::InvalidValue {
                name: setting.to_owned(),
                expected: "a number from 1",
            }),
    }
}

/// Where the service is.
fn base(chain: &Chain) -> Result<String, SettingsError> {
    let settings = &chain.settings;
    let value = |variable, setting| {
        let text = settings.variable(variable);
        text.or_else(|| settings.setting(setting))
    };
    let named = value(
        "AWS_EC2_METADATA_SERVICE_ENDPOINT",
        "ec2_metadata_service_endpoint",
    );
    if let Some(url) = named {
        return Ok(url.trim_end_matches('/').to_owned());
    }
    let mode = value(
        "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE",
        "ec2_metadata_service_endpoint_mode",
    );
    let is_v6 = match mode.map(str::to_ascii_lowercase).as_deref() {
        Some("ipv6") => true,
        Some("ipv4") => false,
        Some(_) => {
            return Err(SettingsError::InvalidValue {
                name: "ec2_metadata_service_endpoint_mode".into(),
                expected: "`IPv4` or `IPv6`",
            });
        }
        None => settings.flag("AWS_IMDS_USE_IPV6", "imds_use_ipv6")?,
    };
    Ok(if is_v6 { ADDRESS_V6 } else { ADDRESS }.to_owned())
}

fn ask(chain: &Chain, base: &str, limits: &Limits) -> Result<Fetched, String> {
    let token = send(chain, limits, &|| {
        Request::put(format!("{base}/latest/api/token"))
            .header("x-aws-ec2-metadata-token-ttl-seconds", "21600")
    })?;
    let get = |path: &str| {
        let answer = send(chain, limits, &|| {
            Request::get(format!("{base}/{path}"))
                .header("x-aws-ec2-metadata-token", token.body.as_slice())
        })?;
        Ok::<_, String>(answer.body)
    };
    let roles = get(PATH)?;
    let roles = String::from_utf8_lossy(&roles);
    let role = roles.lines().next().unwrap_or_default().trim();
    let path = format!("{PATH}{role}");
    let read = container::read(&get(&path)?);
    let (credentials, expires) =
        read.ok_or_else(|| format!("the answer of {base}/{path} holds no credentials"))?;
    let now = chain.world.now();
    let expires = if expires > now {
        expires
    } else {
        now + EXTENSION
    };
    Ok(Fetched {
        credentials,
        expires: Some(expires),
        source: "the instance's metadata".into(),
    })
}

fn send(
    chain: &Chain,
    limits: &Limits,
    make: &dyn Fn() -> http::request::Builder,
) -> Result<Answer, String> {
    let mut attempt = 1;
    loop {
        let request = make().body(Vec::new()).map_err(|error| error.to_string())?;
        let url = request.uri().to_string();
        let answer = chain
            .world
            .send(request, Duration::from_secs(limits.timeout));
        let reason = match answer {
            Ok(answer) if answer.status == 200 && !answer.body.is_empty() => return Ok(answer),
            Ok(answer) => format!("{url} answered with status {}", answer.status),
            Err(refused) => refused.message,
        };
        if attempt >= limits.attempts {
            return Err(reason);
        }
        attempt += 1;
    }
}
