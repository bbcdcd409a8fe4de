//! Which bytes may stand where, and percent-encoding.

/// Which characters stand for themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keep {
    /// RFC 3986 unreserved only: values in paths and queries.
    Unreserved,
    /// Also the reserved ones and `%XX` (OpenAPI `allowReserved`), but not `#` and `&`,
    /// which would end the value.
    Reserved,
    /// All that a query can have, `%XX` too: a query written by hand.
    Query,
    /// All that a path can have, `%XX` too: the fixed text of a path template.
    Path,
    /// RFC 6265 cookie octets, without `%`.
    Cookie,
    /// RFC 9110 token characters, without `%`: cookie names.
    Token,
    /// Unreserved, and a space becomes `+`: `application/x-www-form-urlencoded`.
    Form,
    /// Everything: header values, which are not encoded.
    All,
}

const UNRESERVED: u8 = 1;
const RESERVED: u8 = 2;
const QUERY: u8 = 4;
const PATH: u8 = 8;
const COOKIE: u8 = 16;
const TOKEN: u8 = 32;

const TABLE: [u8; 256] = table();

const fn table() -> [u8; 256] {
    let mut table = [0; 256];
    let mut byte = 0x21_usize;
    while byte < 0x7f {
        let c = byte as u8;
        let unreserved = c.is_ascii_alphanumeric() || matches!(c, b'-' | b'.' | b'_' | b'~');
        let sub = matches!(
            c,
            b'!' | b'$' | b'\'' | b'(' | b')' | b'*' | b'+' | b',' | b';' | b'='
        );
        let pchar = unreserved || sub || matches!(c, b'&' | b':' | b'@');
        if unreserved {
            table[byte] |= UNRESERVED;
        }
        if unreserved || sub || matches!(c, b':' | b'/' | b'?' | b'[' | b']' | b'@') {
            table[byte] |= RESERVED;
        }
        if pchar || matches!(c, b'/' | b'?' | b'[' | b']') {
            table[byte] |= QUERY;
        }
        if pchar || c == b'/' {
            table[byte] |= PATH;
        }
        if !matches!(c, b'"' | b',' | b';' | b'\\' | b'%') {
            table[byte] |= COOKIE;
        }
        if unreserved
            || matches!(
                c,
                b'!' | b'#' | b'$' | b'&' | b'\'' | b'*' | b'+' | b'^' | b'`' | b'|'
            )
        {
            table[byte] |= TOKEN;
        }
        byte += 1;
    }
    table
}

/// Whether a text is a token: RFC 9110, section 5.6.2.
pub(super) fn is_token(text: &str) -> bool {
    let fits = |byte: u8| byte == b'%' || TABLE[usize::from(byte)] & TOKEN != 0;
    !text.is_empty() && text.bytes().all(fits)
}

/// Whether a byte may stand in an authority: RFC 3986, section 3.2.
pub(super) fn is_in_authority(byte: u8) -> bool {
    byte == b'&' || TABLE[usize::from(byte)] & RESERVED != 0
}

/// Percent-encodes all but RFC 3986's unreserved characters: letters, digits and `-._~`.
pub fn percent_encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    encode(&mut out, text, Keep::Unreserved);
    out
}

/// Appends `text`, encoded.
pub(crate) fn encode(out: &mut String, text: &str, keep: Keep) {
    let (class, escapes) = match keep {
        Keep::All => return out.push_str(text),
        Keep::Unreserved | Keep::Form => (UNRESERVED, false),
        Keep::Reserved => (RESERVED, true),
        Keep::Query => (QUERY, true),
        Keep::Path => (PATH, true),
        Keep::Cookie => (COOKIE, false),
        Keep::Token => (TOKEN, false),
    };
    let bytes = text.as_bytes();
    let mut start = 0;
    for (at, &byte) in bytes.iter().enumerate() {
        if TABLE[byte as usize] & class != 0 || (escapes && is_escape(&bytes[at..])) {
            continue;
        }
        if start < at {
            out.push_str(&text[start..at]);
        }
        start = at + 1;
        if byte == b' ' && keep == Keep::Form {
            out.push('+');
        } else {
            push_byte(out, byte);
        }
    }
    if start < text.len() {
        out.push_str(&text[start..]);
    }
}

fn is_escape(bytes: &[u8]) -> bool {
    matches!(bytes, [b'%', high, low, ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit())
}

/// Appends a byte: one of RFC 3986's unreserved characters as it is, any other as `%XX`.
#[cfg(feature = "sign")]
pub(crate) fn encode_byte(out: &mut String, byte: u8) {
    if TABLE[usize::from(byte)] & UNRESERVED != 0 {
        out.push(char::from(byte));
    } else {
        push_byte(out, byte);
    }
}

fn push_byte(out: &mut String, byte: u8) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    out.push('%');
    out.push(HEX[(byte >> 4) as usize] as char);
    out.push(HEX[(byte & 15) as usize] as char);
}

#[cfg(test)]
mod tests {
    use super::{Keep, encode};

    fn encoded(text: &str, keep: Keep) -> String {
        let mut out = String::new();
        encode(&mut out, text, keep);
        out
    }

    #[test]
    fn only_unreserved_characters_stand_for_themselves() {
        assert_eq!(encoded("aZ09-._~", Keep::Unreserved), "aZ09-._~");
        assert_eq!(
            encoded("arn:aws:x/é€ %41+*'\u{0}", Keep::Unreserved),
            "arn%3Aaws%3Ax%2F%C3%A9%E2%82%AC%20%2541%2B%2A%27%00"
        );
    }

    #[test]
    fn reserved_expansion_keeps_escapes_but_never_ends_the_value() {
        assert_eq!(
            encoded(":/?#[]@!$&'()*+,;= %41 %zz", Keep::Reserved),
            ":/?%23[]@!$%26'()*+,;=%20%41%20%25zz"
        );
    }

    #[test]
    fn forms_and_cookies_have_their_own_rules() {
        assert_eq!(encoded("a b+c~", Keep::Form), "a+b%2Bc~");
        assert_eq!(encoded("a/b==:; \"x", Keep::Cookie), "a/b==:%3B%20%22x");
    }
}
