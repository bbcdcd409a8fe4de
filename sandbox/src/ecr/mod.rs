//! Amazon ECR: one file for each family of operations.

mod account;
mod delete;
mod download;
mod identify;
mod layer;
mod lifecycle;
mod lifecycle_rules;
mod list;
mod operation;
mod policy;
mod pull_through;
mod put;
mod referrer;
mod replication;
mod repository;
mod scan;
mod signing;
mod storage;
mod tag;
mod template;

pub(crate) use download::{DOWNLOADS, GET_OBJECT, download, struck};
pub(crate) use layer::{corrupt_part, halve_part};
pub(crate) use operation::{call, find, names};
