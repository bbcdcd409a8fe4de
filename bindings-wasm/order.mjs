// Names the functions of a module in the order of what they consist of: sorted by
// name, those that are alike lie side by side, and compress better.

/** Sections of a WebAssembly module, by number. */
const CUSTOM = 0;
const IMPORTS = 2;
const CODE = 10;
/** In the section of names: those of functions. */
const FUNCTIONS = 1;

class Reader {
  constructor(bytes) {
    this.bytes = bytes;
    this.at = 0;
  }

  number() {
    let number = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.bytes[this.at++];
      number += (byte & 127) * 2 ** shift;
      if (byte < 128) return number;
    }
  }

  take(length) {
    return this.bytes.subarray(this.at, (this.at += length));
  }
}

function number(value) {
  const bytes = [];
  for (; value > 127; value >>>= 7) bytes.push((value & 127) | 128);
  return Buffer.from([...bytes, value]);
}

const sized = (bytes) => Buffer.concat([number(bytes.length), bytes]);

/** The module with such names; it may import nothing. */
export function named(module) {
  const reader = new Reader(module);
  const kept = [reader.take(8)];
  const bodies = [];
  while (reader.at < module.length) {
    const from = reader.at;
    const [id, length] = [reader.take(1)[0], reader.number()];
    const section = new Reader(reader.take(length));
    if (id === IMPORTS && section.number() > 0) throw new Error("the module imports something");
    if (id === CODE) {
      for (let left = section.number(); left > 0; left--) bodies.push(section.take(section.number()));
    }
    if (id !== CUSTOM) kept.push(module.subarray(from, reader.at));
  }
  const sorted = bodies.map((_, index) => index).sort((one, other) => Buffer.compare(bodies[one], bodies[other]) || one - other);
  const digits = String(bodies.length).length;
  const names = sorted.map((index, rank) => [index, Buffer.from(String(rank).padStart(digits, "0"))]);
  names.sort(([one], [other]) => one - other);
  const list = Buffer.concat([number(names.length), ...names.flatMap(([index, name]) => [number(index), sized(name)])]);
  const section = Buffer.concat([sized(Buffer.from("name")), Buffer.from([FUNCTIONS]), sized(list)]);
  return Buffer.concat([...kept, Buffer.from([CUSTOM]), sized(section)]);
}
