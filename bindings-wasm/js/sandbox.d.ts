// The in-memory AWS as a fetch.

/** A sandbox: a `fetch` that answers for Amazon ECR and EC2 Image Builder. */
export interface Sandbox {
  (url: string, init?: RequestInit): Promise<Response>;
  /** Any credentials will do, or none. */
  readonly takesAny: true;
  /** The sandbox's clock, in Unix milliseconds. */
  now(): number;
  /** Moves the clock; waits cost nothing here. */
  sleep(delay: number): Promise<void>;
  /** The whole state, to go on with later. */
  state(): Uint8Array;
}

/** How a sandbox begins. */
export interface SandboxOptions {
  /** What an earlier sandbox's `state()` gave. */
  state?: Uint8Array | string;
  /** Without the sample registry. */
  empty?: boolean;
  /** What its clock shows at first, in Unix milliseconds. */
  now?: number;
  /** The WebAssembly module, where the entry cannot find it. */
  module?: WebAssembly.Module | BufferSource | URL | string | Response | Promise<Response>;
}

/** Makes an in-memory AWS; the sample registry is in it unless it is to be empty. */
export function sandbox(options?: SandboxOptions): Promise<Sandbox>;
