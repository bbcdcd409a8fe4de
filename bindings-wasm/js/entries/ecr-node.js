// Node and Bun: each module is read from disk when it is first needed.
import { readFileSync } from "node:fs";
import * as documents from "#engine";
import * as operations from "#toolkit";
import { engine } from "../engine.js";
import { toolkit } from "../toolkit.js";
import "../files.js";

const documentsSync = () => readFileSync(new URL("./spola.wasm", import.meta.url));
const operationsSync = () => readFileSync(new URL("./ecr.wasm", import.meta.url));
engine.provide(documents, Object.assign(async () => documentsSync(), { sync: documentsSync }));
toolkit.provide(operations, Object.assign(async () => operationsSync(), { sync: operationsSync }));
export * from "../ecr.js";
