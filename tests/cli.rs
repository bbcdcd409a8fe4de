//! The command line's parts that need no engine.

#[allow(dead_code)]
#[path = "../cli/src/credentials.rs"]
mod credentials;
#[allow(dead_code)]
#[path = "../cli/src/profile.rs"]
mod profile;
#[allow(dead_code)]
#[path = "../cli/src/secrets.rs"]
mod secrets;
#[allow(dead_code)]
#[path = "../cli/src/serve.rs"]
mod serve;
#[allow(dead_code)]
#[path = "../cli/src/transport.rs"]
mod transport;

#[path = "cli_credentials.rs"]
mod credentials_tests;
#[path = "cli_serve.rs"]
mod serve_tests;
#[path = "cli_transport.rs"]
mod transport_tests;
