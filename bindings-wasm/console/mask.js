// What is shown of requests and answers: no secrets, and not everything.

const HIDDEN = "•••";

/** Header fields whose values are secrets. */
const FIELDS = /^(authorization|proxy-authorization|cookie|set-cookie|x-api-key|x-amz-security-token)$/i;

/** Members of JSON bodies whose values are secrets. Page tokens are none. */
const MEMBERS = /^(.*(password|secret|credential|apikey|api_key|privatekey|private_key).*|(authorization|access|refresh|id|session)_?token)$/i;

/** The longest body that is kept to be shown. */
const LONGEST = 20_000;

/** Hides secrets: the values given, and what is one by its name. */
export class Mask {
  constructor(secrets = []) {
    this.secrets = secrets.filter((secret) => typeof secret === "string" && secret.length > 0).sort((a, b) => b.length - a.length);
  }

  text(text) {
    return this.secrets.reduce((text, secret) => {
      const forms = [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)];
      return forms.reduce((text, form) => text.replaceAll(form, HIDDEN), text);
    }, text);
  }

  headers(fields) {
    return fields.map(([name, value]) => [name, FIELDS.test(name) ? HIDDEN : this.text(value)]);
  }

  /** A body as text: JSON is set out in lines. */
  body(bytes) {
    if (!bytes?.length) return "";
    let text;
    try {
      text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    } catch {
      return `${bytes.length} bytes`;
    }
    try {
      text = JSON.stringify(hide(JSON.parse(text)), null, 2);
    } catch {
      // It is no JSON, and is shown as it is.
    }
    return this.cut(this.text(text));
  }

  /** Any value as JSON. */
  value(value) {
    return this.cut(this.text(JSON.stringify(hide(value), null, 2)));
  }

  cut(text) {
    return text.length > LONGEST ? `${text.slice(0, LONGEST)}\n… ${text.length - LONGEST} more characters` : text;
  }
}

function hide(value) {
  if (Array.isArray(value)) return value.map(hide);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, MEMBERS.test(name) && typeof inner === "string" ? HIDDEN : hide(inner)]),
  );
}
