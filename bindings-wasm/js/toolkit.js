// The toolkit's own module: a page that loads no document does without the other.

import { Engine, engines } from "./engine.js";

/** Carries out operations. */
export const toolkit = new Engine();
engines.push(toolkit);
