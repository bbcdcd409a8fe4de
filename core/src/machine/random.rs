//! Numbers drawn from the host's seed: jitter, made-up ids.

use std::time::Duration;

/// The `draw`-th number of a seed: SplitMix64, which any host can repeat.
pub(crate) fn number(seed: u64, draw: u64) -> u64 {
    let mut z = seed.wrapping_add(draw.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15));
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// A part of a length of time, from none up to all of it, to the nearest nanosecond.
pub(crate) fn part(of: Duration, seed: u64, draw: u64) -> Duration {
    let nanos = u64::try_from(of.as_nanos()).unwrap_or(u64::MAX);
    let part = u128::from(nanos) * u128::from(number(seed, draw)) + (1 << 63);
    Duration::from_nanos((part >> 64) as u64)
}

/// A UUID of version 4 (RFC 9562) made of two draws.
pub(crate) fn uuid(seed: u64, draw: u64) -> String {
    let high = number(seed, draw) & !0xF000 | 0x4000;
    let low = number(seed, draw.wrapping_add(1)) >> 2 | 0x8000_0000_0000_0000;
    format!(
        "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
        high >> 32,
        high >> 16 & 0xFFFF,
        high & 0xFFFF,
        low >> 48,
        low & 0xFFFF_FFFF_FFFF
    )
}

#[cfg(test)]
mod tests {
    use super::{part, uuid};
    use std::time::Duration;

    #[test]
    fn the_same_seed_gives_the_same_ids_and_other_draws_give_others() {
        assert_eq!(uuid(7, 0), uuid(7, 0));
        assert_ne!(uuid(7, 0), uuid(7, 2));
        assert_ne!(uuid(7, 0), uuid(8, 0));
        let id = uuid(7, 0);
        assert_eq!(id.len(), 36);
        assert_eq!(id.as_bytes()[14], b'4');
        assert!(matches!(id.as_bytes()[19], b'8' | b'9' | b'a' | b'b'));
        let second = Duration::from_secs(1);
        assert!((0..1000).all(|draw| part(second, 3, draw) <= second));
    }
}
