//! HTTP messages without a socket.

mod body;
mod error;
mod operation;
mod parameter;
mod request;
mod response;
