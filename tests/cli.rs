//! The command line's parts that need no engine.

#[allow(dead_code)]
#[path = "../cli/src/credentials.rs"]
mod credentials;
#[allow(dead_code)]
#[path = "../cli/src/files.rs"]
mod files;
#[allow(dead_code)]
#[path = "../cli/src/profile.rs"]
mod profile;
#[allow(dead_code)]
#[path = "../cli/src/provider/mod.rs"]
mod provider;
#[allow(dead_code)]
#[path = "../cli/src/secrets.rs"]
mod secrets;
#[allow(dead_code)]
#[path = "../cli/src/serve.rs"]
mod serve;
#[allow(dead_code)]
#[path = "../cli/src/transport.rs"]
mod transport;
#[allow(dead_code)]
#[path = "../cli/src/wallet.rs"]
mod wallet;

#[path = "cli_credentials.rs"]
mod credentials_tests;
#[path = "cli_provider_hosts.rs"]
mod provider_hosts_tests;
#[path = "cli_provider_sso.rs"]
mod provider_sso_tests;
#[path = "cli_provider.rs"]
mod provider_tests;
#[path = "cli_serve.rs"]
mod serve_tests;
#[path = "cli_transport.rs"]
mod transport_tests;
#[path = "cli_wallet.rs"]
mod wallet_tests;
