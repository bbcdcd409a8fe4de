//! The ECR toolkit's operations, driven without a socket.

mod drive;
mod hostile;
mod registries;
mod repositories;
