// Browsers, bundlers, Deno, workers: the module lies beside the script.
import { provide } from "../sandbox.js";

provide({ url: () => new URL("./__MODULE__.wasm", import.meta.url) });
export * from "../sandbox.js";
