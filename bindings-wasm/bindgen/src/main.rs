//! Writes the JavaScript face of a WebAssembly module.
//!
//! `spola-bindgen MODULE.wasm FOLDER NAME`: what `wasm-bindgen --target web` does,
//! in the version that the workspace's lock file names.

use std::process::ExitCode;

use wasm_bindgen_cli_support::Bindgen;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [module, folder, name] = arguments.as_slice() else {
        return refuse("usage: spola-bindgen MODULE.wasm FOLDER NAME");
    };
    let mut bindgen = Bindgen::new();
    bindgen.input_path(module).out_name(name).keep_debug(false);
    bindgen.remove_name_section(std::env::var_os("SPOLA_KEEP_NAMES").is_none());
    bindgen.remove_producers_section(true);
    bindgen.reset_state_function(true);
    let written = bindgen
        .web(true)
        .and_then(|bindgen| bindgen.omit_default_module_path(true).generate(folder));
    match written {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => refuse(&format!("{module}: {error:#}")),
    }
}

#[expect(clippy::print_stderr, reason = "a command line")]
fn refuse(message: &str) -> ExitCode {
    eprintln!("{message}");
    ExitCode::from(2)
}
