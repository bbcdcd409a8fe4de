//! Which document is needed next; bytes in.
