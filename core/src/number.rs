//! JSON numbers compared by value, whatever their length.

use std::cmp::Ordering;
use std::time::Duration;

use serde_json::{Number, Value};

use crate::json_reader;

/// A number as sign, digits and the power of ten of the digit before the first:
/// 0.digits × 10^exponent, without zeros at either end; zero has no digits.
struct Decimal {
    negative: bool,
    digits: Vec<u8>,
    exponent: i64,
}

impl Decimal {
    /// The digit at a place: 0 is the first behind the point, -1 the last before it.
    fn digit(&self, place: i64) -> u8 {
        let at = usize::try_from(self.exponent.saturating_add(place)).ok();
        let digit = at.and_then(|at| self.digits.get(at));
        digit.map_or(0, |digit| digit - b'0')
    }

    fn whole(&self) -> u64 {
        if self.negative {
            return 0;
        }
        // `u64::MAX` has twenty digits.
        let places = 0..self.exponent.min(21);
        places.fold(0, |sum: u64, at| {
            let digit = self.digit(at - self.exponent);
            sum.saturating_mul(10).saturating_add(digit.into())
        })
    }
}

fn decimal(text: &str) -> Decimal {
    let mut digits = Vec::with_capacity(text.len());
    let (mut exponent, mut power) = (0_i64, 0);
    let mut in_fraction = false;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'0' if digits.is_empty() => exponent -= i64::from(in_fraction),
            b'0'..=b'9' => {
                digits.push(byte);
                exponent += i64::from(!in_fraction);
            }
            b'.' => in_fraction = true,
            b'e' | b'E' => {
                power = saturating(&text[at + 1..]);
                break;
            }
            _ => {}
        }
    }
    while digits.last() == Some(&b'0') {
        digits.pop();
    }
    let zero = digits.is_empty();
    Decimal {
        negative: text.as_bytes().first() == Some(&b'-') && !zero,
        digits,
        exponent: if zero {
            0
        } else {
            exponent.saturating_add(power)
        },
    }
}

/// An exponent that is too long counts as the largest there is.
fn saturating(power: &str) -> i64 {
    const LARGEST: i64 = i64::MAX / 16;
    let digits = power.bytes().filter(u8::is_ascii_digit);
    let size = digits.fold(0, |size, digit| {
        (size * 10 + i64::from(digit - b'0')).min(LARGEST)
    });
    if power.as_bytes().first() == Some(&b'-') {
        -size
    } else {
        size
    }
}

/// A whole number of no more digits than surely fit, written as such: most are.
fn short(text: &str) -> Option<i64> {
    let (negative, digits) = match text.as_bytes() {
        [b'-', digits @ ..] => (true, digits),
        digits => (false, digits),
    };
    let mut size = 0;
    for digit in digits {
        if !digit.is_ascii_digit() || digits.len() > 18 {
            return None;
        }
        size = size * 10 + i64::from(digit - b'0');
    }
    Some(if negative { -size } else { size })
}

/// Compares two numbers by value, exactly: `200 == 200.0`, and integers beyond
/// 2^53 differ when their digits do.
pub fn compare(left: &Number, right: &Number) -> Ordering {
    if let (Some(left), Some(right)) = (short(left.as_str()), short(right.as_str())) {
        return left.cmp(&right);
    }
    let (left, right) = (decimal(left.as_str()), decimal(right.as_str()));
    match (left.negative, right.negative) {
        (true, false) => Ordering::Less,
        (false, true) => Ordering::Greater,
        (negative, _) => {
            let size = match (left.digits.is_empty(), right.digits.is_empty()) {
                (true, true) => Ordering::Equal,
                (true, false) => Ordering::Less,
                (false, true) => Ordering::Greater,
                _ => (left.exponent, &left.digits).cmp(&(right.exponent, &right.digits)),
            };
            if negative { size.reverse() } else { size }
        }
    }
}

/// Whether two numbers are the same by value.
pub fn equal(left: &Number, right: &Number) -> bool {
    left.as_str() == right.as_str() || compare(left, right).is_eq()
}

/// The number in the one way of writing it that all equal ones share.
pub(crate) fn canonical(number: &Number) -> String {
    let Decimal {
        negative,
        digits,
        exponent,
    } = decimal(number.as_str());
    let mut text = String::from(if negative { "-" } else { "" });
    text.extend(digits.into_iter().map(char::from));
    text.push('e');
    text.push_str(&exponent.to_string());
    text
}

