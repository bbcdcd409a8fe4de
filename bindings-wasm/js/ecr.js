// The Amazon ECR toolkit: each function names an operation; nothing happens yet.
// Documents are loaded as anywhere, and here their steps can start operations.

import { engine } from "./engine.js";
import { host } from "./host.js";
import { hosting } from "./hosted.js";
import { load as loadDocuments } from "./index.js";
import { Machine, Run } from "./machine.js";
import { inputsText, optionsText } from "./options.js";
import { Running } from "./run.js";
import { toolkit } from "./toolkit.js";

export { Program, Run, SpolaError, authorize, drive } from "./index.js";

Object.assign(host, hosting(toolkit));

/** Makes the toolkit ready; `source` is a module, its bytes, a URL or a Response, where the entry cannot find it. */
export const init = (source) => toolkit.init(source);

/** The same without a promise, from a module or its bytes. */
export const initSync = (source) => toolkit.initSync(source);

/** Loads documents as `spola` does, and their steps can start operations. */
export async function load(source, options = {}) {
  const [program] = await Promise.all([loadDocuments(source, options), toolkit.init(options.toolkit)]);
  return program;
}

/** An operation with its arguments. */
export class Operation {
  constructor(name, args = {}) {
    this.name = name;
    this.args = args;
  }

  /** Begins it; the caller drives. `await init()` comes before, in a page. */
  start(options = {}) {
    const given = [this.name, inputsText(this.args), optionsText(options, true)];
    return new Run(begun("ecr_start", given, options), this.name);
  }

  /** Does it: await the result, or iterate over its progress. */
  run(options = {}) {
    return new Running(async () => (await toolkit.init(options.module), this.start(options)), options);
  }
}

/** Goes on with an operation from its snapshot. */
export function resume(snapshot, options = {}) {
  return new Run(begun("ecr_resume", [snapshot, optionsText(options, false)], options), null);
}

function begun(name, given, { account }) {
  const named = account !== undefined && account !== null;
  if (named) given.push(String(account));
  return new Machine(toolkit.hold(name, [named], ...given));
}

/** What a name of an image or repository means, whole or short; asks nobody. */
export function name(text, defaults = {}) {
  return JSON.parse(toolkit.text("ecr_name", [], String(text), JSON.stringify(defaults)));
}

const named = (operation) => (args) => new Operation(operation, args);

export const copyImage = named("copy-image");
export const planCopy = named("plan-copy");
export const describeRegistry = named("describe-registry");
export const listRepositories = named("list-repositories");
export const login = named("login");
export const ensureRepository = named("ensure-repository");
export const createRepository = named("create-repository");
export const deleteRepository = named("delete-repository");
export const repositoryExists = named("repository-exists");
export const describeRepository = named("describe-repository");
export const repositoryTags = named("repository-tags");
export const updateRepositoryTags = named("update-repository-tags");
export const lifecyclePolicy = named("lifecycle-policy");
export const putLifecyclePolicy = named("put-lifecycle-policy");
export const deleteLifecyclePolicy = named("delete-lifecycle-policy");
export const previewLifecyclePolicy = named("preview-lifecycle-policy");
export const repositoryPolicy = named("repository-policy");
export const putRepositoryPolicy = named("put-repository-policy");
export const deleteRepositoryPolicy = named("delete-repository-policy");
export const listImages = named("list-images");
export const inventory = named("inventory");
export const newestImage = named("newest-image");
export const getImage = named("get-image");
export const describeImage = named("describe-image");
export const imageLayers = named("image-layers");
export const imageConfig = named("image-config");
export const imagePlatforms = named("image-platforms");
export const putImage = named("put-image");
export const tagImage = named("tag-image");
export const untagImage = named("untag-image");
export const deleteImages = named("delete-images");
export const resolveImage = named("resolve-image");
