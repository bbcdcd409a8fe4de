//! Times as AWS writes them.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::time::Duration;

/// Milliseconds since the Unix epoch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Time(pub(crate) u64);

/// The parts of a moment, UTC.
struct Parts {
    year: u64,
    month: u64,
    day: u64,
    weekday: usize,
    hour: u64,
    minute: u64,
    second: u64,
    millisecond: u64,
}

const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

impl Time {
    /// The last moment that can be written with four digits for the year.
    const LAST: u64 = 253_402_300_799_999;

    pub(crate) fn new(since_epoch: Duration) -> Self {
        let milliseconds = u64::try_from(since_epoch.as_millis()).unwrap_or(u64::MAX);
        Self(milliseconds.min(Self::LAST))
    }

    /// What it was made of; no later than can be written.
    pub(crate) fn since_epoch(self) -> Duration {
        Duration::from_millis(self.0.min(Self::LAST))
    }

    /// The time some seconds later.
    pub(crate) fn later(self, seconds: u64) -> Self {
        Self(
            self.0
                .saturating_add(seconds.saturating_mul(1000))
                .min(Self::LAST),
        )
    }

    /// Whole seconds since an earlier time; 0 where it is not earlier.
    pub(crate) fn seconds_since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0) / 1000
    }

    /// Epoch seconds with a fraction, as AWS JSON has it.
    pub(crate) fn value(self) -> Value {
        let text = format!("{}.{:03}", self.0 / 1000, self.0 % 1000);
        // One zero stays: it is a number with a fraction.
        let kept = text.len()
            - text
                .bytes()
                .rev()
                .take(2)
                .take_while(|b| *b == b'0')
                .count();
        text[..kept].parse().map_or(Value::Null, Value::Number)
    }

    /// As in the `Date` header.
    pub(crate) fn http_date(self) -> String {
        let p = self.parts();
        format!(
            "{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT",
            DAYS[p.weekday % 7],
            p.day,
            MONTHS[(p.month.max(1) - 1) as usize % 12],
            p.year,
            p.hour,
            p.minute,
            p.second
        )
    }

    /// ISO 8601 with milliseconds, as Image Builder has it.
    pub(crate) fn iso(self) -> String {
        let p = self.parts();
        format!(
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z",
            p.year, p.month, p.day, p.hour, p.minute, p.second, p.millisecond
        )
    }

    /// ISO 8601 without separators, as SigV4 has it.
    pub(crate) fn compact(self) -> String {
        let p = self.parts();
        format!(
            "{:04}{:02}{:02}T{:02}{:02}{:02}Z",
            p.year, p.month, p.day, p.hour, p.minute, p.second
        )
    }

    /// Reads what [`Time::compact`] writes.
    pub(crate) fn from_compact(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        if bytes.len() != 16 || bytes[8] != b'T' || bytes[15] != b'Z' {
            return None;
        }
        let field = |from: usize, to: usize| -> Option<u64> {
            let part = text.get(from..to)?;
            part.bytes().all(|b| b.is_ascii_digit()).then_some(())?;
            part.parse().ok()
        };
        let (year, month, day) = (field(0, 4)?, field(4, 6)?, field(6, 8)?);
        let (hour, minute, second) = (field(9, 11)?, field(11, 13)?, field(13, 15)?);
        if year < 1970 || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
            return None;
        }
        let seconds = days_from_civil(year, month, day) * 86_400 + hour * 3600 + minute * 60;
        Some(Self((seconds + second) * 1000))
    }

    fn parts(self) -> Parts {
        let seconds = self.0 / 1000;
        let days = seconds / 86_400;
        let (year, month, day) = civil_from_days(days);
        Parts {
            year,
            month,
            day,
            weekday: (days % 7) as usize,
            hour: seconds / 3600 % 24,
            minute: seconds / 60 % 60,
            second: seconds % 60,
            millisecond: self.0 % 1000,
        }
    }
}

/// Howard Hinnant's days-to-date algorithm, for days since 1970.
fn civil_from_days(days: u64) -> (u64, u64, u64) {
    let z = days + 719_468;
    let era = z / 146_097;
    let doe = z % 146_097;
    let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let day = doy - (153 * mp + 2) / 5 + 1;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    (yoe + era * 400 + u64::from(month <= 2), month, day)
}

fn days_from_civil(year: u64, month: u64, day: u64) -> u64 {
    let y = year - u64::from(month <= 2);
    let era = y / 400;
    let yoe = y % 400;
    let mp = if month > 2 { month - 3 } else { month + 9 };
    let doy = (153 * mp + 2) / 5 + day - 1;
    let doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
    era * 146_097 + doe - 719_468
}

#[cfg(test)]
mod tests {
    use super::Time;

    #[test]
    fn a_moment_is_written_in_every_form() {
        let time = Time(1_767_323_045_678);
        assert_eq!(time.http_date(), "Fri, 02 Jan 2026 03:04:05 GMT");
        assert_eq!(time.iso(), "2026-01-02T03:04:05.678Z");
        assert_eq!(time.compact(), "20260102T030405Z");
        assert_eq!(
            Time::from_compact("20260102T030405Z"),
            Some(Time(1_767_323_045_000))
        );
        assert_eq!(time.value().to_string(), "1767323045.678");
    }
}
