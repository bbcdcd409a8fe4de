// Documents as bundles, made by the command line.

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { spola } from "./command.mjs";

/** Bundles documents given as `{ url, text }`, the workflow document first. */
export function bundled(documents, { strict = false } = {}) {
  const folder = mkdtempSync(join(tmpdir(), "spola-bundle-"));
  try {
    const paths = documents.map(({ url, text }) => {
      const path = join(folder, url);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, typeof text === "string" ? text : JSON.stringify(text));
      return path;
    });
    const output = join(folder, "bundle.json");
    const { status, stderr } = spola(["bundle", paths[0], "-o", output, ...(strict ? ["--strict"] : [])]);
    if (status !== 0) throw new Error(stderr);
    return { url: documents[0].url, text: readFileSync(output, "utf8") };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
