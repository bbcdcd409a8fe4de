//! The native HTTP client; the only file that knows it.

use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::Duration;

use http::{HeaderValue, Request, Uri};
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};
use ureq::{Agent, Error, Proxy};

/// How a [`Transport`] reaches others.
#[derive(Clone, Debug)]
pub struct TransportOptions {
    /// The certificates to trust, in PEM, instead of the machine's own.
    pub ca_bundle: Option<PathBuf>,
    /// The proxy for https, as a URL.
    pub proxy: Option<String>,
    /// The hosts that are reached without a proxy, as in `NO_PROXY`.
    pub no_proxy: String,
    /// How long making a connection may take.
    pub connect_timeout: Duration,
    /// How long the other side may be silent.
    pub silence_timeout: Duration,
    /// The `User-Agent` of requests that bring none.
    pub user_agent: String,
}

impl TransportOptions {
    /// What the environment says: `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY`,
    /// small letters first, and `AWS_CA_BUNDLE`.
    pub fn from_environment(variable: impl Fn(&str) -> Option<String>) -> Self {
        let first = |names: &[&str]| {
            names
                .iter()
                .filter_map(|name| variable(name))
                .find(|value| !value.trim().is_empty())
        };
        Self {
            ca_bundle: first(&["AWS_CA_BUNDLE"]).map(PathBuf::from),
            proxy: first(&["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"]),
            no_proxy: first(&["no_proxy", "NO_PROXY"]).unwrap_or_default(),
            ..Self::default()
        }
    }
}

impl Default for TransportOptions {
    fn default() -> Self {
        Self {
            ca_bundle: None,
            proxy: None,
            no_proxy: String::new(),
            connect_timeout: Duration::from_secs(10),
            silence_timeout: Duration::from_secs(300),
            user_agent: concat!("spola/", env!("CARGO_PKG_VERSION")).to_owned(),
        }
    }
}

/// An answer as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// The header fields, names in small letters; bytes beyond ASCII that are
    /// no UTF-8 are read as ISO 8859-1.
    pub headers: Vec<(String, String)>,
    /// The body without its transfer coding; a content coding is left as it is.
    pub body: Vec<u8>,
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// What kind of failure it was.
    pub reason: Reason,
    /// The same for people, with the address that was tried.
    pub message: String,
}

/// What kind of failure kept an answer away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The host name has no address.
    Resolve,
    /// No connection could be made.
    Connect,
    /// The other side could not be trusted or understood.
    Tls,
    /// It took too long.
    Timeout,
    /// The connection was lost before the answer began.
    Reset,
    /// The connection was lost before the answer was whole.
    Truncated,
    /// The answer is larger than allowed.
    TooLarge,
    /// Anything else.
    Other,
}

/// Sends requests and reads answers; may be shared by threads.
#[derive(Debug)]
pub struct Transport {
    options: TransportOptions,
    plain: OnceLock<Agent>,
    secure: OnceLock<Result<Agent, String>>,
}

impl Transport {
    /// As the process's environment describes it, without a profile.
    pub fn of_environment() -> Self {
        let variable = |name: &str| std::env::var(name).ok();
        Self::new(TransportOptions::from_environment(variable))
    }

    /// A transport that has done nothing yet: certificates are read when the
    /// first https request is sent.
    pub fn new(options: TransportOptions) -> Self {
        Self {
            options,
            plain: OnceLock::new(),
            secure: OnceLock::new(),
        }
    }

    /// Sends a request and reads its answer, whatever its status. Redirects are
    /// answers like any other; cookies are not kept. A body that is larger than
    /// `max_response` bytes is not read further than that.
    ///
    /// # Errors
    ///
    /// Why no whole answer came.
    pub fn send(
        &self,
        request: Request<Vec<u8>>,
        timeout: Option<Duration>,
        max_response: u64,
    ) -> Result<Answer, Refused> {
        let to = Destination::of(request.uri(), timeout);
        let agent = self.agent(request.uri(), &to)?;
        let proxied = self.proxy_for(request.uri(), &to)?;
        let (parts, body) = request.into_parts();
        let wants_length = matches!(parts.method.as_str(), "POST" | "PUT" | "PATCH");
        if body.is_empty() && !wants_length {
            let request = Request::from_parts(parts, ());
            let request = agent.configure_request(request);
            let request = request.timeout_global(timeout).proxy(proxied).build();
            let answer = agent.run(request).map_err(|error| to.unanswered(&error))?;
            return read(answer, &to, max_response);
        }
        let request = agent.configure_request(Request::from_parts(parts, body));
        let request = request.timeout_global(timeout).proxy(proxied).build();
        let answer = agent.run(request).map_err(|error| to.unanswered(&error))?;
        read(answer, &to, max_response)
    }

