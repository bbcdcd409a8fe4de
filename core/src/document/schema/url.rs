//! References resolved against a base: RFC 3986, section 5.

/// A reference's parts; the path is always there, if empty.
struct Parts<'t> {
    scheme: Option<&'t str>,
    authority: Option<&'t str>,
    path: &'t str,
    query: Option<&'t str>,
}

fn split(text: &str) -> Parts<'_> {
    let (scheme, rest) = match text.split_once(':') {
        Some((scheme, rest)) if is_scheme(scheme) => (Some(scheme), rest),
        _ => (None, text),
    };
    let (rest, query) = match rest.split_once('?') {
        Some((rest, query)) => (rest, Some(query)),
        None => (rest, None),
    };
    let (authority, path) = match rest.strip_prefix("//") {
        Some(rest) => {
            let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
            (Some(authority), path)
        }
        None => (None, rest),
    };
    Parts {
        scheme,
        authority,
        path,
        query,
    }
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b))
}

/// Resolves a reference without fragment against a base without fragment.
pub(super) fn resolve(base: &str, reference: &str) -> String {
    if reference.is_empty() {
        return base.to_string();
    }
    let (from, to) = (split(base), split(reference));
    let mut out = String::new();
    if let Some(scheme) = to.scheme.or(from.scheme) {
        out.push_str(scheme);
        out.push(':');
    }
    let own = to.scheme.is_some() || to.authority.is_some();
    if let Some(authority) = if own { to.authority } else { from.authority } {
        out.push_str("//");
        out.push_str(authority);
    }
    let query = if own || to.path.starts_with('/') {
        push_path(&mut out, to.path);
        to.query
    } else if to.path.is_empty() {
        out.push_str(from.path);
        to.query.or(from.query)
    } else {
        let folder = match from.path.rfind('/') {
            Some(at) => &from.path[..=at],
            None if from.authority.is_some() => "/",
            None => "",
        };
        push_path(&mut out, &format!("{folder}{}", to.path));
        to.query
    };
    if let Some(query) = query {
        out.push('?');
        out.push_str(query);
    }
    out
}

/// Appends a path without its `.` and `..` segments.
fn push_path(out: &mut String, path: &str) {
    let rooted = path.starts_with('/');
    let mut kept: Vec<&str> = Vec::new();
    let mut segments = path.strip_prefix('/').unwrap_or(path).split('/').peekable();
    while let Some(segment) = segments.next() {
        let last = segments.peek().is_none();
        match segment {
            "." => {}
            ".." if kept.last().is_some_and(|segment| *segment != "..") => {
                kept.pop();
            }
            ".." if rooted => {}
            _ => {
                kept.push(segment);
                continue;
            }
        }
        if last {
            kept.push("");
        }
    }
    if rooted {
        out.push('/');
    }
    out.push_str(&kept.join("/"));
}

#[cfg(test)]
mod tests {
    use super::resolve;

    #[test]
    fn references_resolve_by_rfc_3986() {
        for (base, reference, want) in [
            ("http://a/b/c/d;p?q", "g", "http://a/b/c/g"),
            ("http://a/b/c/d;p?q", "./g/", "http://a/b/c/g/"),
            ("http://a/b/c/d;p?q", "/g", "http://a/g"),
            ("http://a/b/c/d;p?q", "//g", "http://g"),
            ("http://a/b/c/d;p?q", "?y", "http://a/b/c/d;p?y"),
            ("http://a/b/c/d;p?q", "", "http://a/b/c/d;p?q"),
            ("http://a/b/c/d;p?q", "..", "http://a/b/"),
            ("http://a/b/c/d;p?q", "../../../g", "http://a/g"),
            ("http://a/b/c/d;p?q", "urn:x:y", "urn:x:y"),
            ("http://a", "g", "http://a/g"),
            ("flows/a.yaml", "../b.json", "b.json"),
            ("a.yaml", "../b.json", "../b.json"),
            ("/flows/a.yaml", "b.json", "/flows/b.json"),
            ("", "b.json", "b.json"),
        ] {
            assert_eq!(resolve(base, reference), want, "{base} and {reference}");
        }
    }
}
