//! Base64: RFC 4648, section 4.

/// Base64 with padding: RFC 4648, section 4.
pub(crate) fn encode(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let bits = group
            .iter()
            .chain([0, 0].iter())
            .take(3)
            .fold(0u32, |bits, byte| bits << 8 | u32::from(*byte));
        for digit in 0..4 {
            if digit <= group.len() {
                let at = (bits >> (18 - 6 * digit)) & 63;
                out.push(char::from(DIGITS[at as usize]));
            } else {
                out.push('=');
            }
        }
    }
    out
}

/// Standard Base64, with or without padding.
pub(crate) fn decode(text: &[u8]) -> Option<Vec<u8>> {
    let padding = text.iter().rev().take_while(|b| **b == b'=').count();
    let text = &text[..text.len() - padding];
    if padding > 2
        || (padding > 0 && !(text.len() + padding).is_multiple_of(4))
        || text.len() % 4 == 1
    {
        return None;
    }
    let mut out = Vec::with_capacity(text.len() / 4 * 3 + 2);
    for chunk in text.chunks(4) {
        let mut word = 0_u32;
        for &byte in chunk {
            let digit = match byte {
                b'A'..=b'Z' => byte - b'A',
                b'a'..=b'z' => byte - b'a' + 26,
                b'0'..=b'9' => byte - b'0' + 52,
                b'+' => 62,
                b'/' => 63,
                _ => return None,
            };
            word = word << 6 | u32::from(digit);
        }
        word <<= 6 * (4 - chunk.len());
        out.extend_from_slice(&word.to_be_bytes()[1..chunk.len()]);
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::{decode, encode};

    #[test]
    fn it_is_padded_as_rfc_4648_shows() {
        for (text, expected) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foobar", "Zm9vYmFy"),
            ("Aladdin:open sesame", "QWxhZGRpbjpvcGVuIHNlc2FtZQ=="),
        ] {
            assert_eq!(encode(text.as_bytes()), expected);
        }
    }

    #[test]
    fn it_is_read_strictly() {
        assert_eq!(decode(b"").as_deref(), Some(&b""[..]));
        assert_eq!(decode(b"Zg==").as_deref(), Some(&b"f"[..]));
        assert_eq!(decode(b"Zm8").as_deref(), Some(&b"fo"[..]));
        assert_eq!(decode(b"Zm9v/+8=").as_deref(), Some(&b"foo\xff\xef"[..]));
        for bad in [&b"Z"[..], b"Zg=", b"Z===", b"Zm9v Zg", b"Zm9-"] {
            assert_eq!(decode(bad), None);
        }
    }
}
