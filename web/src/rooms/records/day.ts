import dayjs, { type Dayjs } from "dayjs";

const MOST = 200;
const known = new Map<string, Dayjs>();

/**
 * The same object for the same text, null for none. A date picker takes another object for another value and drops what
 * is being typed into it, which a page that is drawn again for any reason would do to its reader.
 */
export function dayOf(text: string | null | undefined): Dayjs | null {
  if (!text) return null;
  const found = known.get(text) ?? dayjs(text);
  if (known.size >= MOST) known.clear();
  known.set(text, found);
  return found;
}
