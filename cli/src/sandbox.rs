//! `spola sandbox`: the in-memory AWS as a local HTTP server.

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::{Request, Response, StatusCode};
use serde_json::json;
use spola_sandbox::{Body, Ending, Sandbox};

use crate::args::SandboxArgs;
use crate::exit::Exit;
use crate::serve::Payload;
use crate::shelf::{self, Shelf};
use crate::{load, output, serve};

/// The sandbox, and the folder of its large layers.
struct Kept {
    sandbox: Mutex<Sandbox>,
    shelf: Option<Shelf>,
}

/// Serves until it is interrupted.
pub fn sandbox(args: &SandboxArgs) -> Exit {
    if let (Some(before), Some(after)) = (&args.diff, &args.state) {
        return diff(before, after);
    }
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

/// Prints what changed between two states' files.
fn diff(before: &Path, after: &Path) -> Exit {
    let read = |file: &Path| {
        let bytes = std::fs::read(file)
            .map_err(|error| format!("{}: {}", file.display(), load::plain(&error)))?;
        // whether it is a state is told with its name
        match Sandbox::changes(&bytes, &bytes) {
            Ok(_) => Ok(bytes),
            Err(error) => Err(format!("{}: {error}; {}", file.display(), error.help())),
        }
    };
    let compared = read(before).and_then(|before| {
        let after = read(after)?;
        Sandbox::changes(&before, &after).map_err(|error| error.to_string())
    });
    match compared {
        Ok(changes) => {
            output::answer(&output::pretty(&json!({ "changes": changes })));
            if changes.is_empty() {
                Exit::Succeeded
            } else {
                Exit::Failed
            }
        }
        Err(reason) => Exit::usage(&reason),
    }
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
