// Deep equality with a message, in any host.

/** Throws where two values differ; the order of members does not count. */
export function equal(got, wanted, place) {
  const [left, right] = [canonical(got), canonical(wanted)];
  if (left !== right) throw new Error(`${place}: got ${left}, wanted ${right}`);
}

const canonical = (value) =>
  JSON.stringify(value, (_, one) => {
    if (one === null || typeof one !== "object" || Array.isArray(one)) return one;
    return Object.fromEntries(Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
