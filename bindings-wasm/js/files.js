// Documents on disk, for hosts that have one.

import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { readers } from "./transport.js";

readers.push({
  test: (url) => !/^https?:/i.test(url),
  read: (url) => readFile(/^file:/i.test(url) ? fileURLToPath(url) : url),
});
