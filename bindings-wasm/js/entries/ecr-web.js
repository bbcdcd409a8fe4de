// Browsers, bundlers, Deno, workers: the modules lie beside the script.
import { engine } from "../engine.js";
import { toolkit } from "../toolkit.js";

engine.provide({ url: () => new URL("./spola.wasm", import.meta.url) });
toolkit.provide({ url: () => new URL("./ecr.wasm", import.meta.url) });
export * from "../ecr.js";
