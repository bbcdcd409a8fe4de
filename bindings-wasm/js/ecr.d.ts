// The Amazon ECR toolkit, and documents whose steps start its operations.

import type { DriveOptions, DocumentText, Json, LoadOptions, ModuleSource, Program, Run, RunOptions, Running } from "./index.js";

export * from "./index.js";

/** What an operation may be given; names without a registry mean `account`'s. */
export interface EcrOptions extends Omit<RunOptions, "headers" | "dependencyInputs" | "serverVariables"> {
  account?: string;
}

/** Arguments as the toolkit names them: `repository`, `existsOk`, `glob` … */
export type Arguments = Record<string, Json | undefined>;

/** How documents are loaded here: the toolkit has a module of its own. */
export interface EcrLoadOptions extends LoadOptions {
  /** The toolkit's module, as `init` takes it; `module` is that of `spola`. */
  toolkit?: ModuleSource;
}

/** Reads, checks and links a workflow document, whose steps can start operations. */
export function load(source: string | URL | DocumentText[], options?: EcrLoadOptions): Promise<Program>;

/** Makes the toolkit ready; `run` and `load` do it too. */
export function init(module?: ModuleSource): Promise<void>;

/** An operation with its arguments; nothing happens yet. */
export class Operation {
  constructor(name: string, args?: Arguments);
  readonly name: string;
  readonly args: Arguments;
  /** Begins it; the caller drives. */
  start(options?: EcrOptions): Run;
  /** Does it: its outputs are what it gives. */
  run(options?: EcrOptions & DriveOptions & { module?: ModuleSource }): Running;
}

/** Goes on with an operation from its snapshot. */
export function resume(snapshot: Uint8Array, options?: EcrOptions): Run;

/** What a name means. */
export interface Name {
  uri: string;
  registry: string;
  account: string;
  region: string;
  repository: string;
  arn: string;
  tag: string | null;
  digest: string | null;
}

/** What a name of an image or repository means, whole or short; asks nobody. */
export function name(text: string, defaults?: { account?: string; region?: string; tag?: string }): Name;

export function copyImage(args?: Arguments): Operation;
export function planCopy(args?: Arguments): Operation;
export function describeRegistry(args?: Arguments): Operation;
export function listRepositories(args?: Arguments): Operation;
export function login(args?: Arguments): Operation;
export function ensureRepository(args?: Arguments): Operation;
export function createRepository(args?: Arguments): Operation;
export function deleteRepository(args?: Arguments): Operation;
export function repositoryExists(args?: Arguments): Operation;
export function describeRepository(args?: Arguments): Operation;
export function repositoryTags(args?: Arguments): Operation;
export function updateRepositoryTags(args?: Arguments): Operation;
export function lifecyclePolicy(args?: Arguments): Operation;
export function putLifecyclePolicy(args?: Arguments): Operation;
export function deleteLifecyclePolicy(args?: Arguments): Operation;
export function previewLifecyclePolicy(args?: Arguments): Operation;
export function repositoryPolicy(args?: Arguments): Operation;
export function putRepositoryPolicy(args?: Arguments): Operation;
export function deleteRepositoryPolicy(args?: Arguments): Operation;
export function listImages(args?: Arguments): Operation;
export function inventory(args?: Arguments): Operation;
export function newestImage(args?: Arguments): Operation;
export function getImage(args?: Arguments): Operation;
export function describeImage(args?: Arguments): Operation;
export function imageLayers(args?: Arguments): Operation;
export function imageConfig(args?: Arguments): Operation;
export function imagePlatforms(args?: Arguments): Operation;
export function putImage(args?: Arguments): Operation;
export function tagImage(args?: Arguments): Operation;
export function untagImage(args?: Arguments): Operation;
export function deleteImages(args?: Arguments): Operation;
export function resolveImage(args?: Arguments): Operation;
