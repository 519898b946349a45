import { Problem } from "@/api";
import { updateRecord, type Value } from "./api";
import { readStale, type Stale, same, type Values } from "./record_model";

/** A save, and what it met: `version` is the one from which to go on, `stale` what somebody changed in the same field. */
export type Saved = { version: number } | { stale: Stale };

const met = (error: unknown): Stale => {
  if (error instanceof Problem && error.status === 409 && error.facts.fields) return readStale(error.facts);
  throw error;
};

/** 250.5 and 250.50 are one amount. */
const alike = (a: Value | undefined, b: Value | undefined) =>
  same(a, b) || (typeof a === "string" && typeof b === "string" && a !== "" && b !== "" && Number(a) === Number(b));

/** Saves over what others changed in other fields. What they did there has not been seen: the version stays the one that
 * was read, so that a later save of one of those fields still asks. `own`: as it stood before me; what
 * still stands like that is nobody else's change. */
export async function saveOver(
  form: string,
  id: number,
  version: number,
  mine: Values,
  own: Values = {},
): Promise<Saved> {
  try {
    return { version: (await updateRecord(form, id, version, mine)).version };
  } catch (error) {
    const stale = met(error);
    const others = Object.entries(stale.fields).some(
      ([key, f]) => f.both && !(key in own && alike(f.theirs, own[key])),
    );
    if (others) return { stale };
    try {
      await updateRecord(form, id, stale.version, mine);
      return { version };
    } catch (again) {
      return { stale: met(again) }; // somebody was faster once more
    }
  }
}
