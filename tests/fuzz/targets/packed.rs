//! Fuzzes `packed` of the shared targets.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| spola_fuzz::targets::packed(bytes));
