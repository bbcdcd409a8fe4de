//! Amazon ECR: one file for each family of operations.

mod delete;
mod identify;
mod layer;
mod list;
mod operation;
mod put;
mod repository;
mod tag;

pub(crate) use layer::{DOWNLOADS, download, halve_part};
pub(crate) use operation::{call, find};
