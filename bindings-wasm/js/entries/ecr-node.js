// Node and Bun: each module is read from disk when it is first needed.
import { readFileSync } from "node:fs";
import * as documents from "#engine";
import * as operations from "#toolkit";
import { engine } from "../engine.js";
import { toolkit } from "../toolkit.js";
import "../files.js";

const read = (name) => () => readFileSync(new URL(name, import.meta.url));
engine.provide(documents, { sync: read("./spola.wasm") });
toolkit.provide(operations, { sync: read("./ecr.wasm") });
export * from "../ecr.js";
