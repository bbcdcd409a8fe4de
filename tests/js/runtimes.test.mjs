// Bun and Deno: what Node does, they do.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { promisify } from "node:util";
import { serving } from "./command.mjs";
import { root } from "./read.mjs";
import { WORKFLOWS } from "./workflows.mjs";

const here = join(root, "tests/js");
const runs = async (command, args) => {
  const { stdout } = await promisify(execFile)(join(here, "node_modules/.bin", command), args, { cwd: here });
  return stdout.trim();
};
const RUNTIMES = {
  bun: (...args) => runs("bun", ["run", ...args]),
  deno: (...args) => runs("deno", ["run", "--allow-read", "--allow-env", "--allow-net=127.0.0.1", "--no-prompt", ...args]),
};

/** A script that is a page's: the entry for pages, or one that asks for it by `require`. */
function script(name, text) {
  const folder = join(here, ".made");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, name), text);
  return join(folder, name);
}

const inputs = JSON.stringify(WORKFLOWS["publish-image"]);
const document = JSON.stringify(join(root, "workflows/arazzo/publish-image.arazzo.yaml"));
const BODY = `
  const program = await load(${document});
  const { outcome } = await program.run(null, ${inputs}, { fetch: await sandbox(), region: "eu-central-1" });
  console.log(outcome);
`;

for (const [name, run] of Object.entries(RUNTIMES)) {
  describe(name, () => {
    let cloud;
    before(async () => {
      cloud = await serving(["sandbox", "--listen", "127.0.0.1:0"], { url: /(http:\/\/[\d.]+:\d+)/ });
    });
    after(() => cloud.stop());

    test("every conversation, a workflow, an operation and a copy go as in Node", async () => {
      const { conversations, wrong } = JSON.parse(await run("runtimes.mjs", cloud.url));
      assert.deepEqual(wrong, []);
      assert.ok(conversations >= 91);
    });

    test("the package is required as well", async () => {
      const text = `const { load } = require("spola"); const { sandbox } = require("spola/sandbox"); (async () => {${BODY}})();`;
      assert.equal(await run(script("required.cjs", text)), "succeeded");
    });
  });
}

test("Bun runs the entry for pages", async () => {
  const dist = (name) => JSON.stringify(join(root, "bindings-wasm/dist", name));
  const text = `import { load } from ${dist("web.js")}; import { sandbox } from ${dist("sandbox-web.js")}; ${BODY}`;
  const read = text.replace(`load(${document})`, `load(${document}, { read: async (path) => new Uint8Array(await Bun.file(String(path)).arrayBuffer()) })`);
  assert.equal(await RUNTIMES.bun(script("bun-web.mjs", read)), "succeeded");
});
