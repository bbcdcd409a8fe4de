//! URL references resolved: RFC 3986, section 5; file paths too.

use crate::text::{cut, find, joined, split};

/// The parts of a URL reference: RFC 3986, appendix B.
#[derive(Clone, Copy)]
struct Parts<'a> {
    scheme: Option<&'a str>,
    authority: Option<&'a str>,
    path: &'a str,
    query: Option<&'a str>,
    fragment: Option<&'a str>,
}

/// The scheme of a URL; nothing for paths, also with the name of a drive.
pub(super) fn scheme(url: &str) -> Option<&str> {
    let (scheme, _) = cut(url, b':')?;
    let mut bytes = scheme.bytes();
    let first = bytes.next().is_some_and(|byte| byte.is_ascii_alphabetic());
    let rest = bytes.all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'));
    (first && rest && !is_drive(url)).then_some(scheme)
}

fn parts(url: &str) -> Parts<'_> {
    let scheme = scheme(url);
    let rest = scheme.map_or(url, |scheme| &url[scheme.len() + 1..]);
    let (rest, fragment) = halves(rest, b'#');
    let (rest, query) = halves(rest, b'?');
    let (authority, path) = match rest.strip_prefix("//") {
        Some(rest) => {
            let end = find(rest, b'/').unwrap_or(rest.len());
            (Some(&rest[..end]), &rest[end..])
        }
        None => (None, rest),
    };
    Parts {
        scheme,
        authority,
        path,
        query,
        fragment,
    }
}

fn halves(text: &str, at: u8) -> (&str, Option<&str>) {
    match cut(text, at) {
        Some((before, after)) => (before, Some(after)),
        None => (text, None),
    }
}

/// The URL without its fragment, and the fragment.
pub(super) fn split_fragment(url: &str) -> (&str, Option<&str>) {
    halves(url, b'#')
}

/// Resolves a URL reference against a base: RFC 3986, section 5.2. Base and
/// reference may be file paths as well (`dir/file.yaml`, `/dir/file.yaml`); then
/// `..` may lead out of a relative base. Percent-encoding stays as it is.
pub fn resolve_url(base: &str, reference: &str) -> String {
    if is_drive(reference) {
        return reference.to_owned();
    }
    let slashed;
    let base = if is_drive(base) {
        slashed = joined(&split(base, b"\\"), "/", "/");
        slashed.as_str()
    } else {
        base
    };
    let (base, wanted) = (parts(base), parts(reference));
    let mut out = wanted;
    let path = if wanted.scheme.is_some() || wanted.authority.is_some() {
        out.scheme = wanted.scheme.or(base.scheme);
        without_dots(wanted.path, true)
    } else {
        out.scheme = base.scheme;
        out.authority = base.authority;
        let rooted = base.scheme.is_some() || base.authority.is_some();
        if wanted.path.is_empty() {
            out.query = wanted.query.or(base.query);
            base.path.to_owned()
        } else if wanted.path.starts_with('/') {
            without_dots(wanted.path, true)
        } else {
            without_dots(&merge(&base, wanted.path), rooted)
        }
    };
    compose(out, &path)
}

/// The shortest reference that leads from a base to a URL; the URL itself where
/// there is none.
pub(crate) fn relative_url(base: &str, url: &str) -> String {
    let plain = resolve_url("", base);
    let (from, to) = (parts(&plain), parts(url));
    let rooted = |path: &str| path.starts_with('/');
    if from.scheme != to.scheme
        || from.authority != to.authority
        || rooted(from.path) != rooted(to.path)
    {
        return url.to_owned();
    }
    let folders = |path: &str| path.matches('/').count();
    let same = from
        .path
        .split_inclusive('/')
        .zip(to.path.split_inclusive('/'))
        .take_while(|(left, right)| left == right && left.ends_with('/'));
    let shared: usize = same.map(|(left, _)| left.len()).sum();
    let mut out = "../".repeat(folders(&from.path[shared..]));
    out.push_str(&to.path[shared..]);
    if let Some(query) = to.query {
        out.push('?');
        out.push_str(query);
    }
    if resolve_url(base, &out) == url {
        out
    } else {
        url.to_owned()
    }
}

