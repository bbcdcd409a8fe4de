// The lean entry: programs out of bundles, for pages behind a proxy that signs.

import type { DocumentText, DriveOptions, LoadOptions, Machine, ModuleSource, Outcome, Program } from "./index.js";

export type * from "./index.js";
export { Program, Run, SpolaError } from "./index.js";

/** How a bundle is loaded. */
export type BundleOptions = Pick<LoadOptions, "fetch" | "signal" | "module">;

/** Takes the program out of what `spola bundle` wrote: its URL, its text under a URL, or itself. */
export function load(bundle: string | URL | DocumentText | [DocumentText] | object, options?: BundleOptions): Promise<Program>;

/** Makes the engine ready; `load` does it too. */
export function init(module?: ModuleSource): Promise<void>;

/** The same at once, from a module or its bytes. */
export function initSync(module?: WebAssembly.Module | BufferSource): void;

/** Drives any machine to its end; requests that need authorization go to a proxy. */
export function drive(machine: Machine, options?: DriveOptions): Promise<Outcome>;