/// Whether the value is a whole number: `1`, `1.0` and `1e3`, not `1.5`.
pub fn is_integer(number: &Number) -> bool {
    // Mostly it is written as one.
    if number.as_str().bytes().all(|byte| byte.is_ascii_digit()) {
        return true;
    }
    let number = decimal(number.as_str());
    number.exponent >= number.digits.len() as i64
}

/// How a number compares to zero.
pub fn sign(number: &Number) -> Ordering {
    let number = decimal(number.as_str());
    match (number.digits.is_empty(), number.negative) {
        (true, _) => Ordering::Equal,
        (false, true) => Ordering::Less,
        (false, false) => Ordering::Greater,
    }
}

/// Whether a number is a whole multiple of another, exactly: `0.3` is one of `0.1`.
/// Of a divisor of more than 36 digits only zero and the divisor itself are
/// taken for multiples; of zero, only zero.
pub fn is_multiple_of(number: &Number, divisor: &Number) -> bool {
    /// More zeros than this change nothing: no divisor has so many factors of 2 or 5.
    const ZEROS: i64 = 124;
    let (left, right) = (decimal(number.as_str()), decimal(divisor.as_str()));
    if left.digits.is_empty() {
        return true;
    }
    if right.digits.is_empty() || right.digits.len() > 36 {
        return left.digits == right.digits && left.exponent == right.exponent;
    }
    // Both are whole numbers times a power of ten, without zeros at their ends.
    let power = |d: &Decimal| d.exponent.saturating_sub(d.digits.len() as i64);
    let zeros = power(&left).saturating_sub(power(&right));
    if zeros < 0 {
        return false;
    }
    let zeros = (0..zeros.min(ZEROS)).map(|_| &b'0');
    let mut rest = Vec::new();
    for digit in left.digits.iter().chain(zeros) {
        rest.push(*digit);
        while at_most(&right.digits, &rest) {
            subtract(&mut rest, &right.digits);
        }
        if rest == b"0" {
            rest.clear();
        }
    }
    rest.is_empty()
}

/// Whether a whole number is no more than another, both in digits without zeros
/// before them.
fn at_most(left: &[u8], right: &[u8]) -> bool {
    (left.len(), left) <= (right.len(), right)
}

/// Subtracts a whole number from another that is no less.
fn subtract(from: &mut Vec<u8>, less: &[u8]) {
    let mut borrowed = 0;
    let shift = from.len() - less.len();
    for at in (0..from.len()).rev() {
        let other = at.checked_sub(shift).map_or(b'0', |at| less[at]) + borrowed;
        borrowed = u8::from(from[at] < other);
        from[at] = from[at] + 10 * borrowed - other + b'0';
    }
    let zeros = from.iter().take_while(|digit| **digit == b'0').count();
    from.drain(..zeros);
}

/// The whole part of a number: 0 where it is negative, `u64::MAX` where it is
/// larger than that.
pub(crate) fn whole(number: &Number) -> u64 {
    match short(number.as_str()) {
        Some(number) => number.max(0) as u64,
        None => decimal(number.as_str()).whole(),
    }
}

/// A number of seconds, to the nanosecond below; zero where it is negative.
pub(crate) fn seconds(number: &Number) -> Duration {
    let number = decimal(number.as_str());
    if number.negative {
        return Duration::ZERO;
    }
    let nanoseconds = (0..9).fold(0, |sum, place| sum * 10 + u32::from(number.digit(place)));
    Duration::new(number.whole(), nanoseconds)
}

/// Reads a text in JSON number form; `None` for anything else.
pub fn parse(text: &str) -> Option<Number> {
    json_reader::number(text)
}

