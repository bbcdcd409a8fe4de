// A form made from a JSON Schema: of the inputs of a workflow.

/** Makes an element: `make("p", { class: "x" }, "text", child)`. */
export function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== undefined && child !== null));
  return element;
}

/** Texts longer than this get more than a line. */
const LONG = 1000;

let count = 0;

/**
 * A form for an object. `read()` gives `{ value, wrong }`: what was filled in, and
 * how many fields are wrong, which then say so. `fill(value)` fills it in.
 */
export class SchemaForm {
  constructor(schema, { only } = {}) {
    this.fields = [];
    this.element = document.createDocumentFragment();
    const { properties = {}, required = [] } = schema ?? {};
    const names = Object.keys(properties).filter((name) => !only || only.includes(name));
    const isRequired = (name) => required.includes(name) && properties[name]?.default === undefined;
    const further = names.filter((name) => !isRequired(name));
    for (const name of names.filter(isRequired)) this.element.append(this.add(name, properties[name], true));
    if (further.length > 0) {
      const inner = make("div");
      for (const name of further) inner.append(this.add(name, properties[name], false));
      const title = `${further.length} optional ${further.length === 1 ? "input" : "inputs"}`;
      this.optional = make("details", { class: "optional" }, make("summary", {}, title), inner);
      // A form without anything that has to be filled in shows what there is.
      this.optional.open = further.length === names.length;
      this.element.append(this.optional);
    }
    if (names.length === 0) this.element.append(make("p", { class: "help" }, "This workflow has no inputs."));
  }

  add(name, schema, required) {
    const field = fieldOf(name, schema === true || !schema ? {} : schema, required);
    this.fields.push(field);
    return field.element;
  }

  read() {
    const value = {};
    const wrong = [];
    for (const field of this.fields) {
      const read = field.read();
      if (read.wrong) wrong.push(field);
      else if (read.value !== undefined) value[field.name] = read.value;
    }
    if (wrong.some((field) => this.optional?.contains(field.element))) this.optional.open = true;
    wrong[0]?.focus();
    return { value, wrong: wrong.length };
  }

  fill(value) {
    for (const field of this.fields) field.fill(value[field.name]);
    if (this.fields.some((field) => this.optional?.contains(field.element) && value[field.name] !== undefined)) {
      this.optional.open = true;
    }
  }

  /** The secret values that are filled in: they are shown nowhere. */
  secrets() {
    return this.fields.filter((field) => field.secret).map((field) => field.control.value).filter(Boolean);
  }
}

/** The names of a schema's secret properties. */
export function secretNames(schema) {
  return Object.entries(schema?.properties ?? {}).filter(([, one]) => isSecret(one)).map(([name]) => name);
}

const isSecret = (schema) => schema?.format === "password" || schema?.writeOnly === true;

function typeOf(schema) {
  const types = [schema.type ?? []].flat().filter((type) => type !== "null");
  if (types.length === 1) return types[0];
  if (types.length === 0 && schema.properties) return "object";
  return types.length === 0 && !schema.enum ? "string" : "json";
}

function fieldOf(name, schema, required) {
  const type = typeOf(schema);
  const id = `field-${++count}`;
  if (type === "object" && Object.keys(schema.properties ?? {}).length > 0) return new Group(name, schema, required);
  const [control, kind] = controlOf(schema, type, required);
  return new Field({ name, schema, required, type, id, control, kind });
}

function controlOf(schema, type, required) {
  if (schema.enum || schema.const !== undefined) {
    const values = schema.enum ?? [schema.const];
    const select = make("select");
    if (!required || schema.default === undefined) select.append(make("option", { value: "" }, required ? "Choose…" : "–"));
    for (const value of values) {
      const text = typeof value === "string" ? value : JSON.stringify(value);
      select.append(make("option", { value: JSON.stringify(value) }, text));
    }
    return [select, "choice"];
  }
  switch (type) {
    case "boolean": {
      const options = [["", required ? "Choose…" : "–"], ["true", "yes"], ["false", "no"]];
      return [make("select", {}, ...options.map(([value, text]) => make("option", { value }, text))), "yes or no"];
    }
    case "integer":
    case "number": {
      const step = schema.multipleOf ?? (type === "integer" ? 1 : "any");
      return [make("input", { type: "number", step, min: schema.minimum, max: schema.maximum, inputmode: "decimal" }), type];
    }
    case "string": {
      const limits = { minlength: schema.minLength, maxlength: schema.maxLength, spellcheck: "false", autocomplete: "off" };
      if (isSecret(schema)) return [make("input", { ...limits, type: "password", autocomplete: "off" }), "secret"];
      if ((schema.maxLength ?? 0) > LONG || schema.contentMediaType) return [make("textarea", { ...limits, rows: 5 }), "text"];
      const special = { date: "date", "date-time": "text", email: "email", uri: "url" }[schema.format] ?? "text";
      return [make("input", { ...limits, type: special }), schema.format ?? "text"];
    }
    default: {
      const secret = isSecret(schema) ? { autocomplete: "off" } : {};
      return [make("textarea", { ...secret, rows: 3, spellcheck: "false", placeholder: sketch(schema) }), `JSON ${type === "json" ? "" : type}`.trim()];
    }
  }
}

