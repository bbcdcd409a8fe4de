// Edge workers: the platform compiles the module.
import module from "./__MODULE__.wasm";
import * as glue from "#engine";
import { engine } from "../engine.js";

engine.provide(glue, { sync: () => module });
export * from "#names";
