//! Moves layers: as many at once as memory and the limits allow.

use serde_json::{Value, json};
use spola::exchange::Response;
use spola::machine::FailureReason;

use crate::call::Call;
use crate::error::EcrError;
use crate::refusal::Refusal;
use crate::script::{Answer, Ask, Next, Reply};
use crate::upload::{UPLOAD, Upload};

use super::discover::available;
use super::layer::{Opened, Stage, Want};
use super::remote::Remote;
use super::source::BlobUrl;
use super::state::{Copying, Job};

const MIB: u64 = 1 << 20;

/// What a download leads to.
enum Read {
    Bytes(Vec<u8>, Option<u64>),
    /// The URL is not good any more.
    Elsewhere(EcrError),
    /// Something else came than was asked for.
    Other(EcrError),
}

impl Copying {
    /// Asks for all that may be under way now.
    pub(super) fn move_layers(&mut self, next: &mut Next) -> Result<(), EcrError> {
        self.start_layers(next);
        let moving = self.moving();
        for at in &moving {
            while let Some(want) = self.layers[*at].want()? {
                self.do_want(next, *at, want);
            }
        }
        // What was asked for without a token would only be refused.
        let waits = |remote: &mut Remote| remote.wants_login();
        if self.is_logging_in() || self.setup.source.as_remote().is_some_and(waits) {
            return Ok(());
        }
        // Those with nothing in memory go first; what is left is for reading ahead.
        for idle in [true, false] {
            for at in &moving {
                let layer = &self.layers[*at];
                if layer.is_idle() != idle {
                    continue;
                }
                let Some((first, last)) = layer.next_read(self.setup.part_bytes) else {
                    continue;
                };
                let reserved: u64 = moving.iter().map(|at| self.layers[*at].reserved()).sum();
                if reserved > 0 && reserved + (last - first + 1) > self.budget(&moving) {
                    continue;
                }
                self.read_part(next, *at, first, last);
            }
        }
        Ok(())
    }

    fn moving(&self) -> Vec<usize> {
        let all = 0..self.layers.len();
        all.filter(|at| self.layers[*at].stage == Stage::Moving)
            .collect()
    }

    fn start_layers(&mut self, next: &mut Next) {
        let mut moving = self.moving().len();
        for at in 0..self.layers.len() {
            if moving >= self.setup.layers_at_once {
                return;
            }
            if self.layers[at].stage == Stage::Waiting {
                self.layers[at].start();
                self.tell_layer(next, at);
                moving += 1;
            }
        }
    }

    /// How many bytes may be in memory.
    fn budget(&self, moving: &[usize]) -> u64 {
        let opened = moving.iter().filter_map(|at| {
            let transfer = self.layers[*at].transfer.as_ref()?;
            Some(transfer.upload.as_ref()?.part)
        });
        let part = self.setup.part_bytes.or(opened.max());
        let part = part.unwrap_or(10 * MIB).clamp(1, 20 * MIB);
        self.setup.parts_at_once.saturating_mul(part)
    }

    fn read_part(&mut self, next: &mut Next, at: usize, first: u64, last: u64) {
        let given = self.setup.source.as_remote().map(|remote| remote.given());
        let digest = self.layers[at].digest.clone();
        let Some(transfer) = &mut self.layers[at].transfer else {
            return;
        };
        let Some(url) = &transfer.url else {
            return;
        };
        let ask = self.setup.source.read_part(&digest, url, first, last);
        transfer.given = given.unwrap_or_default();
        transfer.reading = Some((first, last));
        self.ask(next, Job::ReadPart(at, first, last), ask);
    }

    fn do_want(&mut self, next: &mut Next, at: usize, want: Want) {
        let destination = self.setup.destination.clone();
        let upload_id = self.layers[at].transfer.as_ref();
        let upload_id = upload_id.and_then(|it| it.upload.as_ref());
        let upload_id = upload_id.map(|it| it.id.clone()).unwrap_or_default();
        let digest = self.layers[at].digest.clone();
        let (job, ask) = match want {
            Want::Open => {
                let call = Call::of_repository(&destination, "InitiateLayerUpload", json!({}));
                (Job::Open(at), Ask::Call(call))
            }
            Want::Locate => match self.setup.source.locate(&digest) {
                Some(ask) => (Job::Locate(at), ask),
                None => return self.set_url(at, BlobUrl::Registry),
            },
            Want::Write(first, bytes) => {
                let upload = Upload {
                    repository: destination,
                    upload_id,
                    first,
                    bytes: Some(bytes),
                };
                (Job::WritePart(at), Ask::Upload(upload))
            }
            Want::Complete => {
                let body = json!({ "uploadId": upload_id, "layerDigests": [digest] });
                let call = Call::of_repository(&destination, "CompleteLayerUpload", body);
                (Job::Complete(at), Ask::Call(call))
            }
        };
        self.ask(next, job, ask);
    }

