//! `spola proxy`: signs for pages, so that no page has a key.

mod folder;
mod gate;
mod list;
mod message;
mod refusal;
mod server;
mod token;

use std::collections::BTreeMap;
use std::sync::Arc;

use spola::auth::aws::check_region;
use spola::link::{LinkOptions, link};
use spola::machine::RunOptions;

use crate::args::ProxyArgs;
use crate::credentials::AwsSettings;
use crate::exit::Exit;
use crate::load::{self, load};
use crate::provider::Native;
use crate::run::{secrets, transport};
use crate::transport::Transport;
use crate::wallet::{Wallet, sentence};
use crate::{output, serve};

use self::folder::Folder;
use self::gate::Gate;
use self::list::List;
use self::server::{PATH, Proxy};
use self::token::Token;

/// Serves until it is interrupted.
pub fn proxy(args: &ProxyArgs) -> Exit {
    match start(args) {
        Ok(exit) => exit,
        Err(message) => Exit::usage(&message),
    }
}

fn start(args: &ProxyArgs) -> Result<Exit, String> {
    if !args.listen.ip().is_loopback() {
        return Err(format!(
            "{}: a proxy that signs listens on this machine alone; write 127.0.0.1:PORT",
            args.listen
        ));
    }
    let settings = AwsSettings::load(args.profile.as_deref())
        .map_err(|error| sentence(&error))?
        .with_region(args.region.first().map(String::as_str));
    let transport = Arc::new(transport(&settings));
    let known = regions(args, &settings);
    let list = list(args, &settings, &transport)?;
    let named = list.endpoints();
    let world = Arc::new(Native::new(Arc::clone(&transport), output::say));
    let wallet = Wallet::new(settings, secrets(&args.auth)?, named, world);
    let (token, shown) = match &args.token_file {
        Some(path) => (Token::of_file(path)?, None),
        None => {
            let (token, text) = Token::made()?;
            (token, Some(text))
        }
    };
    let folder = args.serve.as_deref().map(Folder::open).transpose()?;
    let serves = folder.is_some();
    let hosts = list.hosts();
    // A page takes the region from its address, as it does the token.
    let region = match &known[..] {
        [only] => format!("&region={only}"),
        _ => String::new(),
    };
    let proxy = Proxy {
        gate: Gate::new(token, &args.origin)?,
        list,
        wallet,
        transport,
        folder,
        max_request: usize::try_from(args.max_request).unwrap_or(usize::MAX),
        max_response: args.max_response,
        timeout: args.timeout,
        quiet: args.quiet,
    };
    let served = serve::serve(args.listen, proxy, |address| {
        output::say(&format!("the proxy listens on http://{address}{PATH}"));
        for host in hosts {
            output::say(&format!("  for {host}"));
        }
        match (&shown, serves) {
            (Some(token), true) => {
                output::say(&format!(
                    "  the page: http://{address}/#token={token}{region}"
                ));
            }
            (Some(token), false) => output::say(&format!("  its token: {token}")),
            (None, true) => output::say(&format!(
                "  the page: http://{address}/{}",
                region.replacen('&', "#", 1)
            )),
            (None, false) => {}
        }
    });
    served.map_err(|error| format!("{}: {error}", args.listen))?;
    Ok(Exit::Succeeded)
}

/// Where requests may go: what was named, and what documents need.
fn list(args: &ProxyArgs, settings: &AwsSettings, transport: &Transport) -> Result<List, String> {
    if args.allow.is_empty() && args.documents.is_empty() {
        return Err(
            "nothing is allowed yet; name a document, or `--allow ecr`, or \
                    `--allow https://api.example.com`"
                .into(),
        );
    }
    let regions = regions(args, settings);
    for region in &regions {
        check_region(region).map_err(|error| sentence(&error))?;
    }
    let hosts = settings.host_options().map_err(|error| sentence(&error))?;
    let endpoints = endpoints(&args.endpoint)?;
    let elsewhere = |service: &str| -> Result<Option<String>, String> {
        let named = endpoints.get(service).or_else(|| endpoints.get(""));
        match named {
            Some(url) => Ok(Some(url.clone())),
            None => settings
                .endpoint(service)
                .map(|url| url.map(str::to_owned))
                .map_err(|error| sentence(&error)),
        }
    };
    let mut list = List::new(hosts);
    for allowed in &args.allow {
        list.allow(allowed, &regions, &elsewhere)?;
    }
    for document in &args.documents {
        let loaded = load(document, &args.sources, transport)?;
        let (documents, texts) = loaded.split();
        let options = LinkOptions {
            strict: args.sources.strict,
        };
        let program = link(documents, options).map_err(|errors| {
            let reports = errors.reports();
            let texts: Vec<String> = reports
                .iter()
                .map(|report| load::render(report, &texts).trim_end().to_owned())
                .collect();
            format!("{document} cannot be linked\n{}", texts.join("\n"))
        })?;
        // One without AWS needs no region.
        let regions: Vec<Option<String>> = match regions.is_empty() {
            true => vec![None],
            false => regions.iter().cloned().map(Some).collect(),
        };
        for region in regions {
            let options = RunOptions {
                region,
                ..RunOptions::default()
            };
            let destinations = program
                .destinations(&options)
                .map_err(|failure| format!("{document}: {}", failure.message))?;
            for destination in destinations {
                list.destination(destination, &elsewhere)?;
            }
        }
    }
    Ok(list)
}

fn regions(args: &ProxyArgs, settings: &AwsSettings) -> Vec<String> {
    if args.region.is_empty() {
        settings.region().map(str::to_owned).into_iter().collect()
    } else {
        args.region.clone()
    }
}

/// `[SERVICE=]URL`, by service.
fn endpoints(given: &[String]) -> Result<BTreeMap<String, String>, String> {
    let mut all = BTreeMap::new();
    for text in given {
        let (service, url) = match text.split_once('=') {
            Some((service, url)) if !service.contains(['/', ':']) => (service, url),
            _ => ("", text.as_str()),
        };
        list::base(url).map_err(|reason| format!("`--endpoint {text}`: {reason}"))?;
        all.insert(service.to_owned(), url.trim_end_matches('/').to_owned());
    }
    Ok(all)
}
