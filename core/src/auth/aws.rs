//! AWS hosts by service, region and partition.
