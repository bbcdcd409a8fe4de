// Edge workers: the platform compiles the modules.
import documentsModule from "./spola.wasm";
import operationsModule from "./ecr.wasm";
import { engine } from "../engine.js";
import { toolkit } from "../toolkit.js";

engine.provide({ sync: () => documentsModule });
toolkit.provide({ sync: () => operationsModule });
export * from "../ecr.js";
