//! `spola ecr`: repositories and images of Amazon ECR.

pub mod args;
mod bars;
mod copy;
mod desk;
mod image;
mod image_args;
mod logins;
mod name;
mod registry;
mod repository;
mod repository_args;
mod table;

use crate::exit::Exit;

use self::args::{EcrArgs, EcrCommand};
use self::desk::Desk;

/// Does one of the commands.
pub fn ecr(args: &EcrArgs) -> Exit {
    let done = match &args.command {
        EcrCommand::Uri(uri) => name::uri(uri, &args.common),
        EcrCommand::Copy(copy) => copy::copy(copy, &args.common),
        command => Desk::open(&args.common).and_then(|desk| match command {
            EcrCommand::Ls(ls) => registry::ls(ls, &desk),
            EcrCommand::Login(login) => registry::login(login, &desk),
            EcrCommand::Describe(describe) => registry::describe(describe, &desk),
            EcrCommand::Images(args) => image::images(args, &desk),
            EcrCommand::Config(args) => image::config(args, &desk),
            EcrCommand::Tag(args) => image::tag(args, &desk),
            EcrCommand::Resolve(args) => image::resolve(args, &desk),
            EcrCommand::Ensure(args) => repository::ensure(args, &desk),
            EcrCommand::Create(args) => repository::create(args, &desk),
            EcrCommand::Delete(args) => repository::delete(args, &desk),
            EcrCommand::Lifecycle(args) => repository::lifecycle(args, &desk),
            EcrCommand::Uri(_) | EcrCommand::Copy(_) => Ok(()),
        }),
    };
    match done {
        Ok(()) => Exit::Succeeded,
        Err(exit) => exit,
    }
}