/// `C:\dir\file` or `C:/dir/file`.
fn is_drive(path: &str) -> bool {
    let bytes = path.as_bytes();
    bytes.len() > 2
        && bytes[0].is_ascii_alphabetic()
        && bytes[1] == b':'
        && matches!(bytes[2], b'/' | b'\\')
}

fn merge(base: &Parts<'_>, path: &str) -> String {
    if base.authority.is_some() && base.path.is_empty() {
        return format!("/{path}");
    }
    let slash = base.path.bytes().rposition(|byte| byte == b'/');
    let end = slash.map_or(0, |slash| slash + 1);
    format!("{}{path}", &base.path[..end])
}

/// Removes `.` and `..`: RFC 3986, section 5.2.4. In a relative path that hangs
/// on nothing, `..` at the beginning stay.
fn without_dots(path: &str, rooted: bool) -> String {
    let absolute = path.starts_with('/');
    let keep_up = !absolute && !rooted;
    let mut kept: Vec<&str> = Vec::new();
    let segments = split(&path[usize::from(absolute)..], b"/");
    for (at, segment) in segments.iter().enumerate() {
        let last = at + 1 == segments.len();
        match *segment {
            "." => {}
            ".." => {
                if kept.last().is_some_and(|above| *above != "..") {
                    kept.pop();
                } else if keep_up {
                    kept.push("..");
                    continue;
                }
            }
            other => {
                kept.push(other);
                continue;
            }
        }
        if last {
            kept.push("");
        }
    }
    let first = kept.first().copied().unwrap_or_default();
    let before = if absolute {
        "/"
    } else if keep_up && scheme(first).is_some() && !is_drive(path) {
        "./"
    } else {
        ""
    };
    before.to_owned() + &joined(&kept, "/", "/")
}

fn compose(parts: Parts<'_>, path: &str) -> String {
    let mut out = String::new();
    if let Some(scheme) = parts.scheme {
        out.push_str(scheme);
        out.push(':');
    }
    if let Some(authority) = parts.authority {
        out.push_str("//");
        out.push_str(authority);
    }
    out.push_str(path);
    if let Some(query) = parts.query {
        out.push('?');
        out.push_str(query);
    }
    if let Some(fragment) = parts.fragment {
        out.push('#');
        out.push_str(fragment);
    }
    out
}

/// A fragment with its percent-encoding undone; nothing where that gives no text.
pub(crate) fn percent_decode(text: &str) -> Option<String> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        if byte != b'%' {
            out.push(byte);
            continue;
        }
        let mut digit = || char::from(bytes.next()?).to_digit(16);
        let (high, low) = (digit()?, digit()?);
        out.push((high * 16 + low) as u8);
    }
    String::from_utf8(out).ok()
}

#[cfg(test)]
mod tests {
    use super::{percent_decode, relative_url, resolve_url};

    #[test]
    fn the_examples_of_rfc_3986_resolve() {
        for (reference, want) in [
            ("g:h", "g:h"),
            ("g", "http://a/b/c/g"),
            ("./g", "http://a/b/c/g"),
            ("g/", "http://a/b/c/g/"),
            ("/g", "http://a/g"),
            ("//g", "http://g"),
            ("?y", "http://a/b/c/d;p?y"),
            ("g?y", "http://a/b/c/g?y"),
            ("#s", "http://a/b/c/d;p?q#s"),
            ("g#s", "http://a/b/c/g#s"),
            ("g?y#s", "http://a/b/c/g?y#s"),
            (";x", "http://a/b/c/;x"),
            ("g;x", "http://a/b/c/g;x"),
            ("g;x?y#s", "http://a/b/c/g;x?y#s"),
            ("", "http://a/b/c/d;p?q"),
            (".", "http://a/b/c/"),
            ("./", "http://a/b/c/"),
            ("..", "http://a/b/"),
            ("../", "http://a/b/"),
            ("../g", "http://a/b/g"),
            ("../..", "http://a/"),
            ("../../", "http://a/"),
            ("../../g", "http://a/g"),
            ("../../../g", "http://a/g"),
            ("../../../../g", "http://a/g"),
            ("/./g", "http://a/g"),
            ("/../g", "http://a/g"),
            ("g.", "http://a/b/c/g."),
            (".g", "http://a/b/c/.g"),
            ("g..", "http://a/b/c/g.."),
            ("..g", "http://a/b/c/..g"),
            ("./../g", "http://a/b/g"),
            ("./g/.", "http://a/b/c/g/"),
            ("g/./h", "http://a/b/c/g/h"),
            ("g/../h", "http://a/b/c/h"),
            ("g;x=1/./y", "http://a/b/c/g;x=1/y"),
            ("g;x=1/../y", "http://a/b/c/y"),
            ("g?y/./x", "http://a/b/c/g?y/./x"),
            ("g?y/../x", "http://a/b/c/g?y/../x"),
            ("g#s/./x", "http://a/b/c/g#s/./x"),
            ("g#s/../x", "http://a/b/c/g#s/../x"),
            ("gg:g", "gg:g"),
        ] {
            let got = resolve_url("http://a/b/c/d;p?q", reference);
            assert_eq!(got, want, "{reference}");
        }
    }

