//! `spola sandbox`: the in-memory AWS as a local HTTP server.

use std::sync::{Arc, Mutex};

use spola_sandbox::Sandbox;

use crate::args::SandboxArgs;
use crate::exit::Exit;
use crate::load::read_file;
use crate::{files, output, serve};

/// Serves until it is interrupted.
pub fn sandbox(args: &SandboxArgs) -> Exit {
    let sandbox = match &args.state {
        Some(path) if path.exists() => {
            let loaded = read_file(path)
                .and_then(|bytes| Sandbox::from_bytes(&bytes).map_err(|error| error.to_string()));
            match loaded {
                Ok(sandbox) => sandbox,
                Err(reason) => return Exit::usage(&format!("{}: {reason}", path.display())),
            }
        }
        _ if args.empty => Sandbox::empty(),
        _ => Sandbox::sample(),
    };
    let sandbox = Arc::new(Mutex::new(sandbox));
    let shared = Arc::clone(&sandbox);
    let handler = move |request: http::Request<Vec<u8>>, now| match shared.lock() {
        Ok(mut sandbox) => sandbox.handle(&request, now),
        Err(poisoned) => poisoned.into_inner().handle(&request, now),
    };
    let served = serve::serve(args.listen, handler, |address| {
        output::say(&format!("the sandbox listens on http://{address}"));
        output::say(&format!(
            "  AWS_ENDPOINT_URL=http://{address} sends AWS clients there"
        ));
    });
    if let Err(error) = served {
        return Exit::usage(&format!("{}: {error}", args.listen));
    }
    if let Some(path) = &args.state {
        let bytes = match sandbox.lock() {
            Ok(sandbox) => sandbox.to_bytes(),
            Err(poisoned) => poisoned.into_inner().to_bytes(),
        };
        if let Err(error) = files::write_whole(path, &bytes) {
            return Exit::usage(&format!("{}: {error}", path.display()));
        }
    }
    Exit::Succeeded
}
