// How much memory the engine's module has, seen from outside.

const memories = new Set();
const { instantiate, Instance } = WebAssembly;

const note = (instance) => {
  if (instance.exports.memory) memories.add(instance.exports.memory);
  return instance;
};

WebAssembly.instantiate = async (...given) => {
  const made = await instantiate.apply(WebAssembly, given);
  note(made.instance ?? made);
  return made;
};
WebAssembly.Instance = class extends Instance {
  constructor(...given) {
    super(...given);
    note(this);
  }
};

/** Bytes of all modules together. */
export const engineMemory = () => [...memories].reduce((sum, memory) => sum + memory.buffer.byteLength, 0);