    #[test]
    fn file_paths_resolve_like_urls() {
        for (base, reference, want) in [
            ("/x/y.yaml", "a/b.yaml", "/x/a/b.yaml"),
            ("/x/y.yaml", "../../b.yaml", "/b.yaml"),
            ("dir/file.yaml", "a/b.yaml", "dir/a/b.yaml"),
            ("dir/file.yaml", "../b.yaml", "b.yaml"),
            ("dir/file.yaml", "../../b.yaml", "../b.yaml"),
            ("../d/f.yaml", "../../b.yaml", "../../b.yaml"),
            ("file.yaml", "./b.yaml", "b.yaml"),
            ("file.yaml", "b%20c.yaml#/x", "b%20c.yaml#/x"),
            ("file.yaml", "#/x", "file.yaml#/x"),
            ("dir/file.yaml", "/abs.yaml", "/abs.yaml"),
            ("dir/file.yaml", "https://e.x/a.yaml", "https://e.x/a.yaml"),
            ("https://e.x", "a.yaml", "https://e.x/a.yaml"),
            ("file:///w/v/a.yaml", "../s/p.yaml", "file:///w/s/p.yaml"),
            ("C:\\w\\a.yaml", "b.yaml", "C:/w/b.yaml"),
            ("", "./x/../a.yaml", "a.yaml"),
            ("a.yaml", "./b:c.yaml", "./b:c.yaml"),
            ("a.yaml", "./bc:d.yaml", "./bc:d.yaml"),
        ] {
            assert_eq!(resolve_url(base, reference), want, "{base} + {reference}");
        }
    }

    #[test]
    fn a_relative_reference_leads_back_to_the_url() {
        for (base, url, want) in [
            ("w/a.yaml", "o/b.yaml", "../o/b.yaml"),
            ("w/a.yaml", "w/b.yaml", "b.yaml"),
            ("a.yaml", "../o/b.yaml", "../o/b.yaml"),
            ("/x/w/a.yaml", "/x/o/b.yaml", "../o/b.yaml"),
            ("w/a.yaml", "/o/b.yaml", "/o/b.yaml"),
            ("../w/a.yaml", "b.yaml", "b.yaml"),
            ("/x/t/../w/a.yaml", "/x/o/b.yaml", "../o/b.yaml"),
            ("w/a.yaml", "https://e.x/b", "https://e.x/b"),
            ("https://e.x/w/a?q", "https://e.x/b?p", "../b?p"),
            ("https://e.x/w/a", "https://f.x/b", "https://f.x/b"),
        ] {
            assert_eq!(relative_url(base, url), want, "{base} {url}");
        }
    }

    #[test]
    fn percent_encoding_is_undone_where_it_makes_text() {
        assert_eq!(percent_decode("/a%7Eb%C3%A9"), Some("/a~b\u{e9}".into()));
        assert_eq!(percent_decode("%C3"), None);
        assert_eq!(percent_decode("%g1"), None);
        assert_eq!(percent_decode("%1"), None);
    }
}
