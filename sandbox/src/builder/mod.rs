//! EC2 Image Builder: one file for each family of operations.

mod arn;
mod image;
mod list;
mod operation;
mod resource_tag;

pub(crate) use operation::{Operation, call, find, names, read_query};
