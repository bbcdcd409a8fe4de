//! Where a proxy's requests may go.

use http::Uri;
use http::uri::{Authority, PathAndQuery, Scheme as UriScheme};
use spola::auth::aws::{self, HostOptions};
use spola::auth::{Auth, Scheme};
use spola::machine::Destination;

use crate::wallet::sentence;

/// Every kind of host that AWS has for a service in a region.
const KINDS: [HostOptions; 4] = [
    HostOptions {
        fips: false,
        dual_stack: false,
    },
    HostOptions {
        fips: true,
        dual_stack: false,
    },
    HostOptions {
        fips: false,
        dual_stack: true,
    },
    HostOptions {
        fips: true,
        dual_stack: true,
    },
];

/// Where requests may go, as the user said: by the host of their URL.
pub struct List {
    hosts: HostOptions,
    entries: Vec<Entry>,
}

/// One place.
#[derive(Debug)]
struct Entry {
    /// What URLs begin with.
    at: Base,
    /// Where they go instead.
    to: Base,
    /// Whose secret they carry, where they do.
    source: String,
    /// How; none of these: they go as they are.
    schemes: Vec<Scheme>,
}

/// A request's way: its URL, and what is put on it.
#[derive(Debug, PartialEq)]
pub struct Way {
    /// Where it really goes.
    pub url: Uri,
    /// What authorizes it.
    pub auth: Option<Auth>,
}

/// The beginning of URLs.
#[derive(Clone, Debug, PartialEq)]
pub struct Base {
    scheme: UriScheme,
    host: String,
    port: u16,
    /// As written, for the URLs that are made.
    authority: Authority,
    /// Begins with a slash and does not end with one, or is empty.
    path: String,
}

/// Reads the beginning of URLs.
///
/// # Errors
/// What is wrong with it.
pub fn base(text: &str) -> Result<Base, &'static str> {
    let url: Uri = text
        .trim_end_matches('/')
        .parse()
        .map_err(|_| "it is not a URL")?;
    if url.query().is_some() {
        return Err("it may have no query");
    }
    Base::of(&url)
}

impl Base {
    fn of(url: &Uri) -> Result<Self, &'static str> {
        let scheme = url.scheme().cloned().ok_or("it is not an absolute URL")?;
        let port = match scheme.as_str() {
            "https" => 443,
            "http" => 80,
            _ => return Err("it is neither http nor https"),
        };
        let authority = url.authority().cloned().ok_or("it has no host")?;
        if authority.as_str().contains('@') {
            return Err("it has a user name in it");
        }
        let host = authority.host().trim_end_matches('.').to_ascii_lowercase();
        if host.is_empty() {
            return Err("it has no host");
        }
        let path = url.path().trim_end_matches('/').to_owned();
        if has_dots(&path) {
            return Err("its path has dot segments");
        }
        Ok(Self {
            scheme,
            host,
            port: authority.port_u16().unwrap_or(port),
            authority,
            path,
        })
    }

    /// What is left of a URL's path after the beginning; none where it is elsewhere.
    fn rest<'u>(&self, other: &Self, url: &'u Uri) -> Option<&'u str> {
        let same =
            self.scheme == other.scheme && self.host == other.host && self.port == other.port;
        let rest = url
            .path()
            .strip_prefix(self.path.as_str())
            .filter(|_| same)?;
        (rest.is_empty() || rest.starts_with('/')).then_some(rest)
    }

    fn text(&self) -> String {
        format!("{}://{}{}", self.scheme, self.authority, self.path)
    }
}

/// Whether a server could read a path as another one.
fn has_dots(path: &str) -> bool {
    let path = path
        .to_ascii_lowercase()
        .replace("%2e", ".")
        .replace("%2f", "/");
    let path = path.replace(['\\'], "/").replace("%5c", "/");
    path.split('/').any(|segment| matches!(segment, "." | ".."))
}

impl List {
    /// One with nothing on it; `hosts` says to which kind of AWS's hosts requests go.
    pub fn new(hosts: HostOptions) -> Self {
        Self {
            hosts,
            entries: Vec::new(),
        }
    }

