//! Dates in headers: RFC 9110 §5.6.7.

use crate::text::{split, whole};

/// Reads an HTTP date in any of its three forms, as Unix seconds.
pub(super) fn parse(text: &str) -> Option<i64> {
    let mut words = split(text, b" ,-");
    words.retain(|word| !word.is_empty());
    let (day, month, year, time) = match *words.as_slice() {
        // Sun, 06 Nov 1994 08:49:37 GMT and Sunday, 06-Nov-94 08:49:37 GMT
        [_, day, month, year, time, "GMT" | "UTC" | "+0000"] => (day, month, year, time),
        // Sun Nov  6 08:49:37 1994
        [_, month, day, time, year] => (day, month, year, time),
        _ => return None,
    };
    let day = number(day, 1, 31)?;
    let month = month_of(month)?;
    let year = match (number(year, 0, 9999)?, year.len()) {
        // Two digits: the sliding rule needs a clock; 1970 to 2069 fits all there is.
        (year, 2) if year < 70 => year + 2000,
        (year, 2) => year + 1900,
        (year, 4) => year,
        _ => return None,
    };
    let [hour, minute, second] = *split(time, b":") else {
        return None;
    };
    let (hour, minute) = (number(hour, 0, 23)?, number(minute, 0, 59)?);
    let second = number(second, 0, 60)?;
    Some(days(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second)
}

fn number(text: &str, least: i64, most: i64) -> Option<i64> {
    let value = whole(text).filter(|_| text.len() <= 4)? as i64;
    (least..=most).contains(&value).then_some(value)
}

fn month_of(text: &str) -> Option<i64> {
    const NAMES: [&str; 12] = [
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ];
    let at = NAMES
        .iter()
        .position(|name| text.eq_ignore_ascii_case(name))?;
    Some(at as i64 + 1)
}

/// Days from 1 January 1970 in the Gregorian calendar.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn all_three_forms_of_a_date_are_read() {
        for text in [
            "Sun, 06 Nov 1994 08:49:37 GMT",
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sun Nov  6 08:49:37 1994",
        ] {
            assert_eq!(parse(text), Some(784_111_777), "{text}");
        }
        assert_eq!(parse("Thu, 01 Jan 1970 00:00:00 GMT"), Some(0));
        assert_eq!(parse("Tue, 29 Feb 2000 23:59:60 GMT"), Some(951_868_800));
        assert_eq!(
            parse("Fri, 31 Dec 9999 23:59:59 GMT"),
            Some(253_402_300_799)
        );
        for bad in [
            "",
            "soon",
            "Sun, 06 Nov 1994 08:49 GMT",
            "Sun, 06 Nov 1994 08:49:37 CET",
            "Sun, 0é Nov 1994 08:49:37 GMT",
            "Sun, 06 Nov 994 08:49:37 GMT",
        ] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }
}
