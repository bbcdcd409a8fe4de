// Plays the suites and hostile documents on the module that is named first.
import { existsSync, readFileSync, readdirSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

const [file, ...only] = process.argv.slice(2);
const compiled = new WebAssembly.Module(readFileSync(file));
let failed = 0;

function shared(path) {
  for (let at = resolve("."); at !== dirname(at); at = dirname(at)) {
    const found = join(at, "shared", path);
    if (existsSync(found)) return found;
  }
  console.log(`skipped: ${path} is not here`);
}

/** A fresh module for each call: after a trap, one is of no use. */
function call(name, { text = "", argument = 0 } = {}) {
  const { exports } = new WebAssembly.Instance(compiled, {});
  const told = () => {
    const bytes = [];
    for (let byte; (byte = exports.take(bytes.length)) >= 0; ) bytes.push(byte);
    return Buffer.from(bytes).toString();
  };
  exports.begin();
  for (const byte of Buffer.from(text)) exports.put(byte);
  try {
    return { result: exports[name](argument), told: told() };
  } catch (trap) {
    return { result: -1, told: `${told()}: ${trap}` };
  }
}

function suite(name, text, wanted) {
  const began = performance.now();
  const { result, told } = call(name, { text });
  const ms = Math.round(performance.now() - began);
  console.log(`${name}: ${result} of ${wanted} pass, ${ms} ms`);
  if (result !== wanted) {
    console.log(told);
    failed += 1;
  }
}

// Texts are joined as they are: JSON.parse would lose numbers.
const members = (entries) => `{${entries.map(([name, text]) => `${JSON.stringify(name)}:${text}`)}}`;

function texts(folder, url) {
  return readdirSync(folder).sort().flatMap((name) => {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) return texts(path, `${url}${name}/`);
    return [[url + name, readFileSync(path, "utf8")]];
  });
}

const wants = (name) => only.length === 0 || only.includes(name);

const queries = wants("jsonpath") && shared("suites/jsonpath/cts.json");
if (queries) suite("jsonpath", readFileSync(queries, "utf8"), 703);

const schemas = wants("schema") && shared("suites/json-schema-2020-12");
if (schemas) {
  const files = texts(schemas, "").filter(([name]) => !name.startsWith("remotes/"));
  const remotes = texts(join(schemas, "remotes"), "http://localhost:1234/");
  suite("schema", `{"files":${members(files)},"remotes":${members(remotes)}}`, 1299);
}

for (let argument = 0; wants("hostile"); argument += 1) {
  const began = performance.now();
  const { result, told } = call("hostile", { argument });
  if (result === 2) break;
  const ms = Math.round(performance.now() - began);
  console.log(`hostile: ${told}: ${result === 1 ? "ok" : "FAILED"}, ${ms} ms`);
  if (result !== 1) failed += 1;
}

process.exit(failed > 0 ? 1 : 0);
