//! What a registry asks for before it answers.

use spola::exchange::Response;

/// What a registry asks for: RFC 9110, section 11.6.1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Challenge {
    /// User and password with each request.
    Basic,
    /// A token, which is to be had elsewhere.
    Bearer {
        /// Where.
        realm: String,
        /// Whom the token is for.
        service: Option<String>,
    },
}

impl Challenge {
    /// The first that is understood, a token before a password.
    pub(super) fn of(response: &Response) -> Option<Self> {
        let named = |name: &str| name.eq_ignore_ascii_case("www-authenticate");
        let fields = response.headers().iter().filter(|(name, _)| named(name));
        let mut basic = false;
        for (_, text) in fields {
            for (scheme, parameters) in challenges(text) {
                let value = |name: &str| {
                    let found = parameters.iter().find(|(own, _)| own == name);
                    found.map(|(_, value)| value.clone())
                };
                if scheme == "bearer"
                    && let Some(realm) = value("realm")
                {
                    let service = value("service");
                    return Some(Self::Bearer { realm, service });
                }
                basic |= scheme == "basic";
            }
        }
        basic.then_some(Self::Basic)
    }
}

type Parameters = Vec<(String, String)>;

/// The challenges of a field: schemes and their parameters, names in lower case.
fn challenges(text: &str) -> Vec<(String, Parameters)> {
    let mut found: Vec<(String, Parameters)> = Vec::new();
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches([' ', '\t', ',']);
        let end = rest.find([' ', '\t', ',', '=']).unwrap_or(rest.len());
        let (word, behind) = rest.split_at(end);
        if word.is_empty() {
            return found;
        }
        let word = word.to_ascii_lowercase();
        let Some(value) = behind.trim_start().strip_prefix('=') else {
            found.push((word, Vec::new()));
            rest = behind;
            continue;
        };
        let (value, behind) = value_of(value.trim_start());
        if let Some((_, parameters)) = found.last_mut() {
            parameters.push((word, value));
        }
        rest = behind;
    }
}

/// A token or quoted string, and what stands behind it.
fn value_of(text: &str) -> (String, &str) {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find([' ', '\t', ',']).unwrap_or(text.len());
        return (text[..end].to_owned(), &text[end..]);
    };
    let mut value = String::new();
    let mut escaped = false;
    for (at, c) in quoted.char_indices() {
        match c {
            _ if escaped => {
                value.push(c);
                escaped = false;
            }
            '\\' => escaped = true,
            '"' => return (value, &quoted[at + 1..]),
            _ => value.push(c),
        }
    }
    (value, "")
}

#[cfg(test)]
mod tests {
    use super::Challenge;
    use spola::exchange::Response;

    fn of(text: &str) -> Option<Challenge> {
        let headers = vec![("WWW-Authenticate".to_owned(), text.to_owned())];
        Challenge::of(&Response::new(401, headers, Vec::new()))
    }

    #[test]
    fn a_challenge_is_read_as_registries_write_it() {
        let docker = "Bearer realm=\"https://auth.docker.io/token\",\
                      service=\"registry.docker.io\",scope=\"repository:a/b:pull,push\"";
        let token = |realm: &str, service: Option<&str>| {
            Some(Challenge::Bearer {
                realm: realm.to_owned(),
                service: service.map(str::to_owned),
            })
        };
        assert_eq!(
            of(docker),
            token("https://auth.docker.io/token", Some("registry.docker.io"))
        );
        assert_eq!(of("Basic realm=\"x\""), Some(Challenge::Basic));
        assert_eq!(of("basic"), Some(Challenge::Basic));
        assert_eq!(
            of("Basic realm=\"a, b\\\"\", bearer Realm = https://x.example"),
            token("https://x.example", None)
        );
        for text in [
            "",
            "Negotiate",
            "Bearer",
            ",,,",
            "Bearer realm=",
            "=\"",
            "\"",
        ] {
            assert!(!matches!(of(text), Some(Challenge::Basic)), "{text}");
        }
    }
}
