//! Where an operation can be sent to.

use super::error::{ExchangeError, ExchangeErrorKind as K};
use super::operation::Operation;
use crate::diagnostic::nearest;
use crate::document::{Kind, Node, resolve_url};
use crate::message::is_authority;
use crate::text::{before, cut, cut_last, cut_text, find, find_text, split};
use crate::vec_map::VecMap;

/// A server: OpenAPI, Server Object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// The address, a template with `{variable}`s; absolute where the description's own address is.
    pub url: Box<str>,
    /// Its variables.
    pub variables: Vec<ServerVariable>,
}

/// A variable of a server's address: OpenAPI, Server Variable Object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerVariable {
    /// Its name.
    pub name: Box<str>,
    /// Its value unless another is chosen.
    pub default: Option<Box<str>>,
    /// The values it can have; empty: any.
    pub allowed: Vec<Box<str>>,
}

/// What a host says about where requests go.
#[derive(Clone, Copy, Debug, Default)]
pub struct ServerChoice<'a> {
    /// Send here instead of to any of the description's servers.
    pub endpoint: Option<&'a str>,
    /// Values for server variables; none: their defaults.
    pub variables: Option<&'a VecMap<String, String>>,
    /// The value of a variable named `region`, whether its `enum` lists it or not.
    pub region: Option<&'a str>,
}

/// Chooses where an operation is sent to: `scheme://host[:port][/prefix][?query]`.
///
/// An endpoint replaces the server as a whole. Of several servers the first is
/// taken; for an AWS operation the first with https whose `region` fits, and the
/// variable's default never decides the region.
///
/// # Errors
/// `exchange.no-server`, `exchange.bad-server`, `exchange.unknown-server-variable`,
/// `exchange.server-variable-not-allowed`.
pub fn choose_server(
    operation: &Operation,
    choice: &ServerChoice<'_>,
) -> Result<String, ExchangeError> {
    if let Some(endpoint) = choice.endpoint {
        return checked(endpoint.trim());
    }
    let no_server = || ExchangeError::new(K::NoServer, &[&operation.source]);
    let server = pick(operation, choice).ok_or_else(no_server)?;
    let address = fill(operation, server, choice)?;
    let local = starts_with_ignoring_case(&address, "file:");
    if local || find_text(&address, "://").is_none() {
        return Err(no_server());
    }
    checked(&address)
}

fn pick<'o>(operation: &'o Operation, choice: &ServerChoice<'_>) -> Option<&'o Server> {
    let first = operation.servers.first();
    if operation.aws.is_none() {
        return first;
    }
    let secure = || {
        operation
            .servers
            .iter()
            .filter(|server| starts_with_ignoring_case(&server.url, "https://"))
    };
    secure()
        .find(|server| choice.region.is_none_or(|region| fits(server, region)))
        .or_else(|| secure().next())
        .or(first)
}

fn fits(server: &Server, region: &str) -> bool {
    server.variables.iter().all(|variable| {
        &*variable.name != "region"
            || variable.allowed.is_empty()
            || variable.allowed.iter().any(|allowed| **allowed == *region)
    })
}

fn fill(
    operation: &Operation,
    server: &Server,
    choice: &ServerChoice<'_>,
) -> Result<String, ExchangeError> {
    let mut address = String::with_capacity(server.url.len() + 16);
    let mut rest = &*server.url;
    while let Some((before, name, after)) = next_variable(rest) {
        address.push_str(before);
        address.push_str(value_of(operation, server, name, choice)?);
        rest = after;
    }
    address.push_str(rest);
    Ok(address)
}

/// Splits `text` at its first `{name}`.
pub(super) fn next_variable(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = cut(text, b'{')?;
    let (name, after) = cut(rest, b'}')?;
    Some((before, name, after))
}

fn value_of<'v>(
    operation: &Operation,
    server: &'v Server,
    name: &str,
    choice: &ServerChoice<'v>,
) -> Result<&'v str, ExchangeError> {
    let declared = server.variables.iter().find(|v| &*v.name == name);
    if let Some(value) = choice.variables.and_then(|given| given.get(name)) {
        let allowed = declared.map_or(&[][..], |variable| &variable.allowed);
        if allowed.is_empty() || allowed.iter().any(|allowed| **allowed == **value) {
            return Ok(value);
        }
        let nearest = nearest(value, allowed.iter().map(|a| &**a));
        let texts = [name, value, nearest.unwrap_or_default()];
        return Err(ExchangeError::new(K::ServerVariableNotAllowed, &texts));
    }
    if name == "region"
        && let Some(region) = choice.region
    {
        return Ok(region);
    }
    // A default must not decide in which region something is done.
    let decides = name != "region" || operation.aws.is_none();
    declared
        .and_then(|variable| variable.default.as_deref())
        .filter(|_| decides)
        .ok_or_else(|| ExchangeError::new(K::UnknownServerVariable, &[&server.url, name]))
}

