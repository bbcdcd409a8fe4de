// The one error of the package.

/** What went wrong: `code` is stable, `help` says what to do next. */
export class SpolaError extends Error {
  constructor({ code, message, help, location, diagnostics, cause }) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "SpolaError";
    this.code = code;
    this.help = help;
    this.location = location;
    this.diagnostics = diagnostics ?? [];
  }
}

/** An error that the host itself found. */
export function refuse(code, message, help, cause) {
  return new SpolaError({ code, message, help, cause });
}
