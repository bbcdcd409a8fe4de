// Browsers, bundlers, Deno, workers: the module lies beside the script.
import { engine } from "../engine.js";

engine.provide({ url: () => new URL("./__MODULE__.wasm", import.meta.url) });
export * from "#names";
