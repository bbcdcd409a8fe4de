//! A SHA-256 that can stop and go on.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use sha2::digest::common::hazmat::{SerializableState, SerializedState};
use sha2::{Digest as _, Sha256};
use spola::JsonWriter;

use crate::digest::Digest;
use crate::kept::{Damage, Kept};

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

    fn of_text(text: &str) -> Option<Self> {
        let bytes = STANDARD.decode(text).ok()?;
        let state = SerializedState::<Sha256>::try_from(bytes.as_slice()).ok()?;
        <Sha256 as SerializableState>::deserialize(&state)
            .map(Self)
            .ok()
    }
}

impl Kept for RunningHash {
    fn write(&self, out: &mut JsonWriter) {
        out.text(&STANDARD.encode(self.0.serialize()));
    }

    fn read(from: &Value, damage: &mut Damage) -> Self {
        Self::of_text(damage.text(from)).unwrap_or_else(|| {
            damage.is_wrong(&"a hash is damaged");
            Self::default()
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use spola::JsonWriter;

    use super::RunningHash;
    use crate::kept::{Damage, Kept};
    use crate::manifest::digest_of;

    fn read(from: &Value) -> Result<RunningHash, String> {
        let mut damage = Damage::default();
        let hash = RunningHash::read(from, &mut damage);
        damage.finish().map(|()| hash)
    }

    #[test]
    fn a_hash_goes_on_from_its_text() {
        let bytes: Vec<u8> = (0..1000u32).map(|n| (n % 251) as u8).collect();
        for cut in [0, 1, 63, 64, 65, 500, 1000] {
            let mut hash = RunningHash::default();
            hash.update(&bytes[..cut]);
            let mut out = JsonWriter::default();
            hash.write(&mut out);
            let text = serde_json::from_str(&out.into_text()).expect("it is JSON");
            let mut again = read(&text).expect("it was written");
            again.update(&bytes[cut..]);
            assert_eq!(again.digest(), digest_of(&bytes));
        }
    }

    #[test]
    fn a_damaged_hash_is_refused() {
        for text in [json!(""), json!("AAAA"), json!(1), json!("?")] {
            assert!(read(&text).is_err(), "{text}");
        }
    }
}
