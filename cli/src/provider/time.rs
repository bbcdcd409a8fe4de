//! Times as the services and files of AWS write them.

use std::time::Duration;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Reads `2026-01-31T12:00:00Z`, with a fraction or an offset too, and with
/// `UTC`, as older logins wrote it; as the time since the Unix epoch.
pub(super) fn parse(text: &str) -> Option<Duration> {
    let text = match text.trim().strip_suffix("UTC") {
        Some(text) => format!("{text}Z"),
        None => text.trim().to_owned(),
    };
    let read = OffsetDateTime::parse(&text, &Rfc3339).ok()?;
    u64::try_from(read.unix_timestamp())
        .ok()
        .map(Duration::from_secs)
}

/// Writes `2026-01-31T12:00:00Z`.
pub(super) fn format(since_epoch: Duration) -> Option<String> {
    let seconds = i64::try_from(since_epoch.as_secs()).ok()?;
    let time = OffsetDateTime::from_unix_timestamp(seconds).ok()?;
    time.format(&Rfc3339).ok()
}

#[cfg(test)]
mod tests {
    use super::{format, parse};
    use std::time::Duration;

    #[test]
    fn times_are_read_as_all_tools_write_them() {
        let expected = Some(Duration::from_secs(1_700_000_000));
        for text in [
            "2023-11-14T22:13:20Z",
            "2023-11-14T22:13:20UTC",
            "2023-11-14T22:13:20.5Z",
            "2023-11-14T23:13:20+01:00",
        ] {
            assert_eq!(parse(text), expected, "{text}");
        }
        for text in ["", "soon", "1700000000", "1900-01-01T00:00:00Z"] {
            assert_eq!(parse(text), None, "{text}");
        }
        assert_eq!(
            format(Duration::from_secs(1_700_000_000)).as_deref(),
            Some("2023-11-14T22:13:20Z")
        );
    }
}
