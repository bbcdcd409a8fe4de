//! An in-memory Amazon ECR and EC2 Image Builder.