    /// Allows what a user named: an AWS service in these regions, or `[NAME=]URL`,
    /// whose requests may carry the secret of `NAME` as a bearer token, or as user
    /// and password.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn allow(
        &mut self,
        text: &str,
        regions: &[String],
        elsewhere: &dyn Fn(&str) -> Result<Option<String>, String>,
    ) -> Result<(), String> {
        if !text.contains("://") {
            if regions.is_empty() {
                return Err(format!(
                    "`--allow {text}`: there is no AWS region; name one with --region"
                ));
            }
            for region in regions {
                self.service(text, region, text, elsewhere)?;
            }
            return Ok(());
        }
        let (source, url) = match text.split_once('=') {
            Some((name, url)) if !name.contains(['/', ':']) => (name, url),
            _ => ("", text),
        };
        let at = base(url).map_err(|reason| format!("`--allow {text}`: {reason}"))?;
        self.entries.push(Entry {
            to: at.clone(),
            at,
            source: source.to_owned(),
            schemes: if source.is_empty() {
                Vec::new()
            } else {
                vec![Scheme::Bearer, Scheme::Basic]
            },
        });
        Ok(())
    }

    /// Allows where a document's requests go.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn destination(
        &mut self,
        destination: Destination,
        elsewhere: &dyn Fn(&str) -> Result<Option<String>, String>,
    ) -> Result<(), String> {
        let Destination {
            base: url,
            source,
            schemes,
            ..
        } = destination;
        if let [Scheme::SigV4 { service, region }] = &schemes[..] {
            return self.service(service, region, &source, elsewhere);
        }
        let at = base(&url).map_err(|reason| format!("`{url}`: {reason}"))?;
        self.entries.push(Entry {
            to: at.clone(),
            at,
            source,
            schemes,
        });
        Ok(())
    }

    fn service(
        &mut self,
        service: &str,
        region: &str,
        source: &str,
        elsewhere: &dyn Fn(&str) -> Result<Option<String>, String>,
    ) -> Result<(), String> {
        let wrong = |reason: &str| format!("`{service}`: {reason}");
        let to = match elsewhere(service)? {
            Some(url) => url,
            None => {
                let host = aws::host(service, region, self.hosts);
                format!("https://{}", host.map_err(|error| sentence(&error))?)
            }
        };
        let to = base(&to).map_err(wrong)?;
        for kind in KINDS {
            let Ok(host) = aws::host(service, region, kind) else {
                continue;
            };
            self.entries.push(Entry {
                at: base(&format!("https://{host}")).map_err(wrong)?,
                to: to.clone(),
                source: source.to_owned(),
                schemes: vec![Scheme::SigV4 {
                    service: service.to_owned(),
                    region: aws::signing_region(service, region).to_owned(),
                }],
            });
        }
        Ok(())
    }

    /// The way of a request to a URL; none where that is not on the list. Of `asked`
    /// counts whether anything is asked for, and how, where the list leaves that
    /// open; service, region and destination are the list's.
    pub fn way(&self, url: &Uri, asked: Option<&Auth>) -> Option<Way> {
        let wanted = Base::of(url).ok().filter(|_| !has_dots(url.path()))?;
        let fits = |entry: &&Entry| entry.at.rest(&wanted, url).is_some();
        let mut fitting = self.entries.iter().filter(fits);
        // With several schemes for one place, what is asked for decides.
        let first = fitting.clone().next()?;
        let entry = match asked {
            None => first,
            Some(asked) => fitting
                .find(|entry| entry.source == asked.source && entry.covers(asked))
                .unwrap_or(first),
        };
        let rest = entry.at.rest(&wanted, url)?;
        let path = format!("{}{rest}", entry.to.path);
        let path = if path.is_empty() { "/" } else { &path };
        let path = match url.query() {
            Some(query) => format!("{path}?{query}"),
            None => path.to_owned(),
        };
        let url = Uri::builder()
            .scheme(entry.to.scheme.clone())
            .authority(entry.to.authority.clone())
            .path_and_query(PathAndQuery::try_from(path).ok()?)
            .build()
            .ok()?;
        Some(Way {
            url,
            auth: asked.and_then(|asked| entry.auth(asked)),
        })
    }

    /// The places for people, each once.
    pub fn hosts(&self) -> Vec<String> {
        let mut all: Vec<String> = Vec::new();
        let mut last = None;
        for entry in &self.entries {
            // The kinds of hosts of one service say the same.
            let key = (entry.to.text(), format!("{:?}", entry.schemes));
            let text = match &entry.schemes[..] {
                [Scheme::SigV4 { service, region }] => {
                    format!("{service} in {region}: {}", entry.to.text())
                }
                _ => entry.to.text(),
            };
            if last.as_ref() != Some(&key) && !all.contains(&text) {
                all.push(text);
            }
            last = Some(key);
        }
        all
    }

    /// What a refused URL could have begun with.
    pub fn beginnings(&self) -> Vec<String> {
        let mut all: Vec<String> = self.entries.iter().map(|entry| entry.at.text()).collect();
        all.dedup();
        all
    }

    /// Where requests really go: the user's own choice, plain http too.
    pub fn endpoints(&self) -> Vec<String> {
        let mut all: Vec<String> = self.entries.iter().map(|entry| entry.to.text()).collect();
        all.dedup();
        all
    }
}

impl Entry {
    fn covers(&self, asked: &Auth) -> bool {
        let kind = |scheme: &Scheme| std::mem::discriminant(scheme);
        asked
            .schemes
            .iter()
            .all(|one| self.schemes.iter().any(|own| kind(own) == kind(one)))
    }

    /// What is put on a request that asks for authorization.
    fn auth(&self, asked: &Auth) -> Option<Auth> {
        let kind = |scheme: &Scheme| std::mem::discriminant(scheme);
        let wanted = |own: &&Scheme| asked.schemes.iter().any(|one| kind(one) == kind(own));
        let schemes: Vec<Scheme> = self.schemes.iter().filter(wanted).cloned().collect();
        (!schemes.is_empty()).then(|| Auth {
            source: self.source.clone(),
            schemes,
            optional: asked.optional,
            renew: asked.renew,
            server_time: asked.server_time,
        })
    }
}
