// Edge workers: the platform compiles the module.
import module from "./__MODULE__.wasm";
import { provide } from "../sandbox.js";

provide({ sync: () => module });
export * from "../sandbox.js";