/// Checks that the text is an http(s) address with a host and no credentials;
/// gives it without fragment.
fn checked(address: &str) -> Result<String, ExchangeError> {
    let address = before(address, b'#');
    let (scheme, rest) = cut_text(address, "://").unwrap_or(("", address));
    let authority = split(rest, b"/?\\")[0];
    let problem = if find(authority, b'@').is_some() {
        "it carries a user name or password"
    } else if !scheme.eq_ignore_ascii_case("https") && !scheme.eq_ignore_ascii_case("http") {
        "it is not http or https"
    } else if address.bytes().any(|b| !b.is_ascii_graphic() || b == b'\\') {
        "it has characters that a URL cannot have"
    } else if !is_host(authority) {
        "it has no usable host"
    } else {
        return Ok(address.to_owned());
    };
    Err(match cut_last(authority, b'@') {
        // User name and password are not shown.
        Some((_, host)) => {
            let shown = format!("{scheme}://…@{host}{}", &rest[authority.len()..]);
            let help = "give credentials to the host instead";
            ExchangeError::new(K::BadServer, &[&shown, problem, help])
        }
        None => {
            let help = "an address is `https://host[:port][/path]`";
            ExchangeError::new(K::BadServer, &[address, problem, help])
        }
    })
}

/// Whether the text is a host that can be asked, with a port or without.
fn is_host(authority: &str) -> bool {
    let host = match cut_last(authority, b']') {
        Some((host, _)) => &authority[..=host.len()],
        None => before(authority, b':'),
    };
    !host.is_empty() && split(host, b"{}%").len() == 1 && is_authority(authority)
}

/// Reads the `servers` that hold for an operation, the nearest first; none given
/// (or an empty list) means one server, `/`.
pub(super) fn read(lists: [Option<Node<'_>>; 3], description_url: &str) -> Vec<Server> {
    let mut servers = Vec::new();
    let given = |list: &Node<'_>| list.is_array() && !list.is_empty();
    if let Some(list) = lists.into_iter().flatten().find(given) {
        servers.extend(list.items().filter_map(|one| server(one, description_url)));
    }
    if servers.is_empty() {
        servers.push(Server {
            url: resolve(description_url, "/").into(),
            variables: Vec::new(),
        });
    }
    servers
}

fn server(object: Node<'_>, description_url: &str) -> Option<Server> {
    let url = object.text("url")?.trim();
    let mut variables = Vec::new();
    let named = object.get("variables").into_iter();
    for (name, variable) in named.flat_map(Node::entries) {
        let allowed = variable.get("enum").into_iter().flat_map(Node::items);
        variables.push(ServerVariable {
            name: name.into(),
            default: variable.get("default").and_then(text),
            allowed: allowed.filter_map(text).collect(),
        });
    }
    Some(Server {
        url: resolve(description_url, url).into(),
        variables,
    })
}

/// A string, or a number such as a port that was written without quotes.
fn text(value: Node<'_>) -> Option<Box<str>> {
    match value.kind() {
        Kind::String(text) => Some(text.into()),
        Kind::Number(number) => Some(number.as_str().into()),
        _ => None,
    }
}

/// Resolves a server's address, which may have `{variables}`, against the description's.
pub(crate) fn resolve(base: &str, reference: &str) -> String {
    // A variable may stand for the scheme: `{scheme}://host`.
    if find_text(reference, "://").is_some() {
        return reference.to_owned();
    }
    let base = split(base, b"#?")[0];
    resolve_url(base, reference)
}

fn starts_with_ignoring_case(text: &str, start: &str) -> bool {
    text.get(..start.len())
        .is_some_and(|head| head.eq_ignore_ascii_case(start))
}

#[cfg(test)]
mod tests {
    use super::resolve;

    #[test]
    fn relative_servers_start_at_the_description() {
        let base = "https://h.example:8443/api/v1/openapi.yaml?x=1#y";
        for (reference, want) in [
            ("/", "https://h.example:8443/"),
            ("/v2", "https://h.example:8443/v2"),
            ("v2/", "https://h.example:8443/api/v1/v2/"),
            ("./", "https://h.example:8443/api/v1/"),
            ("../v3?k=1", "https://h.example:8443/api/v3?k=1"),
            ("../../../..", "https://h.example:8443/"),
            ("//other.example/x", "https://other.example/x"),
            ("http://{host}/x", "http://{host}/x"),
            ("{scheme}://h", "{scheme}://h"),
        ] {
            assert_eq!(resolve(base, reference), want, "{reference}");
        }
        assert_eq!(resolve("https://h.example", "v1"), "https://h.example/v1");
        assert_eq!(resolve("/home/me/openapi.yaml", "/v1"), "/v1");
    }
}