    pub(super) fn opened(&mut self, at: usize, answer: Answer) -> Result<(), EcrError> {
        let body = answer.json()?;
        let id = body.get("uploadId").and_then(Value::as_str);
        let Some(id) = id.filter(|id| !id.is_empty()) else {
            return Err(EcrError::UnreadableAnswer {
                operation: "InitiateLayerUpload".into(),
                reason: "it has no `uploadId`".into(),
            });
        };
        let part = body.get("partSize").and_then(Value::as_u64);
        let part = part.filter(|part| *part > 0);
        if let Some(transfer) = &mut self.layers[at].transfer {
            transfer.opening = false;
            transfer.upload = Some(Opened {
                id: id.to_owned(),
                part: part.unwrap_or(10 * MIB),
            });
        }
        Ok(())
    }

    pub(super) fn located(&mut self, at: usize, answer: Answer) -> Result<(), EcrError> {
        let body = answer.json()?;
        let url = body.get("downloadUrl").and_then(Value::as_str);
        let Some(url) = url else {
            return Err(EcrError::UnreadableAnswer {
                operation: "GetDownloadUrlForLayer".into(),
                reason: "it has no `downloadUrl`".into(),
            });
        };
        self.set_url(at, BlobUrl::Url(url.to_owned()));
        Ok(())
    }

    fn set_url(&mut self, at: usize, url: BlobUrl) {
        if let Some(transfer) = &mut self.layers[at].transfer {
            transfer.locating = false;
            transfer.url = Some(url);
        }
    }

    /// Follows what a registry says instead of giving the bytes: asks for a login, or
    /// sends on. Says whether it did.
    fn sent_on(&mut self, at: usize, response: &Response) -> Result<bool, EcrError> {
        let Some(remote) = self.setup.source.as_remote() else {
            return Ok(false);
        };
        let layer = &mut self.layers[at];
        let digest = layer.digest.to_string();
        let Some(transfer) = &mut layer.transfer else {
            return Ok(false);
        };
        let at_registry = transfer.url == Some(BlobUrl::Registry);
        match response.status() {
            401 if at_registry => {
                // Unless it was asked before the login that came meanwhile.
                if transfer.given == remote.given() && !remote.wants_login() {
                    remote.challenged(response)?;
                }
                Ok(true)
            }
            301 | 302 | 303 | 307 | 308 => {
                let (from, hops) = match &transfer.url {
                    Some(BlobUrl::Elsewhere(url, hops)) => (url.clone(), *hops),
                    _ => (remote.blob(&digest, 0).url, 0),
                };
                let to = remote.redirected(&from, response, hops)?;
                transfer.url = Some(BlobUrl::Elsewhere(to, hops + 1));
                Ok(true)
            }
            400 | 403 | 404 if at_registry => Err(Refusal::of("download", response).into()),
            _ => {
                remote.answered();
                Ok(false)
            }
        }
    }

    pub(super) fn part_read(
        &mut self,
        at: usize,
        range: (u64, u64),
        answer: Answer,
    ) -> Result<(), EcrError> {
        let Some(transfer) = &mut self.layers[at].transfer else {
            return Ok(());
        };
        // A layer that began again meanwhile waits for other bytes.
        if transfer.reading != Some(range) {
            return Ok(());
        }
        transfer.reading = None;
        let response = match answer.reply {
            Ok(Reply::Answer(response)) => response,
            Err(EcrError::NoAnswer {
                reason: FailureReason::TooLarge,
                ..
            }) => {
                return Err(EcrError::UnreadableAnswer {
                    operation: "download".into(),
                    reason: "the registry gives layers whole, where a part was asked for".into(),
                });
            }
            Err(error) => return Err(error),
            Ok(_) => {
                transfer.url = None;
                return Ok(());
            }
        };
        if self.sent_on(at, &response)? {
            return Ok(());
        }
        let layer = &mut self.layers[at];
        let size = layer.size;
        match judge(response, range, size)? {
            Read::Bytes(bytes, total) => {
                layer.size = layer.size.or(total);
                layer.take(range.0, bytes);
                if layer.size == Some(0) {
                    let digest = layer.digest.to_string();
                    return Err(EcrError::EmptyLayer { digest });
                }
                Ok(())
            }
            Read::Elsewhere(why) => {
                if let Some(transfer) = &mut layer.transfer {
                    transfer.url = None;
                }
                layer.stall(Some(why))
            }
            Read::Other(why) => layer.stall(Some(why)),
        }
    }

