// Node and Bun: the module is read from disk when it is first needed.
import { readFileSync } from "node:fs";
import { provide } from "../sandbox.js";

const sync = () => readFileSync(new URL("./__MODULE__.wasm", import.meta.url));
provide({ sync });
export * from "../sandbox.js";
