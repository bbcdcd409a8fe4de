// A small page, built as an application would build it.

import { once } from "node:events";
import { cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { root, shipped } from "./read.mjs";
import { WORKFLOWS } from "./workflows.mjs";

const SCRIPT = `
import { load } from "spola";
import { sandbox } from "spola/sandbox";
const program = await load(${JSON.stringify(shipped("publish-image"))});
const inputs = ${JSON.stringify(WORKFLOWS["publish-image"])};
const result = await program.run(null, inputs, { fetch: await sandbox(), region: "eu-central-1" });
window.outcome = result.outcome;
`;

/** A folder with the page's sources, inside this one so that the packages are found. */
function sources(name) {
  const folder = join(root, "tests/js/.made", name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "main.js"), SCRIPT);
  return folder;
}

export const BUNDLERS = {
  async vite() {
    const { build } = await import("vite");
    const folder = sources("vite");
    writeFileSync(join(folder, "index.html"), "<!doctype html><script type=module src=/main.js></script>");
    const options = { outDir: "out", target: "es2022", assetsInlineLimit: 0, modulePreload: false };
    await build({ root: folder, build: options, logLevel: "error", configFile: false });
    return join(folder, "out");
  },

  async webpack() {
    const { default: webpack } = await import("webpack");
    const folder = sources("webpack");
    const output = { path: join(folder, "out"), publicPath: "/" };
    const options = { mode: "production", context: folder, entry: "./main.js", output, performance: false };
    await new Promise((done, failed) => {
      webpack(options, (error, stats) => {
        if (error || stats.hasErrors()) failed(error ?? new Error(stats.toString({ colors: false })));
        else done();
      });
    });
    writeFileSync(join(folder, "out", "index.html"), "<!doctype html><script src=/main.js></script>");
    return join(folder, "out");
  },
};

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  return port;
}

/** The page as Vite's development server gives it; `close` ends that. */
export async function developed() {
  const vite = await import("vite");
  const folder = sources("vite-server");
  writeFileSync(join(folder, "index.html"), '<!doctype html><link rel="icon" href="data:,"><script type=module src=/main.js></script>');
  // As it is installed: what is only linked to is not made ready beforehand.
  const installed = join(folder, "node_modules/spola");
  for (const part of ["package.json", "dist"]) cpSync(join(root, "bindings-wasm", part), join(installed, part), { recursive: true });
  const fs = { allow: [root] };
  const server = { host: "127.0.0.1", port: await freePort(), strictPort: true, fs, watch: null };
  const made = await vite.createServer({ root: folder, server, logLevel: "error", configFile: false });
  await made.listen();
  return { url: made.resolvedUrls.local[0], close: () => made.close() };
}
