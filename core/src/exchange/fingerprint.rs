//! Tells whether two requests are the same.

use crate::message::Request;

/// A number that is the same for requests of the same method, URL, headers and
/// body, on every platform and in every version; for comparing, not for security.
pub fn fingerprint(request: &Request) -> u128 {
    let mut hash = Hash::new();
    hash.write(request.method().as_str().as_bytes());
    let url = request.url();
    hash.write(url.scheme().unwrap_or_default().as_bytes());
    hash.write(url.authority().as_bytes());
    hash.write(url.path().as_bytes());
    // No query and an empty one are not the same URL.
    match url.query() {
        Some(query) => hash.write(query.as_bytes()),
        None => hash.mix(u64::MAX),
    }
    for (name, value) in request.headers().iter() {
        hash.write(name.as_bytes());
        hash.write(value.as_bytes());
    }
    hash.write(request.body());
    hash.finish()
}

/// The same for any bytes.
pub fn fingerprint_bytes(bytes: &[u8]) -> u128 {
    let mut hash = Hash::new();
    hash.write(bytes);
    hash.finish()
}

/// A 128-bit hash: two lanes of folded multiplications, eight bytes at a time.
pub(super) struct Hash {
    left: u64,
    right: u64,
}

const LEFT: u64 = 0x9E37_79B9_7F4A_7C15;
const RIGHT: u64 = 0xD6E8_FEB8_6659_FD93;

impl Hash {
    pub(super) fn new() -> Self {
        Self {
            left: 0x243F_6A88_85A3_08D3,
            right: 0x1319_8A2E_0370_7344,
        }
    }

    fn mix(&mut self, word: u64) {
        let before = self.left;
        self.left = fold(self.left ^ word, LEFT).wrapping_add(self.right);
        self.right = fold(self.right ^ word.rotate_left(32), RIGHT) ^ before.rotate_left(17);
    }

    /// Takes in a field with its length, so that fields cannot run into each other.
    pub(super) fn write(&mut self, bytes: &[u8]) {
        self.mix(bytes.len() as u64);
        let mut chunks = bytes.chunks_exact(8);
        for chunk in &mut chunks {
            let mut word = [0; 8];
            word.copy_from_slice(chunk);
            self.mix(u64::from_le_bytes(word));
        }
        let rest = chunks.remainder();
        if !rest.is_empty() {
            let mut word = [0; 8];
            word[..rest.len()].copy_from_slice(rest);
            self.mix(u64::from_le_bytes(word));
        }
    }

    pub(super) fn finish(mut self) -> u128 {
        self.mix(LEFT);
        self.mix(RIGHT);
        u128::from(self.left) << 64 | u128::from(self.right)
    }
}

fn fold(value: u64, by: u64) -> u64 {
    let product = u128::from(value) * u128::from(by);
    product as u64 ^ (product >> 64) as u64
}
