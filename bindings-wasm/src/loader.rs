//! Documents to a program.

use spola::document::Loader;
use spola::link::{LinkOptions, link};

use crate::border::{answer, bytes, hold, tell_any, text, with};
use crate::error::thrown_with;

/// Gives a loader that says which documents are needed, and is given them: it
/// begins with the URL of the entry document.
#[unsafe(no_mangle)]
pub extern "C" fn loader() -> i32 {
    answer(hold(Loader::new(&text())))
}

/// Says where a source description really is: its name, its URL.
#[unsafe(no_mangle)]
pub extern "C" fn loader_source(loader: u32) -> i32 {
    with(loader, &mut |loader: &mut Loader| {
        loader.source(&text(), &text());
        Ok(0)
    })
}

/// Tells the URL that is needed next.
#[unsafe(no_mangle)]
pub extern "C" fn loader_needs(loader: u32) -> i32 {
    with(loader, &mut |loader: &mut Loader| tell_any(loader.needs()))
}

/// Hands over a document: its URL, its text, the URL that it has in the end.
#[unsafe(no_mangle)]
pub extern "C" fn loader_supply(loader: u32) -> i32 {
    with(loader, &mut |loader: &mut Loader| {
        loader.supply(&text(), &bytes(), &text());
        Ok(0)
    })
}

/// Says that a document cannot be had: its URL, and why.
#[unsafe(no_mangle)]
pub extern "C" fn loader_failed(loader: u32) -> i32 {
    with(loader, &mut |loader: &mut Loader| {
        loader.failed(&text(), &text());
        Ok(0)
    })
}

/// Links what was read, and gives a program; the loader is used up.
///
/// Throws the first error, with all findings.
#[unsafe(no_mangle)]
pub extern "C" fn loader_link(loader: u32, strict: bool) -> i32 {
    with(loader, &mut |loader: &mut Loader| {
        let documents = std::mem::replace(loader, Loader::new("")).finish();
        match link(documents, LinkOptions { strict }) {
            Ok(program) => hold(program),
            Err(errors) => Err(thrown_with(&errors, &errors.reports())),
        }
    })
}
