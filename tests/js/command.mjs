// The command line beside the package: `spola` as built by cargo.

import { spawn, spawnSync } from "node:child_process";
import { createInterface } from "node:readline";
import { join } from "node:path";
import { root } from "./read.mjs";

const program = process.env.SPOLA ?? join(process.env.CARGO_TARGET_DIR ?? join(root, "target"), "debug/spola");
const env = { ...process.env, AWS_ACCESS_KEY_ID: "AKIAPAGETEST", AWS_SECRET_ACCESS_KEY: "page-secret", AWS_EC2_METADATA_DISABLED: "true" };

/** Runs a command to its end. */
export function spola(args) {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: "utf8", env, cwd: root });
  return { status, stdout, stderr };
}

/** Starts a server, and waits until it has said what is wanted of it. */
export async function serving(args, wanted) {
  const child = spawn(program, args, { env, cwd: root, stdio: ["ignore", "ignore", "pipe"] });
  const found = {};
  for await (const line of createInterface({ input: child.stderr })) {
    for (const [name, pattern] of Object.entries(wanted)) found[name] ??= pattern.exec(line)?.[1];
    if (Object.keys(wanted).every((name) => found[name])) break;
  }
  child.stderr.resume();
  return { ...found, stop: () => child.kill() };
}

/** A sandbox, and a proxy that signs for it and lets a page's origin in. */
export async function proxied(origin) {
  const cloud = await serving(["sandbox", "--listen", "127.0.0.1:0"], { url: /(http:\/\/[\d.]+:\d+)/ });
  // Downloads of layers go to URLs that the registry gives.
  const allow = ["--allow", "ecr", "--allow", "imagebuilder", "--allow", cloud.url, "--region", "eu-central-1"];
  const args = ["proxy", "--listen", "127.0.0.1:0", ...allow, "--endpoint", cloud.url, ...(origin ? ["--origin", origin] : [])];
  const proxy = await serving(args, { url: /(http:\/\/[\d.]+:\d+\S*)/, token: /token: (\S+)/ });
  return {
    proxy: { url: proxy.url, token: proxy.token },
    stop: () => (proxy.stop(), cloud.stop()),
  };
}
