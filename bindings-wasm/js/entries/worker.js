// Edge workers: the platform compiles the module.
import module from "./__MODULE__.wasm";
import { engine } from "../engine.js";

engine.provide({ sync: () => module });
export * from "#names";
