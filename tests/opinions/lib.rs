//! Only tests are here: `cargo test -p spola-opinions`.
