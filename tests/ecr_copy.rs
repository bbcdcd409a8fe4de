//! Images copied between two clouds, by a host whose answers come in any order.

mod adversity;
mod hostile;
mod hub;
mod plain;
mod remote;
mod served;
mod world;
