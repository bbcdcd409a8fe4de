// Node and Bun: the module is read from disk when it is first needed.
import { readFileSync } from "node:fs";
import * as glue from "#engine";
import { engine } from "../engine.js";
import "../files.js";

const sync = () => readFileSync(new URL("./__MODULE__.wasm", import.meta.url));
engine.provide(glue, { sync });
export * from "#names";
