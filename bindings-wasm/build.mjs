// Builds the npm package into dist/: `node build.mjs [--quick | --scripts] [module …]`.
//
// --scripts bundles the scripts anew around modules that are there already.
// It installs what it needs. With the sources of Rust's standard library at hand
// the modules are built with a library made as small as they are; without, or with
// --quick, by the ordinary one: larger, and the same otherwise.

import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { named } from "./order.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const root = dirname(here);
const target = process.env.CARGO_TARGET_DIR ?? join(root, "target");
const dist = join(here, "dist");
const made = join(target, "npm");
const quick = process.argv.includes("--quick");
const scriptsOnly = process.argv.includes("--scripts");

/**
 * Each module by name: the features it is built with, its entries, the
 * script of their names, and whose modules they use beside.
 */
const MODULES = {
  spola: { features: "documents", entries: ["web", "node", "worker"] },
  lean: { features: "programs", entries: ["web", "node", "worker"], prefix: "lean-", names: "lean" },
  ecr: { features: "ecr", entries: ["ecr-web", "ecr-node", "ecr-worker"], beside: "spola" },
  sandbox: { features: "sandbox", entries: ["sandbox-web", "sandbox-node", "sandbox-worker"] },
};

/** What every engine of the last years understands. */
const WASM = ["bulk-memory", "mutable-globals", "nontrapping-fptoint", "sign-ext", "multivalue", "reference-types"];
const FEATURES = [
  ...["bulk-memory", "bulk-memory-opt", "mutable-globals", "nontrapping-float-to-int"],
  ...["sign-ext", "multivalue", "reference-types"],
].map((one) => `--enable-${one}`);
const OPTIMIZER = [
  ...["-Oz", "--strip-producers", "--strip-target-features"],
  // The stack lies lowest and grows down: no pointer is as near to zero.
  "--low-memory-unused",
  // Fewer copies of what is the same; an alignment is but a hint.
  ...["--one-caller-inline-max-function-size=0", "--dealign"],
];

const run = (command, args, options = {}) =>
  execFileSync(command, args, { stdio: ["ignore", "inherit", "inherit"], cwd: root, ...options });

const attempt = (command, args) => {
  try {
    return execFileSync(command, args, { stdio: ["ignore", "pipe", "pipe"], cwd: root }).toString();
  } catch {
    return undefined;
  }
};

function tools() {
  if (!existsSync(join(here, "node_modules", "esbuild")) || !existsSync(join(here, "node_modules", "binaryen"))) {
    run("npm", ["install", "--silent", "--no-audit", "--no-fund", "--no-package-lock"], { cwd: here });
  }
  if (!scriptsOnly) attempt("rustup", ["target", "add", "wasm32-unknown-unknown"]);
}

/** Whether the standard library can be built as well. */
function hasLibrary() {
  if (quick) return false;
  attempt("rustup", ["component", "add", "rust-src"]);
  const sysroot = attempt("rustc", ["--print", "sysroot"])?.trim();
  return Boolean(sysroot) && existsSync(join(sysroot, "lib/rustlib/src/rust/library/std/Cargo.toml"));
}

function compile(features, whole) {
  const flags = [`-Ctarget-feature=${WASM.map((one) => `+${one}`).join(",")}`];
  flags.push('--cfg=sha2_backend="soft"', '--cfg=sha2_backend_soft="compact"', "--cfg=spola_small");
  const args = ["build", "--quiet", "--profile", "wasm", "--target", "wasm32-unknown-unknown", "-p", "spola-wasm"];
  args.push("--no-default-features", "--features", features);
  const env = { ...process.env, CARGO_TARGET_DIR: target };
  if (whole) {
    flags.push("-Zunstable-options", "-Zlocation-detail=none", "-Zfmt-debug=none");
    // Both copy what they mean to make faster.
    flags.push("-Cllvm-args=-disable-lsr", "-Cllvm-args=-enable-load-pre=false");
    // What is long and called in one place alone stays a function: in one of several
    // thousand instructions every variable takes longer to name.
    flags.push("-Cllvm-args=-inline-instr-cost=50", "-Cllvm-args=-inline-call-penalty=250");
    args.push("-Zpanic-immediate-abort", "-Zbuild-std=std", "-Zbuild-std-features=optimize_for_size");
    Object.assign(env, { RUSTC_BOOTSTRAP: "1", CARGO_PROFILE_WASM_PANIC: "immediate-abort" });
  }
  env.CARGO_ENCODED_RUSTFLAGS = flags.join("\x1f");
  run("cargo", args, { env });
  return join(target, "wasm32-unknown-unknown", "wasm", "spola_wasm.wasm");
}