    pub(super) fn part_written(
        &mut self,
        at: usize,
        answer: Answer,
        next: &mut Next,
    ) -> Result<(), EcrError> {
        let layer = &mut self.layers[at];
        let error = match answer.reply {
            Ok(Reply::Json(body)) => {
                let last = body.get("lastByteReceived").and_then(Value::as_u64);
                let Some(last) = last else {
                    return Err(EcrError::UnreadableAnswer {
                        operation: UPLOAD.into(),
                        reason: "it has no `lastByteReceived`".into(),
                    });
                };
                layer.received(last.saturating_add(1), None)?;
                self.tell_layer(next, at);
                return Ok(());
            }
            Ok(_) => {
                layer.forgotten();
                return Ok(());
            }
            Err(error) => error,
        };
        if error.is("UploadNotFoundException") {
            return layer.restart(error);
        }
        let EcrError::Refused { refusal } = &error else {
            return Err(error);
        };
        if !refusal.is("InvalidLayerPartException") {
            return Err(error);
        }
        // Without it, or with -1, nothing was received.
        let valid = refusal.details.get("lastValidByteReceived");
        let valid = valid.and_then(Value::as_u64);
        let place = valid.map_or(0, |last| last.saturating_add(1));
        layer.received(place, Some(error))?;
        self.tell_layer(next, at);
        Ok(())
    }

    pub(super) fn completed(
        &mut self,
        at: usize,
        answer: Answer,
        next: &mut Next,
    ) -> Result<(), EcrError> {
        let layer = &mut self.layers[at];
        let error = match answer.json() {
            Ok(body) => {
                let have = body.get("layerDigest").and_then(Value::as_str);
                if let Some(have) = have.filter(|have| *have != layer.digest.as_str()) {
                    return Err(EcrError::DigestMismatch {
                        what: "a layer at the destination".into(),
                        want: layer.digest.to_string(),
                        have: have.to_owned(),
                    });
                }
                self.moved(at, next);
                return Ok(());
            }
            Err(error) => error,
        };
        if error.is("LayerAlreadyExistsException") {
            self.moved(at, next);
            return Ok(());
        }
        if error.is("UploadNotFoundException") {
            // Perhaps it was completed, and the answer lost.
            let call = self.check_call(&[at]);
            self.ask(next, Job::Recheck(at), Ask::Call(call));
            return Ok(());
        }
        let anew = ["InvalidLayerException", "LayerPartTooSmallException"];
        match anew.iter().any(|code| error.is(code)) {
            true => layer.restart(error),
            false => Err(error),
        }
    }

    pub(super) fn rechecked(
        &mut self,
        at: usize,
        answer: Answer,
        next: &mut Next,
    ) -> Result<(), EcrError> {
        let available = available(answer)?;
        let digest = self.layers[at].digest.as_str();
        if available.iter().any(|there| there == digest) {
            self.moved(at, next);
            return Ok(());
        }
        let layer = &mut self.layers[at];
        let digest = layer.digest.to_string();
        layer.restart(EcrError::UnreadableAnswer {
            operation: "CompleteLayerUpload".into(),
            reason: format!("the upload of {digest} is gone"),
        })
    }

    fn moved(&mut self, at: usize, next: &mut Next) {
        let layer = &mut self.layers[at];
        layer.settle(Stage::Moved);
        let size = layer.size.unwrap_or_default();
        self.bytes_moved = self.bytes_moved.saturating_add(size);
        self.tell_layer(next, at);
    }
}

/// Looks at status and length before the bytes are used.
fn judge(response: Response, range: (u64, u64), size: Option<u64>) -> Result<Read, EcrError> {
    let (first, last) = range;
    let told = response
        .header("content-range")
        .and_then(|text| span(&text));
    let status = response.status();
    let unreadable = |reason: &str| EcrError::UnreadableAnswer {
        operation: "download".into(),
        reason: reason.into(),
    };
    match status {
        200 if first == 0 => {
            let (_, _, bytes) = response.into_parts();
            let length = bytes.len() as u64;
            Ok(match size {
                Some(size) if size != length => Read::Other(unreadable("its length is another")),
                _ => Read::Bytes(bytes, Some(length)),
            })
        }
        206 => {
            let (_, _, bytes) = response.into_parts();
            let length = bytes.len() as u64;
            let (from, to, total) = told.unwrap_or((first, last, size));
            let whole = from == first
                && to <= last
                && to.checked_sub(from).map(|n| n + 1) == Some(length)
                // A part that ends early is only right at the end of the layer: a short one
                // in the middle would be refused by the destination.
                && (to == last || total.or(size) == Some(to + 1))
                && (size.is_none() || total.is_none() || size == total);
            Ok(match whole {
                true => Read::Bytes(bytes, total),
                false => Read::Other(unreadable("it is not the part that was asked for")),
            })
        }
        200 => Err(unreadable(
            "the whole layer came where a part was asked for",
        )),
        400 | 401 | 403 | 404 => Ok(Read::Elsewhere(Refusal::of("download", &response).into())),
        _ => Err(Refusal::of("download", &response).into()),
    }
}

/// First byte, last byte and length of a `Content-Range`.
fn span(text: &str) -> Option<(u64, u64, Option<u64>)> {
    let (range, total) = text.trim().strip_prefix("bytes")?.split_once('/')?;
    let (first, last) = range.trim().split_once('-')?;
    Some((first.parse().ok()?, last.parse().ok()?, total.parse().ok()))
}
