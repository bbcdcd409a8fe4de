// Browsers, bundlers, Deno, workers: the module lies beside the script.
import * as glue from "#engine";
import { engine } from "../engine.js";

engine.provide(glue, { url: () => new URL("./__MODULE__.wasm", import.meta.url) });
export * from "#names";
