//! A whole layer or config of an image, its digest verified.

use std::time::Duration;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256, Sha512};
use spola::exchange::Response;
use spola::machine::{CallId, Repeat, Resend, RunOptions, Send};
use spola::message::Request;

use crate::call::{Call, Verdict, judge_answer, pause};
use crate::digest::Digest;
use crate::error::EcrError;
use crate::kept::kept;
use crate::place::Located;
use crate::refusal::Refusal;

/// How large a blob is taken into memory as one: configs are some kilobytes.
const LARGEST: u64 = 16 << 20;

/// How often a presigned URL is asked for again after it was refused.
const RENEWALS: u32 = 2;

/// The operation that gives a blob's URL.
const URL: &str = "GetDownloadUrlForLayer";

/// A blob of a repository: its URL is asked for, then its bytes.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Blob {
    pub(crate) repository: Located,
    pub(crate) digest: Digest,
    /// Presigned, so as good as a credential: no snapshot keeps it.
    url: Option<String>,
    renewals: u32,
}

kept! { Blob { repository, digest, renewals: later; skipped url } }

/// What a blob's answer leads to.
pub(crate) enum Step {
    /// As for a call.
    Again(Duration),
    /// The next request of the same blob.
    Onward,
    Over(Result<Vec<u8>, EcrError>),
}

impl Blob {
    pub(crate) fn new(repository: &Located, digest: Digest) -> Self {
        Self {
            repository: repository.clone(),
            digest,
            url: None,
            renewals: 0,
        }
    }

    /// What is under way: the AWS operation, or the download.
    pub(crate) fn operation(&self) -> &'static str {
        match self.url {
            Some(_) => "download",
            None => URL,
        }
    }

    pub(crate) fn send(
        &self,
        id: CallId,
        resend: &Resend,
        options: &RunOptions,
    ) -> Result<Send, EcrError> {
        let Some(url) = &self.url else {
            let body = json!({ "layerDigest": self.digest });
            return Call::of_repository(&self.repository, URL, body).send(id, resend, options);
        };
        let request =
            Request::new("GET", url, Vec::new()).map_err(|_| self.unreadable("its URL is none"))?;
        let shown = url.split('?').next().unwrap_or_default();
        let mut send = Send::new(id, request, shown);
        send.max_response = LARGEST.min(options.max_response());
        send.repeat = Repeat::Safe;
        Ok(send)
    }

    pub(crate) fn judge(
        &mut self,
        answer: &Response,
        resend: &mut Resend,
        draws: &mut u64,
        options: &RunOptions,
    ) -> Step {
        if self.url.is_some() {
            return self.judge_bytes(answer, resend, draws, options);
        }
        match judge_answer(URL, answer, resend, draws, options) {
            Verdict::Again(pause) => Step::Again(pause),
            Verdict::Over(Err(error)) => Step::Over(Err(error)),
            Verdict::Over(Ok(body)) => match body.get("downloadUrl").and_then(Value::as_str) {
                Some(url) => {
                    self.url = Some(url.to_owned());
                    *resend = Resend::default();
                    Step::Onward
                }
                None => Step::Over(Err(self.unreadable("it has no `downloadUrl`"))),
            },
        }
    }

    fn judge_bytes(
        &mut self,
        answer: &Response,
        resend: &mut Resend,
        draws: &mut u64,
        options: &RunOptions,
    ) -> Step {
        match answer.status() {
            200 => return Step::Over(self.verified(answer.body())),
            // The URL has expired, or is not good for this any more.
            400 | 401 | 403 if self.renewals < RENEWALS => {
                self.renewals = self.renewals.saturating_add(1);
                self.url = None;
                *resend = Resend::default();
                return Step::Onward;
            }
            _ => {}
        }
        match resend.after_answer(answer, options.max_attempts()) {
            Some(again) => Step::Again(pause(again, resend, draws, options)),
            None => Step::Over(Err(Refusal::of("the download of a layer", answer).into())),
        }
    }

    fn verified(&self, bytes: &[u8]) -> Result<Vec<u8>, EcrError> {
        verify(&format!("the blob {}", self.digest), &self.digest, bytes)?;
        Ok(bytes.to_vec())
    }

    fn unreadable(&self, reason: &str) -> EcrError {
        EcrError::UnreadableAnswer {
            operation: URL.into(),
            reason: reason.into(),
        }
    }
}

/// The SHA-256 digest of some bytes, as registries write it.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    format!("sha256:{}", hexadecimal(&Sha256::digest(bytes)))
}

/// Checks bytes against their digest; one of an algorithm that is not known is not checked.
pub(crate) fn verify(what: &str, digest: &Digest, bytes: &[u8]) -> Result<(), EcrError> {
    let have = match digest.algorithm() {
        "sha256" => sha256(bytes),
        "sha512" => format!("sha512:{}", hexadecimal(&Sha512::digest(bytes))),
        _ => return Ok(()),
    };
    if have == digest.as_str() {
        return Ok(());
    }
    Err(EcrError::DigestMismatch {
        what: what.to_owned(),
        want: digest.to_string(),
        have,
    })
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
