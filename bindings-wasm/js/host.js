// Who carries out what the steps of a run start: here nobody.

import { ELSEWHERE } from "./machine.js";

/** An entry with a toolkit puts its own in this place. */
export const host = {
  /** Takes a run that begins. */
  start: (machine) => machine,

  /** Takes a run that goes on: `resume` does that from the bytes of its snapshot. */
  resume(snapshot, resume) {
    try {
      return resume(snapshot);
    } catch (error) {
      if (error.code === "run.unsupported-operation") error.help = ELSEWHERE;
      throw error;
    }
  },
};