    /// The agent for a URL's scheme; nothing about TLS is set up for http.
    fn agent(&self, url: &Uri, to: &Destination) -> Result<&Agent, Refused> {
        if url.scheme_str() != Some("https") {
            let made = || self.new_agent(TlsConfig::builder().build());
            return Ok(self.plain.get_or_init(made));
        }
        let made = || {
            let roots = roots(self.options.ca_bundle.as_deref())?;
            Ok(self.new_agent(TlsConfig::builder().root_certs(roots).build()))
        };
        match self.secure.get_or_init(made) {
            Ok(agent) => Ok(agent),
            Err(reason) => Err(to.refused(Reason::Tls, reason)),
        }
    }

    fn new_agent(&self, tls: TlsConfig) -> Agent {
        let silence = self.options.silence_timeout;
        Agent::config_builder()
            .tls_config(tls)
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .allow_non_standard_methods(true)
            .proxy(None)
            .user_agent(self.options.user_agent.as_str())
            .accept_encoding("identity")
            .max_response_header_size(256 * 1024)
            .max_idle_connections(64)
            .max_idle_connections_per_host(16)
            .timeout_connect(Some(self.options.connect_timeout))
            .timeout_per_read(Some(silence))
            .timeout_per_write(Some(silence))
            .build()
            .new_agent()
    }

    /// The proxy for a URL. Plain http goes without: it is for local hosts.
    fn proxy_for(&self, url: &Uri, to: &Destination) -> Result<Option<Proxy>, Refused> {
        let Some(proxy) = &self.options.proxy else {
            return Ok(None);
        };
        if url.scheme_str() != Some("https") || goes_direct(url, &self.options.no_proxy) {
            return Ok(None);
        }
        let made = Proxy::new(proxy);
        made.map(Some)
            .map_err(|_| to.refused(Reason::Connect, "the proxy in `HTTPS_PROXY` is not a URL"))
    }
}

