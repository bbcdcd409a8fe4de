// Reads conversations and workflows from disk.

import { readFileSync, readdirSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";

/** The workspace's folder. */
export const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");

/** A file of the workspace as text. */
export const read = (path) => readFileSync(join(root, path), "utf8");

/** Every conversation with its documents as texts. */
export function conversations() {
  const folder = join(root, "tests/conversations");
  const files = readdirSync(folder, { recursive: true }).filter((file) => file.endsWith(".yaml"));
  return files.sort().map((file) => {
    const value = parse(readFileSync(join(folder, file), "utf8"));
    const documents = value.document
      ? withSources(resolve(folder, dirname(file), value.document))
      : Object.entries(value.documents).map(([url, text]) => ({ url, text }));
    return { name: file.replace(".yaml", ""), value, documents };
  });
}

/** A workflow document and what it names, under paths in the workspace. */
export function withSources(path) {
  const text = readFileSync(path, "utf8");
  const sources = parse(text).sourceDescriptions.map(({ url }) => resolve(dirname(path), url));
  const all = [path, ...sources];
  return all.map((file) => ({ url: relative(root, file), text: readFileSync(file, "utf8") }));
}

/** One of the four shipped workflows. */
export const shipped = (id) => withSources(join(root, `workflows/arazzo/${id}.arazzo.yaml`));