/** What a value of that schema looks like. */
function sketch(schema) {
  const of = (schema, depth) => {
    if (depth > 3) return null;
    if (schema?.default !== undefined) return schema.default;
    switch (typeOf(schema ?? {})) {
      case "array": return [of(schema.items, depth + 1)];
      case "object": {
        const known = Object.entries(schema.properties ?? {}).map(([name, one]) => [name, of(one, depth + 1)]);
        return Object.fromEntries(known.length > 0 ? known : [["name", of(schema.additionalProperties || {}, depth + 1)]]);
      }
      case "integer": case "number": return 0;
      case "boolean": return false;
      default: return "…";
    }
  };
  return JSON.stringify(of(schema, 0));
}

class Field {
  constructor({ name, schema, required, type, id, control, kind }) {
    Object.assign(this, { name, schema, required, type, control });
    this.secret = isSecret(schema);
    const help = schema.description ? make("p", { class: "help", id: `${id}-help` }, ...marked(schema.description)) : undefined;
    this.error = make("p", { class: "wrong", id: `${id}-wrong`, hidden: true });
    control.id = id;
    control.name = name;
    control.required = required;
    control.setAttribute("aria-describedby", [help?.id, this.error.id].filter(Boolean).join(" "));
    if (schema["x-spola-default"]) control.placeholder ||= "made for each run";
    else if (schema.default !== undefined) this.byDefault(schema.default);
    const label = make("label", { for: id }, name, " ", make("span", { class: "kind" }, required ? kind : `${kind}, optional`));
    this.element = make("div", { class: "field" }, label, control, help, this.error);
    control.addEventListener("change", () => this.error.hidden || this.read());
  }

  byDefault(value) {
    if (this.control instanceof HTMLSelectElement) this.control.value = this.type === "boolean" ? String(value) : JSON.stringify(value);
    else this.control.placeholder = `default: ${typeof value === "string" ? value : JSON.stringify(value)}`;
  }

  focus() {
    this.control.focus();
  }

  fill(value) {
    const { control, type, schema } = this;
    if (value === undefined) {
      control.value = "";
      if (schema.default !== undefined) this.byDefault(schema.default);
    } else if (control instanceof HTMLSelectElement) control.value = type === "boolean" ? String(value) : JSON.stringify(value);
    else if (typeof value === "string" && type === "string") control.value = value;
    else control.value = type === "integer" || type === "number" ? String(value) : JSON.stringify(value, null, 2);
    this.say("");
  }

  read() {
    let value;
    let wrong = "";
    try {
      value = this.value();
      wrong = this.complaint(value);
    } catch (error) {
      wrong = error.message;
    }
    this.say(wrong);
    return { value, wrong: wrong !== "" };
  }

  value() {
    const { control, type } = this;
    const text = control.value;
    if (text === "" && !control.validity.badInput) return undefined;
    if (control instanceof HTMLSelectElement) return JSON.parse(text);
    if (type === "string") return text;
    if (type === "integer" || type === "number") {
      const number = Number(text);
      if (text === "" || !Number.isFinite(number)) throw new Error("This is no number.");
      return number;
    }
    try {
      return JSON.parse(text);
    } catch (error) {
      throw new Error(`This is no JSON: ${error.message}.`);
    }
  }

  /** What a browser finds wrong, in words; the engine finds the rest. */
  complaint(value) {
    const { schema, type, required, control } = this;
    if (value === undefined) return required ? "This is needed." : "";
    if (typeof value === "string" && type === "string") {
      const length = [...value].length;
      if (length < (schema.minLength ?? 0)) return `At least ${schema.minLength} characters are needed.`;
      if (length > (schema.maxLength ?? Infinity)) return `At most ${schema.maxLength} characters are possible.`;
      if (schema.pattern && !matches(schema.pattern, value)) return `This does not match ${schema.pattern}`;
    }
    if (typeof value === "number" && !control.validity.valid) return control.validationMessage;
    if (type === "array" && !Array.isArray(value)) return "This has to be a JSON array.";
    if (type === "object" && (typeof value !== "object" || value === null || Array.isArray(value))) return "This has to be a JSON object.";
    return "";
  }

  say(wrong) {
    this.error.textContent = wrong;
    this.error.hidden = wrong === "";
    this.control.setAttribute("aria-invalid", String(wrong !== ""));
  }
}

/** An object whose properties are known: its own fields in a frame. */
class Group {
  constructor(name, schema, required) {
    this.name = name;
    this.required = required;
    this.form = new SchemaForm(schema);
    const help = schema.description ? make("p", { class: "help" }, ...marked(schema.description)) : undefined;
    const legend = make("legend", {}, name, " ", make("span", { class: "kind" }, required ? "object" : "object, optional"));
    this.element = make("fieldset", { class: "group" }, legend, help, this.form.element);
  }

  focus() {
    this.form.fields[0]?.focus();
  }

  fill(value) {
    this.form.fill(value ?? {});
  }

  read() {
    // One that may be left out, and is, asks for nothing.
    const touched = this.form.fields.some((field) => !(field instanceof Field) || field.control.value !== "");
    if (!touched && !this.required) return { value: undefined, wrong: false };
    const { value, wrong } = this.form.read();
    const empty = Object.keys(value).length === 0 && !this.required;
    return { value: empty ? undefined : value, wrong: wrong > 0 };
  }
}

function matches(pattern, text) {
  try {
    return new RegExp(pattern, "u").test(text);
  } catch {
    return true; // The engine knows patterns that a browser does not.
  }
}

/** Text with `code` in it, as nodes. */
export function marked(text) {
  return String(text).split("`").map((part, at) => (at % 2 === 1 ? make("code", {}, part) : part));
}