/// Whether two values are equal as JSON: numbers by value, objects without
/// regard to the order of their members.
pub fn equal_values(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => equal(left, right),
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(l, r)| equal_values(l, r))
        }
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len()
                && left
                    .iter()
                    .all(|(key, l)| right.get(key).is_some_and(|r| equal_values(l, r)))
        }
        (Value::String(left), Value::String(right)) => left == right,
        (Value::Bool(left), Value::Bool(right)) => left == right,
        (Value::Null, Value::Null) => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{compare, equal_values, is_integer, is_multiple_of, parse, seconds, whole};
    use std::cmp::Ordering;
    use std::time::Duration;

    fn order(left: &str, right: &str) -> Ordering {
        compare(&parse(left).expect("left"), &parse(right).expect("right"))
    }

    #[test]
    fn numbers_compare_by_value_and_exactly() {
        for (left, right, want) in [
            ("200", "200.0", Ordering::Equal),
            ("1e2", "100", Ordering::Equal),
            ("-0", "0.0", Ordering::Equal),
            ("9007199254740993", "9007199254740992.0", Ordering::Greater),
            (
                "123456789012345678901234567890",
                "123456789012345678901234567891",
                Ordering::Less,
            ),
            ("-1.5", "-1.25", Ordering::Less),
            ("0.1", "0.09999999999999999999999", Ordering::Greater),
            ("1e400", "1e399", Ordering::Greater),
            ("0", "-1e-400", Ordering::Greater),
            ("1e99999999999999999999", "1e5", Ordering::Greater),
        ] {
            assert_eq!(order(left, right), want, "{left} and {right}");
            assert_eq!(order(right, left), want.reverse(), "{right} and {left}");
        }
    }

    #[test]
    fn whole_numbers_are_integers_however_they_are_spelled() {
        for (text, want) in [
            ("1", true),
            ("1.0", true),
            ("1e3", true),
            ("1.5", false),
            ("1e-1", false),
            ("0.0", true),
        ] {
            assert_eq!(is_integer(&parse(text).expect("a number")), want, "{text}");
        }
        for text in ["+1", ".5", "0x10", "", " 1", "1 ", "01", "1.", "NaN"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn the_whole_part_of_a_number_is_cut_to_what_can_be_held() {
        for (text, want) in [
            ("2", 2),
            ("2.0", 2),
            ("2.9", 2),
            ("0.9", 0),
            ("1.5e2", 150),
            ("5e-3", 0),
            ("-3", 0),
            ("-0.0", 0),
            ("18446744073709551615", u64::MAX),
            ("18446744073709551616", u64::MAX),
            ("1e20", u64::MAX),
            ("1e99999999999999999999", u64::MAX),
        ] {
            assert_eq!(whole(&parse(text).expect("a number")), want, "{text}");
        }
    }

    #[test]
    fn seconds_keep_every_nanosecond_that_was_written() {
        for (text, want) in [
            ("0", Duration::ZERO),
            ("0.1", Duration::from_millis(100)),
            ("1.5", Duration::from_millis(1500)),
            ("25e-1", Duration::from_millis(2500)),
            ("3.141592653589", Duration::new(3, 141_592_653)),
            ("1e-9", Duration::from_nanos(1)),
            ("1e-10", Duration::ZERO),
            ("1e3", Duration::from_secs(1000)),
            ("-1", Duration::ZERO),
            ("1e400", Duration::from_secs(u64::MAX)),
        ] {
            assert_eq!(seconds(&parse(text).expect("a number")), want, "{text}");
        }
    }

    #[test]
    fn multiples_are_exact_for_decimals() {
        for (number, divisor, want) in [
            ("0.3", "0.1", true),
            ("4.5", "1.5", true),
            ("35", "1.5", false),
            ("0.0075", "0.0001", true),
            ("0.00751", "0.0001", false),
            ("-10", "5", true),
            ("0", "7", true),
            ("1", "2", false),
            ("1e308", "0.123456789", false),
            ("1e308", "0.5", true),
            ("1e99999999999999999999", "8", true),
            ("12391239123", "1e-8", true),
            ("9007199254740993", "2", false),
            ("123456789012345678901234567890", "10", true),
            ("3e40", "1.5", true),
            ("100000000000000000001", "100000000000000000000", false),
            ("700", "7", true),
            ("1001", "7", true),
            ("1002", "7", false),
            ("999999999999999999999999999999999999", "3", true),
        ] {
            let read = |text| parse(text).expect("a number");
            assert_eq!(
                is_multiple_of(&read(number), &read(divisor)),
                want,
                "{number} of {divisor}"
            );
        }
    }

    #[test]
    fn values_are_equal_whatever_the_order_of_members() {
        let read = |text: &str| serde_json::from_str(text).expect("json");
        assert!(equal_values(
            &read(r#"{"a":1,"b":[2]}"#),
            &read(r#"{"b":[2.0],"a":1}"#)
        ));
        assert!(!equal_values(&read(r#"{"a":1}"#), &read(r#"{"a":"1"}"#)));
    }
}
