// The package's names and types.

/** A JSON value. */
export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

/** A place in a document; lines and columns from 1, 0 where not known. */
export interface Location {
  document: string;
  pointer: string;
  line: number;
  column: number;
  length: number;
}

/** Something that was found. */
export interface Diagnostic {
  code: string;
  severity?: "error" | "warning" | "hint";
  message: string;
  help?: string;
  location?: Location;
}

/** What every function of the package throws. */
export class SpolaError extends Error {
  readonly name: "SpolaError";
  /** Stable: `link.unknown-operation`, `run.invalid-inputs`, `host.not-ready`. */
  readonly code: string;
  readonly help?: string;
  readonly location?: Location;
  /** All findings, where there are several. */
  readonly diagnostics: Diagnostic[];
}

/** Header fields: pairs, a `Headers`, or names and values. */
export type HeaderFields = Iterable<readonly [string, string]> | Record<string, string>;

/** An HTTP request. */
export interface HttpRequest {
  method: string;
  url: string;
  headers: [string, string][];
  body: Uint8Array;
}

/** One way to authorize a request. */
export type Scheme =
  | { type: "sigv4"; service: string; region: string }
  | { type: "apikey"; name: string; in: "header" | "query" | "cookie" }
  | { type: "basic" }
  | { type: "bearer" }
  | { type: "oauth2"; scopes: string[] };

/** What authorization a request needs; holds no secret. */
export interface Auth {
  source: string;
  schemes: Scheme[];
  optional?: boolean;
  /** The credentials have expired: fetch fresh ones. */
  renew?: boolean;
  /** The service's clock in Unix seconds: sign with it. */
  serverTime?: number;
}

/** Send one request, then feed `response` or `failed`. */
export interface Send {
  type: "send";
  id: number;
  request: HttpRequest;
  auth: Auth | null;
  /** In milliseconds. */
  timeout: number | null;
  /** Read no more bytes of the answer than this. */
  maxResponse: number;
  repeat: "safe" | "unsafe";
  /** The URL without secrets. */
  shownUrl: string;
}

/** Wait that many milliseconds, then feed `elapsed`. */
export interface Wait {
  type: "wait";
  id: number;
  delay: number;
}

/** Drop that request or wait; feed nothing. */
export interface Abort {
  type: "abort";
  id: number;
}

/** The end. */
export interface Done {
  type: "done";
  outcome: Outcome;
}

/** Show it or drop it; feed nothing. */
export type Progress = { type: "progress" } & (
  | { kind: "step-started"; workflowId: string; stepId: string; execution: number }
  | {
      kind: "attempt";
      id: number;
      workflowId: string;
      stepId: string;
      execution: number;
      attempt: number;
      method: string;
      url: string;
    }
  | { kind: "answered"; id: number; status: number | null }
  | { kind: "criterion"; id: number | null; condition: string; passed: boolean; note: string | null }
  | { kind: "outputs"; workflowId: string; stepId: string; names: string[] }
  | { kind: "action"; id: number | null; workflowId: string; stepId: string; succeeded: boolean; action: string }
  | { kind: "waiting"; stepId: string; why: string; delay: number }
  | { kind: "layer"; digest: string; stage: string; done: number; total: number }
  | { kind: "image"; digest: string; tag: string | null; stage: string }
  | { kind: "note"; stepId: string | null; message: string }
);

/** What a machine asks of its host. */
export type Effect = Send | Wait | Abort | Progress | Done;

/** Why no answer came. */
export type FailureReason = "resolve" | "connect" | "tls" | "timeout" | "reset" | "truncated" | "too-large" | "unsupported" | "other";

/** What a host saw; `elapsed` in milliseconds. */
export type Event =
  | { type: "response"; id: number; status: number; headers: HeaderFields; body?: Uint8Array | ArrayBuffer; elapsed?: number }
  | { type: "failed"; id: number; reason: FailureReason; message?: string; elapsed?: number }
  | { type: "elapsed"; id: number }
  | { type: "cancel"; reason?: "user" | "timeout" };

/** How it ended. */
export interface Outcome {
  outcome: "succeeded" | "failed" | "interrupted";
  outputs: Record<string, Json>;
  failure: null | { code: string; stepId: string | null; message: string };
}

/** One request of a run. */
export interface StepRecord {
  workflowId: string;
  stepId: string;
  execution: number;
  attempt: number;
  outcome: "succeeded" | "failed";
  request: { method: string; url: string };
  status: number | null;
  criteria: { condition: string; passed: boolean }[];
  action: string | null;
}

/** An outcome with what led to it. */
export interface Result extends Outcome {
  workflowId: string | null;
  steps: StepRecord[];
}

/** A step, as a document has it. */
export interface StepSummary {
  stepId: string;
  description: string | null;
  operation: string | null;
  operationId: string | null;
  source: string | null;
  workflowId: string | null;
  outputs: string[];
}

/** A workflow, as a document has it. */
export interface WorkflowSummary {
  workflowId: string;
  summary: string | null;
  description: string | null;
  /** The schema of the inputs, references resolved. */
  inputs: Json;
  outputs: string[];
  dependsOn: string[];
  steps: StepSummary[];
}

/** What a run may be given; what is left out takes its default. */
export interface RunOptions {
  /** Where requests go instead: one URL, or by source name. */
  endpoint?: string | URL | Record<string, string | URL>;
  /** Where AWS requests go, all or by service (`ecr`). */
  awsEndpoint?: string | URL | Record<string, string | URL>;
  region?: string;
  useFips?: boolean;
  useDualStack?: boolean;
  serverVariables?: Record<string, string>;
  /** Added to every request, or by source name to those of one source. */
  headers?: Record<string, string | Record<string, string>>;
  /** 10,000 unless given. */
  maxSteps?: number;
  /** 32 unless given. */
  maxDepth?: number;
  /** In milliseconds; 2,000 unless given. */
  pollInterval?: number;
  /** In milliseconds. */
  maxWait?: number;
  /** In bytes; 64 MiB unless given. */
  maxResponse?: number;
  /** How often an AWS request is sent at most; 3 unless given. */
  maxAttempts?: number;
  /** Drawn unless given. */
  seed?: number;
  dependencyInputs?: Record<string, Record<string, Json>>;
}

