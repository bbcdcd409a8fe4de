// What the package holds, and each way of loading it.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { build } from "esbuild";
import { read, root, shipped } from "./read.mjs";
import { WORKFLOWS } from "./workflows.mjs";

const here = join(root, "tests/js");
const made = join(here, ".made");
const packed = join(root, "bindings-wasm");

/** Whether the modules have been made as small as they are packed. */
const target = process.env.CARGO_TARGET_DIR ?? join(root, "target");
const builtWhole = ["spola", "lean", "ecr", "sandbox"].every((name) => existsSync(join(target, "npm", name, "whole")));

const run = (command, args, options) =>
  execFileSync(command, args, { cwd: here, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"], ...options });
const tool = (name) => join(here, "node_modules/.bin", name);

test("the packed package holds what is used, and nothing else", () => {
  const [{ files }] = JSON.parse(run("npm", ["pack", "--ignore-scripts", "--dry-run", "--json"], { cwd: packed }));
  const names = files.map(({ path }) => path);
  const expected = /^(package\.json|README\.md|LICENSE-(APACHE|MIT)|dist\/[\w-]+\.(js|cjs|js\.map|cjs\.map|wasm|d\.ts|d\.cts))$/;
  assert.deepEqual(names.filter((name) => !expected.test(name)), []);
  for (const name of ["README.md", "LICENSE-MIT", "dist/spola.wasm", "dist/lean.wasm", "dist/ecr.wasm", "dist/sandbox.wasm"]) {
    assert.ok(names.includes(name), name);
  }
});

test("every file that the package names is there", () => {
  const { exports } = JSON.parse(readFileSync(join(packed, "package.json"), "utf8"));
  const paths = (value) => (typeof value === "string" ? [value] : Object.values(value).flatMap(paths));
  for (const path of paths(exports)) readFileSync(join(packed, path));
});

test("publint finds nothing", async () => {
  const { publint } = await import("publint");
  const { messages } = await publint({ pkgDir: packed, pack: "npm" });
  assert.deepEqual(messages.filter(({ type }) => type !== "suggestion"), []);
});

test("attw finds no wrong types", () => {
  rmSync(join(made, "pack"), { recursive: true, force: true });
  mkdirSync(join(made, "pack"), { recursive: true });
  const [{ filename }] = JSON.parse(
    run("npm", ["pack", "--ignore-scripts", "--json", "--pack-destination", join(made, "pack")], { cwd: packed }),
  );
  const entries = [".", "./lean", "./ecr", "./sandbox"];
  // The oldest resolution knows no exports: entries beside the main one are not for it.
  const args = [join(made, "pack", filename), "--profile", "node16", "--entrypoints", ...entries, "--no-color"];
  run(tool("attw"), args);
});

test("types tell right from wrong", () => {
  const args = ["--noEmit", "--strict", "--module", "nodenext", "--lib", "es2022,dom,esnext.disposable", "--types", "", "types.mts"];
  run(tool("tsc"), args);
});

for (const name of ["spola", "lean", "ecr", "sandbox"]) {
  test(`the module of ${name} is not over 270 KB gzip`, () => {
    const size = gzipSync(readFileSync(join(packed, `dist/${name}.wasm`)), { level: 9 }).length;
    assert.ok(size <= 270_000, `${size}`);
  });
}

test("each entry weighs no more than the README says", { skip: !builtWhole && "built in a hurry, which is larger" }, () => {
  const brotli = (file) => {
    const params = { [constants.BROTLI_PARAM_LGWIN]: 24 };
    return brotliCompressSync(readFileSync(join(packed, "dist", file)), { params }).length;
  };
  const rows = [...read("bindings-wasm/README.md").matchAll(/^\| `spola(?:\/(\w+))?`.*?\| (\d+) \|/gm)];
  assert.equal(rows.length, 4);
  for (const [, name, most] of rows) {
    const size = brotli(`${name ?? "spola"}.wasm`) + brotli(name ? `${name}-web.js` : "web.js");
    assert.ok(size <= Number(most) * 1000, `${name ?? "spola"}: ${size}`);
  }
});

test("an edge worker is given compiled modules", async () => {
  const script = `
    import { load } from "spola";
    import { sandbox } from "spola/sandbox";
    export default { async fetch(documents, inputs) {
      const program = await load(documents);
      return program.run(null, inputs, { fetch: await sandbox(), region: "eu-central-1" });
    } };
  `;
  const compiled = {
    name: "compiled",
    setup(build) {
      build.onLoad({ filter: /\.wasm$/ }, ({ path }) => ({
        contents: `export default new WebAssembly.Module(Buffer.from("${readFileSync(path, "base64")}", "base64"))`,
      }));
    },
  };
  const outfile = join(made, "worker.mjs");
  const stdin = { contents: script, resolveDir: here };
  await build({ stdin, bundle: true, format: "esm", conditions: ["workerd"], plugins: [compiled], outfile, logLevel: "error" });
  const { default: worker } = await import(outfile);
  const result = await worker.fetch(shipped("publish-image"), WORKFLOWS["publish-image"]);
  assert.equal(result.outcome, "succeeded");
});

const SCRIPT = `
import { load } from "spola";
import { sandbox } from "spola/sandbox";
const program = await load(${JSON.stringify(join(root, "workflows/arazzo/publish-image.arazzo.yaml"))});
const inputs = ${JSON.stringify(WORKFLOWS["publish-image"])};
const result = await program.run(null, inputs, { fetch: await sandbox(), region: "eu-central-1" });
console.log(result.outcome);
`;

test("Deno runs it", () => {
  mkdirSync(made, { recursive: true });
  const file = join(made, "deno.mjs");
  writeFileSync(file, SCRIPT);
  assert.equal(run(tool("deno"), ["run", "--allow-read", "--no-prompt", file]).trim(), "succeeded");
});

test("Deno runs the entry for pages", () => {
  mkdirSync(made, { recursive: true });
  const file = join(made, "deno-web.mjs");
  const web = (name) => JSON.stringify(join(packed, "dist", name));
  writeFileSync(file, `
    import { load } from ${web("web.js")};
    import { sandbox } from ${web("sandbox-web.js")};
    const program = await load(${JSON.stringify(shipped("image-inventory"))});
    const result = await program.run(null, { repositoryName: "app" }, { fetch: await sandbox(), region: "eu-central-1" });
    console.log(result.outcome);
  `);
  assert.equal(run(tool("deno"), ["run", "--allow-read", "--no-prompt", file]).trim(), "succeeded");
});
