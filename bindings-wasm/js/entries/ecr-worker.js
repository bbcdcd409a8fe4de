// Edge workers: the platform compiles the modules.
import documentsModule from "./spola.wasm";
import operationsModule from "./ecr.wasm";
import * as documents from "#engine";
import * as operations from "#toolkit";
import { engine } from "../engine.js";
import { toolkit } from "../toolkit.js";

engine.provide(documents, { sync: () => documentsModule });
toolkit.provide(operations, { sync: () => operationsModule });
export * from "../ecr.js";