/** What going on with a run may be given. */
export interface ResumeOptions extends RunOptions {
  /** The secret inputs, which no snapshot holds. */
  secrets?: Record<string, Json>;
  /** What becomes of a request whose answer was never seen. */
  inDoubt?: "send" | "fail" | "skip";
  /** Named in the result; needed where there are several workflows. */
  workflowId?: string;
}

/** AWS credentials. */
export interface AwsCredentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
}

/** What `authorize` puts on a request. */
export interface Credentials extends Partial<AwsCredentials> {
  /** For every scheme but SigV4: the key, the token, or `user:password`. */
  secret?: string;
  /** Whether they may go over plain http to a host that is not this machine. */
  allowPlainHttp?: boolean;
}

type Fetch = (url: string, init?: RequestInit) => Promise<Response>;

/** How a machine is driven. */
export interface DriveOptions extends Pick<RunOptions, "endpoint" | "awsEndpoint"> {
  /** The page's own, unless given. */
  fetch?: Fetch;
  /** AWS credentials, or what fetches them; asked again when they have expired. */
  credentials?: AwsCredentials | ((wanted: { source: string; renew: boolean }) => AwsCredentials | Promise<AwsCredentials>);
  /** Secrets of other schemes by source name. */
  auth?: Record<string, string | ((wanted: { source: string }) => string | Promise<string>)>;
  /** Sends requests unsigned to a proxy that signs them. */
  proxy?: { url: string | URL; token: string };
  /** Ends the run: its outcome is `interrupted`. */
  signal?: AbortSignal;
  /** For the whole run, in milliseconds: `failed`, `run.timeout`. */
  timeout?: number;
  onProgress?: (progress: Progress) => void;
  /** Called before each request and wait, and after each answer, with what `resume` takes. */
  onSnapshot?: (snapshot: Uint8Array) => void;
  /** Waits; given by hosts with a clock of their own. */
  sleep?: (delay: number, signal?: AbortSignal) => Promise<void>;
  /** Unix milliseconds, to sign with. */
  now?: () => number;
}

/** What can be driven. */
export interface Machine {
  poll(): Effect | undefined;
  feed(event: Event): void;
  readonly outcome: Outcome | null;
  snapshot(): Uint8Array;
}

/** One execution; owns no socket, timer or credential. */
export class Run implements Machine {
  private constructor();
  readonly workflowId: string | null;
  /** The next effect; undefined when answers are owed, or when it is over. */
  poll(): Effect | undefined;
  /** Takes what the host saw. */
  feed(event: Event): void;
  /** How it ended; null while it goes on. */
  readonly outcome: Outcome | null;
  readonly steps: StepRecord[];
  /** Where it stands, as bytes that any host can resume. */
  snapshot(): Uint8Array;
  /** Drives it to its end. */
  drive(options?: DriveOptions): Running;
  [Symbol.dispose](): void;
}

/** A run under way: `await` gives the result, `for await` the progress. */
export interface Running extends PromiseLike<Result>, AsyncIterable<Progress> {
  catch<T = never>(failed: (error: unknown) => T | PromiseLike<T>): Promise<Result | T>;
  finally(done: () => void): Promise<Result>;
  readonly run: Run;
  snapshot(): Uint8Array;
}

/** A linked document; any number of runs share it. */
export class Program {
  private constructor();
  readonly workflows: WorkflowSummary[];
  /** Warnings and hints. */
  lint(): Diagnostic[];
  /** Begins a run that the caller drives. */
  start(workflowId?: string | null, inputs?: object | null, options?: RunOptions): Run;
  /** Goes on with a run from its snapshot. */
  resume(snapshot: Uint8Array, options?: ResumeOptions): Run;
  /** Runs a workflow to its end. */
  run(workflowId?: string | null, inputs?: object | null, options?: RunOptions & DriveOptions): Running;
  [Symbol.dispose](): void;
}

/** A document: its URL and its text, bytes or object. */
export interface DocumentText {
  url: string | URL;
  text: string | Uint8Array | object;
}

/** How documents are loaded. */
export interface LoadOptions {
  fetch?: Fetch;
  /** Where source descriptions really are, by name. */
  sources?: Record<string, string | URL>;
  /** The specification's letter: no compatible reading of misspellings. */
  strict?: boolean;
  signal?: AbortSignal;
  /** The WebAssembly module, as `init` takes it. */
  module?: ModuleSource;
}

/** A compiled module, its bytes, or where it is. */
export type ModuleSource = WebAssembly.Module | BufferSource | URL | string | Response | Promise<Response>;

/** Reads, checks and links a workflow document with all it refers to. */
export function load(source: string | URL | DocumentText[], options?: LoadOptions): Promise<Program>;

/** Makes the engine ready; `load` does it too. */
export function init(module?: ModuleSource): Promise<void>;

/** The same at once, from a module or its bytes. */
export function initSync(module?: WebAssembly.Module | BufferSource): void;

/** Puts credentials on a request; `now` in Unix milliseconds. */
export function authorize(request: HttpRequest, auth: Auth | null, credentials: Credentials, now?: number): HttpRequest;

/** Drives any machine to its end. */
export function drive(machine: Machine, options?: DriveOptions): Promise<Outcome>;
