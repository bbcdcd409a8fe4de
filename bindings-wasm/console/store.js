// What outlives a reload: kept for this tab alone, and gone with it.
//
// A snapshot is as confidential as the answers that the run has seen, so it is put
// where no other tab and no later visit finds it. No secret input is in it.

const KEY = "spola-run";
const TOKEN = "spola-token";

export function keep(state) {
  try {
    sessionStorage.setItem(KEY, JSON.stringify(state, (_, value) => (value instanceof Uint8Array ? { base64: encode(value) } : value)));
    return true;
  } catch {
    return false; // There is no room; the run goes on and cannot be resumed.
  }
}

export function kept() {
  try {
    const text = sessionStorage.getItem(KEY);
    return text ? JSON.parse(text, (_, value) => (typeof value?.base64 === "string" ? decode(value.base64) : value)) : undefined;
  } catch {
    return undefined;
  }
}

export function forget() {
  sessionStorage.removeItem(KEY);
}

/** The proxy's token: from the address, where it does not stay, or as it was kept. */
export function token() {
  const given = new URLSearchParams(location.hash.slice(1));
  if (given.get("token")) {
    sessionStorage.setItem(TOKEN, given.get("token"));
    history.replaceState(null, "", location.pathname + location.search);
  }
  return { token: sessionStorage.getItem(TOKEN) ?? "", region: given.get("region") ?? "" };
}

export function keepToken(text) {
  sessionStorage.setItem(TOKEN, text);
}

function encode(bytes) {
  let text = "";
  for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return btoa(text);
}

const decode = (text) => Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
