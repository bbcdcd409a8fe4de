//! `spola sandbox`: the in-memory AWS as a local HTTP server.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::{Request, Response, StatusCode};
use spola_sandbox::{Body, Ending, Sandbox};

use crate::args::SandboxArgs;
use crate::exit::Exit;
use crate::serve::Payload;
use crate::shelf::{self, Shelf};
use crate::{output, serve};

/// The sandbox, and the folder of its large layers.
struct Kept {
    sandbox: Mutex<Sandbox>,
    shelf: Option<Shelf>,
}

/// Serves until it is interrupted.
pub fn sandbox(args: &SandboxArgs) -> Exit {
    let fresh = if args.empty {
        Sandbox::empty
    } else {
        Sandbox::sample
    };
    let (sandbox, shelf) = match &args.state {
        None => (fresh(), None),
        Some(file) => match shelf::open(file, fresh) {
            Ok((sandbox, shelf)) => (sandbox, Some(shelf)),
            Err(reason) => return Exit::usage(&reason),
        },
    };
    let kept = Arc::new(Kept {
        sandbox: Mutex::new(sandbox),
        shelf,
    });
    let shared = Arc::clone(&kept);
    let served = serve::serve(
        args.listen,
        move |request, now| shared.answer(&request, now),
        |address| {
            output::say(&format!("the sandbox listens on http://{address}"));
            output::say(&format!(
                "  AWS_ENDPOINT_URL=http://{address} sends AWS clients there"
            ));
        },
    );
    if let Err(error) = served {
        return Exit::usage(&format!("{}: {error}", args.listen));
    }
    if let (Some(file), Some(shelf)) = (&args.state, &kept.shelf)
        && let Err(error) = shelf::save(file, &kept.lock(), shelf)
    {
        return Exit::usage(&format!("{}: {error}", file.display()));
    }
    Exit::Succeeded
}

impl Kept {
    fn lock(&self) -> MutexGuard<'_, Sandbox> {
        self.sandbox.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn answer(&self, request: &Request<Vec<u8>>, now: Duration) -> Response<Payload> {
        let mut sandbox = self.lock();
        let (mut parts, body) = sandbox.answer(request, now).into_parts();
        let payload = match body {
            Body::Bytes(bytes) => Payload::Bytes(bytes),
            // opened before anybody else can delete it
            Body::Blob { key, range } => match self.shelf.as_ref().map(|shelf| shelf.open(&key)) {
                Some(Ok(file)) => Payload::File(file, range),
                _ => {
                    parts.status = StatusCode::INTERNAL_SERVER_ERROR;
                    parts.headers.remove("content-length");
                    Payload::Bytes(Vec::new())
                }
            },
        };
        let payload = match parts.extensions.get() {
            Some(Ending::Reset) => Payload::Reset,
            Some(Ending::Cut) => Payload::Cut(Box::new(payload)),
            None => payload,
        };
        Response::from_parts(parts, payload)
    }
}
