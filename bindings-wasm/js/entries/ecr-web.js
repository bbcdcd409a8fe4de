// Browsers, bundlers, Deno, workers: the modules lie beside the script.
import * as documents from "#engine";
import * as operations from "#toolkit";
import { engine } from "../engine.js";
import { toolkit } from "../toolkit.js";

engine.provide(documents, { url: () => new URL("./spola.wasm", import.meta.url) });
toolkit.provide(operations, { url: () => new URL("./ecr.wasm", import.meta.url) });
export * from "../ecr.js";
