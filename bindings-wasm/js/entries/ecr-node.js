// Node and Bun: each module is read from disk when it is first needed.
import { readFileSync } from "node:fs";
import { engine } from "../engine.js";
import { toolkit } from "../toolkit.js";
import "../files.js";

engine.provide({ sync: () => readFileSync(new URL("./spola.wasm", import.meta.url)) });
toolkit.provide({ sync: () => readFileSync(new URL("./ecr.wasm", import.meta.url)) });
export * from "../ecr.js";
