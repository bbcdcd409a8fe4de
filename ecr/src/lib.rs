//! The Amazon ECR toolkit.
