// Node and Bun: the module is read from disk when it is first needed.
import { readFileSync } from "node:fs";
import { engine } from "../engine.js";
import "../files.js";

const sync = () => readFileSync(new URL("./__MODULE__.wasm", import.meta.url));
engine.provide({ sync });
export * from "#names";
