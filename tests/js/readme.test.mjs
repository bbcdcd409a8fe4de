// The package's README: its examples run.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { test } from "node:test";
import { spola } from "./command.mjs";
import { read, root } from "./read.mjs";
import { WORKFLOWS } from "./workflows.mjs";

const folder = join(root, "tests/js/.made/readme");
mkdirSync(folder, { recursive: true });

const given = `
const base = ${JSON.stringify(pathToFileURL(join(root, "workflows/arazzo/")).href)};
const [accessKeyId, secretAccessKey, sessionToken, token] = ["AKID", "secret", "session", "token"];
const inputs = ${JSON.stringify(WORKFLOWS["publish-image"])};
globalThis.fetch = async () => { throw new TypeError("no network in tests"); };
`;

const examples = [...read("bindings-wasm/README.md").matchAll(/```js\n([\s\S]*?)```/g)].map(([, text]) => text);

test("there are examples", () => assert.ok(examples.length >= 6));

for (const [at, text] of examples.entries()) {
  test(`example ${at + 1} runs`, () => {
    let script = `${text.match(/^import .*$/gm).join("\n")}\n${given}\n${text.replaceAll(/^import .*$/gm, "")}`;
    if (text.includes("bundle.json")) {
      const made = spola(["bundle", "workflows/arazzo/publish-image.arazzo.yaml", "-o", join(folder, "publish-image.bundle.json")]);
      assert.equal(made.status, 0, made.stderr);
      script = script.replace(/const base = .*/, `const base = ${JSON.stringify(pathToFileURL(folder).href + "/")};`);
    }
    const file = join(folder, `${at + 1}.mjs`);
    writeFileSync(file, script);
    execFileSync(process.execPath, [file], { stdio: "pipe" });
  });
}
