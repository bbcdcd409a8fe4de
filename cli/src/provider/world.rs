//! What lies outside: the network, the clock, the user.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::Request;

use super::transport::{Answer, Refused, Transport};

/// What fetching credentials reaches outside for; tests bring one of their own.
pub trait World: Send + Sync {
    /// Sends a request.
    ///
    /// # Errors
    /// Why no whole answer came.
    fn send(&self, request: Request<Vec<u8>>, timeout: Duration) -> Result<Answer, Refused>;

    /// The time since the Unix epoch.
    fn now(&self) -> Duration;

    /// Lets time pass.
    fn pause(&self, delay: Duration);

    /// Tells the user something.
    fn warn(&self, text: &str);
}

/// The largest answer that is read: all of them are small.
const LARGEST_ANSWER: u64 = 1 << 20;

/// This machine's.
#[derive(Debug)]
pub struct Native {
    transport: Arc<Transport>,
    warn: fn(&str),
}

impl Native {
    /// Sends through a transport, and warns by a function.
    pub fn new(transport: Arc<Transport>, warn: fn(&str)) -> Self {
        Self { transport, warn }
    }
}

impl World for Native {
    fn send(&self, request: Request<Vec<u8>>, timeout: Duration) -> Result<Answer, Refused> {
        self.transport.send(request, Some(timeout), LARGEST_ANSWER)
    }

    fn now(&self) -> Duration {
        SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default()
    }

    fn pause(&self, delay: Duration) {
        std::thread::sleep(delay);
    }

    fn warn(&self, text: &str) {
        (self.warn)(text);
    }
}
