// Node and Bun: each module is read from disk when it is first needed.
import { readFileSync } from "node:fs";
import * as documents from "#engine";
import * as operations from "#toolkit";
import { engine } from "../engine.js";
import { toolkit } from "../toolkit.js";
import "../files.js";

engine.provide(documents, { sync: () => readFileSync(new URL("./spola.wasm", import.meta.url)) });
toolkit.provide(operations, { sync: () => readFileSync(new URL("./ecr.wasm", import.meta.url)) });
export * from "../ecr.js";
