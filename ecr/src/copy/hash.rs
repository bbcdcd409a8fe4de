//! A SHA-256 that can stop and go on.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::digest::common::hazmat::{SerializableState, SerializedState};
use sha2::{Digest as _, Sha256};

use crate::digest::Digest;

/// The hash of the bytes that came so far.
///
/// A snapshot keeps it, 105 bytes for each layer under way, so that a copy that was
/// stopped need not read again what it had already moved.
#[derive(Clone, Debug, Default)]
pub(crate) struct RunningHash(Sha256);

impl RunningHash {
    pub(crate) fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The digest of all bytes so far.
    pub(crate) fn digest(&self) -> Digest {
        Digest::sha256(&self.0.clone().finalize())
    }
}

impl Serialize for RunningHash {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&STANDARD.encode(self.0.serialize()))
    }
}

impl<'de> Deserialize<'de> for RunningHash {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let damaged = || D::Error::custom("a hash is damaged");
        let text = String::deserialize(from)?;
        let bytes = STANDARD.decode(text).map_err(|_| damaged())?;
        let state = SerializedState::<Sha256>::try_from(bytes.as_slice()).map_err(|_| damaged())?;
        <Sha256 as SerializableState>::deserialize(&state)
            .map(Self)
            .map_err(|_| damaged())
    }
}

#[cfg(test)]
mod tests {
    use super::RunningHash;
    use crate::manifest::digest_of;

    #[test]
    fn a_hash_goes_on_from_its_text() {
        let bytes: Vec<u8> = (0..1000u32).map(|n| (n % 251) as u8).collect();
        for cut in [0, 1, 63, 64, 65, 500, 1000] {
            let mut hash = RunningHash::default();
            hash.update(&bytes[..cut]);
            let text = serde_json::to_string(&hash).expect("it is text");
            let mut again: RunningHash = serde_json::from_str(&text).expect("it was written");
            again.update(&bytes[cut..]);
            assert_eq!(again.digest(), digest_of(&bytes));
        }
    }

    #[test]
    fn a_damaged_hash_is_refused() {
        for text in ["\"\"", "\"AAAA\"", "1", "\"?\""] {
            assert!(serde_json::from_str::<RunningHash>(text).is_err(), "{text}");
        }
    }
}
