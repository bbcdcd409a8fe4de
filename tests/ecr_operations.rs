//! The ECR toolkit's operations, driven without a socket.

mod compatibility;
mod drive;
mod hostile;
mod images;
mod registries;
mod repositories;
mod workflow;