/// Reads what follows an answer's head, at most one byte more than allowed.
fn read(
    answer: http::Response<ureq::Body>,
    to: &Destination,
    max_response: u64,
) -> Result<Answer, Refused> {
    let (parts, mut body) = answer.into_parts();
    let too_large = || {
        let what = format!("the answer is larger than {max_response} bytes");
        to.refused(Reason::TooLarge, &what)
    };
    if body
        .content_length()
        .is_some_and(|size| size > max_response)
    {
        return Err(too_large());
    }
    let mut bytes = Vec::new();
    let limited = body.with_config().limit(u64::MAX).reader();
    limited
        .take(max_response.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(|error| to.cut_short(error))?;
    if bytes.len() as u64 > max_response {
        return Err(too_large());
    }
    Ok(Answer {
        status: parts.status.as_u16(),
        headers: parts
            .headers
            .iter()
            .map(|(name, value)| (name.as_str().to_owned(), text(value)))
            .collect(),
        body: bytes,
    })
}

fn text(value: &HeaderValue) -> String {
    match std::str::from_utf8(value.as_bytes()) {
        Ok(text) => text.to_owned(),
        Err(_) => value.as_bytes().iter().copied().map(char::from).collect(),
    }
}

/// The certificates to trust: those of the bundle, else the machine's own, else
/// those that came with the program.
fn roots(bundle: Option<&Path>) -> Result<RootCerts, String> {
    if let Some(path) = bundle {
        let unusable = |why: &str| format!("cannot use `{}`: {why}", path.display());
        let pem = std::fs::read(path).map_err(|error| unusable(&error.to_string()))?;
        let found: Vec<Certificate<'static>> = parse_pem(&pem)
            .filter_map(|item| match item {
                Ok(PemItem::Certificate(certificate)) => Some(certificate),
                _ => None,
            })
            .collect();
        if found.is_empty() {
            return Err(unusable("it holds no certificate"));
        }
        return Ok(RootCerts::new_with_certs(&found));
    }
    let found: Vec<Certificate<'static>> = rustls_native_certs::load_native_certs()
        .certs
        .iter()
        .map(|der| Certificate::from_der(der.as_ref()).to_owned())
        .collect();
    if found.is_empty() {
        return Ok(RootCerts::WebPki);
    }
    Ok(RootCerts::new_with_certs(&found))
}

/// Whether `NO_PROXY` names the URL's host: exactly, as a parent domain with or
/// without its leading dot, with a port, or by `*`.
fn goes_direct(url: &Uri, no_proxy: &str) -> bool {
    let host = url.host().unwrap_or_default().to_ascii_lowercase();
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let port = url.port_u16().unwrap_or(443).to_string();
    no_proxy
        .split([',', ' '])
        .map(|entry| entry.trim().to_ascii_lowercase())
        .filter(|entry| !entry.is_empty())
        .any(|entry| {
            let entry = match entry.rsplit_once(':') {
                Some((name, given)) if !name.contains(':') => {
                    if given != port {
                        return false;
                    }
                    name.to_owned()
                }
                _ => entry,
            };
            let entry = entry.trim_start_matches('[').trim_end_matches(']');
            let domain = entry.trim_start_matches('*').trim_start_matches('.');
            domain.is_empty()
                || host == domain
                || host
                    .strip_suffix(domain)
                    .is_some_and(|rest| rest.ends_with('.'))
        })
}

/// Whether an error is that of a name lookup, for which the standard library
/// has no kind: told by its text, and by its numbers on Windows.
fn is_lookup(error: &io::Error) -> bool {
    error.to_string().contains("lookup address")
        || matches!(error.raw_os_error(), Some(11001 | 11002 | 11004)) && cfg!(windows)
}

/// Where a request goes, for messages: a URL without what may be secret in it.
struct Destination {
    address: String,
    timeout: Option<Duration>,
}

impl Destination {
    fn of(url: &Uri, timeout: Option<Duration>) -> Self {
        let scheme = url.scheme_str().unwrap_or_default();
        let host = url.host().unwrap_or_default();
        let port = url
            .port_u16()
            .map_or_else(String::new, |port| format!(":{port}"));
        Self {
            address: format!("{scheme}://{host}{port}{}", url.path()),
            timeout,
        }
    }

    fn refused(&self, reason: Reason, why: &str) -> Refused {
        Refused {
            reason,
            message: format!("{}: {why}", self.address),
        }
    }

    /// Why no answer began.
    fn unanswered(&self, error: &Error) -> Refused {
        match error {
            Error::HostNotFound => self.refused(Reason::Resolve, "the host has no address"),
            Error::Timeout(kind) => self.too_long(*kind),
            Error::ConnectionFailed => self.refused(Reason::Connect, "no connection"),
            Error::ConnectProxyFailed(why) => {
                self.refused(Reason::Connect, &format!("the proxy refused: {why}"))
            }
            Error::InvalidProxyUrl => self.refused(Reason::Connect, "the proxy is not a URL"),
            Error::Tls(why) => self.refused(Reason::Tls, why),
            Error::TlsRequired => self.refused(Reason::Tls, "no encrypted connection"),
            Error::Rustls(cause) => self.untrusted(&cause.to_string()),
            Error::Pem(_) => self.refused(Reason::Tls, "a certificate cannot be read"),
            Error::Io(cause) => self.lost(cause),
            Error::BadUri(_) => self.refused(Reason::Other, "not a URL that can be sent to"),
            other => self.refused(Reason::Other, &other.to_string()),
        }
    }

    fn lost(&self, cause: &io::Error) -> Refused {
        use io::ErrorKind as Kind;
        let reason = match cause.kind() {
            _ if is_lookup(cause) => Reason::Resolve,
            Kind::InvalidData if self.address.starts_with("https:") => Reason::Tls,
            Kind::ConnectionReset
            | Kind::ConnectionAborted
            | Kind::BrokenPipe
            | Kind::UnexpectedEof
            | Kind::WriteZero => Reason::Reset,
            Kind::TimedOut => Reason::Timeout,
            Kind::ConnectionRefused
            | Kind::AddrNotAvailable
            | Kind::AddrInUse
            | Kind::HostUnreachable
            | Kind::NetworkUnreachable
            | Kind::NetworkDown
            | Kind::PermissionDenied => Reason::Connect,
            _ => Reason::Other,
        };
        let why = match reason {
            Reason::Reset => "the connection was lost before the answer began".to_owned(),
            Reason::Connect => format!("no connection: {cause}"),
            Reason::Resolve => "the host has no address".to_owned(),
            Reason::Tls => return self.untrusted(&cause.to_string()),
            _ => cause.to_string(),
        };
        self.refused(reason, &why)
    }

    fn untrusted(&self, why: &str) -> Refused {
        if why.contains("UnknownIssuer") {
            let hint = "for certificates of your own set `AWS_CA_BUNDLE`";
            return self.refused(Reason::Tls, &format!("{why}; {hint}"));
        }
        self.refused(Reason::Tls, why)
    }

    fn too_long(&self, kind: ureq::Timeout) -> Refused {
        let why = match (kind, self.timeout) {
            (ureq::Timeout::Connect, _) => "no connection in time".to_owned(),
            (ureq::Timeout::Global, Some(timeout)) => {
                format!("no whole answer within {} s", timeout.as_secs_f64())
            }
            _ => "the other side was silent for too long".to_owned(),
        };
        self.refused(Reason::Timeout, &why)
    }

    /// Why an answer that had begun is not whole.
    fn cut_short(&self, error: io::Error) -> Refused {
        match Error::from(error) {
            Error::Timeout(kind) => self.too_long(kind),
            _ => self.refused(
                Reason::Truncated,
                "the connection was lost before the answer was whole",
            ),
        }
    }
}