function shrink(input, output) {
  if (quick) return cpSync(input, output);
  const optimizer = join(here, "node_modules", ".bin", "wasm-opt");
  run(optimizer, [...FEATURES, ...OPTIMIZER, input, "-o", output]);
  writeFileSync(output, named(readFileSync(output)));
  run(optimizer, [...FEATURES, "--reorder-functions-by-name", output, "-o", output]);
}

function module(name, { features }, whole) {
  let compiled;
  try {
    compiled = compile(features, whole);
  } catch (error) {
    if (!whole) throw error;
    console.warn(`${name}: the standard library cannot be built here; the ordinary one is used`);
    whole = false;
    compiled = compile(features, whole);
  }
  shrink(compiled, join(dist, `${name}.wasm`));
  const folder = join(made, name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  // Sizes are held to a budget where this is.
  if (whole) writeFileSync(join(folder, "whole"), "");
}

async function scripts(esbuild, name, { entries, prefix = "", names = "index" }) {
  for (const entry of entries) {
    const output = `${prefix}${entry}`;
    const named = {
      name: "module-name",
      setup: (build) =>
        build.onLoad({ filter: /js\/entries\/.*\.js$/ }, ({ path }) => ({
          contents: readFileSync(path, "utf8").replaceAll("__MODULE__", name),
        })),
    };
    const common = {
      entryPoints: [join(here, "js", "entries", `${entry}.js`)],
      bundle: true,
      minify: true,
      sourcemap: true,
      sourcesContent: true,
      target: "es2022",
      external: ["*.wasm", "node:*"],
      alias: { "#names": join(here, "js", `${names}.js`) },
      plugins: [named],
      logLevel: "warning",
    };
    await esbuild.build({ ...common, format: "esm", outfile: join(dist, `${output}.js`) });
    if (entry.endsWith("node")) {
      await esbuild.build({
        ...common,
        format: "cjs",
        platform: "node",
        outfile: join(dist, `${output}.cjs`),
        define: { "import.meta.url": "here" },
        banner: { js: 'const here=require("node:url").pathToFileURL(__filename).href;' },
      });
    }
  }
}

function types() {
  for (const file of readdirSync(join(here, "js")).filter((file) => file.endsWith(".d.ts"))) {
    const text = readFileSync(join(here, "js", file), "utf8");
    writeFileSync(join(dist, file), text);
    writeFileSync(join(dist, file.replace(".d.ts", ".d.cts")), text.replaceAll(/from "(\.[^"]*)\.js"/g, 'from "$1.cjs"'));
  }
  for (const file of ["LICENSE-APACHE", "LICENSE-MIT"]) cpSync(join(root, file), join(here, file));
}

function sizes(names) {
  const brotli = (bytes) => brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_LGWIN]: 24 } }).length;
  const rows = names.map((name) => {
    const wasm = readFileSync(join(dist, `${name}.wasm`));
    const { entries, prefix = "" } = MODULES[name];
    const script = readFileSync(join(dist, `${prefix}${entries[0]}.js`));
    return { entry: name, wasm: wasm.length, "wasm gzip": gzipSync(wasm, { level: 9 }).length, "wasm brotli": brotli(wasm),
      "script brotli": brotli(script), "together, brotli": brotli(wasm) + brotli(script) };
  });
  console.table(rows);
}

const asked = process.argv.slice(2).filter((word) => !word.startsWith("--"));
const names = asked.length > 0 ? asked : Object.keys(MODULES);
for (const { beside } of names.map((name) => MODULES[name])) {
  if (beside && !names.includes(beside) && !existsSync(join(dist, `${beside}.wasm`))) names.unshift(beside);
}
tools();
const esbuild = await import("esbuild");
mkdirSync(dist, { recursive: true });
if (asked.length === 0 && !scriptsOnly) rmSync(dist, { recursive: true });
mkdirSync(dist, { recursive: true });
const whole = !scriptsOnly && hasLibrary();
for (const name of names) {
  if (!scriptsOnly) module(name, MODULES[name], whole);
  await scripts(esbuild, name, MODULES[name]);
}
types();
sizes(names);
