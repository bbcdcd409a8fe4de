//! The `spola` command line.

mod args;
mod bundle;
mod carrier;
mod credentials;
mod drive;
mod ecr;
mod eval;
mod exit;
mod files;
mod har;
mod inputs;
mod junit;
mod lint;
mod load;
mod output;
mod preview;
mod profile;
mod progress;
mod provider;
mod proxy;
mod run;
mod sandbox;
mod secrets;
mod serve;
mod shelf;
mod show;
mod transport;
mod wallet;

use std::process::ExitCode;

use clap::Parser;

use crate::args::{Cli, Command};

fn main() -> ExitCode {
    let cli = Cli::parse();
    let exit = match &cli.command {
        Command::Run(args) => run::run(args),
        Command::Show(args) => show::show(args),
        Command::Bundle(args) => bundle::bundle(args),
        Command::Lint(args) => lint::lint(args),
        Command::Eval(args) => eval::eval(args),
        Command::Sandbox(args) => sandbox::sandbox(args),
        Command::Ecr(args) => ecr::ecr(args),
        Command::Proxy(args) => proxy::proxy(args),
    };
    exit.into()
}
