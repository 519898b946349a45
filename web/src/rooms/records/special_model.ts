/** Values that are more than a text: files, signatures, certificates, lists of people and records. Pure, but for sending a
file to the server. */
import { api } from "@/api";
import type { components } from "@/api/schema";
import type { Ref, Value } from "./api";

export type FileRef = Pick<components["schemas"]["FileOut"], "file" | "name"> &
  Partial<components["schemas"]["FileOut"]>;
export interface Certificate {
  number?: string | null;
  issuer?: string | null;
  from?: string | null;
  until?: string | null;
  files?: FileRef[];
  versions?: Certificate[];
  /** the one before is kept as an earlier version */
  renew?: boolean;
}
export interface Signature {
  file: number;
  name?: string;
  at?: string;
}
/** One of a list; without an id when I may not read it. */
export type Listed = Ref | { denied: true };

const thing = (value: unknown): value is object => typeof value === "object" && value !== null;
const list = (value: unknown): object[] => (Array.isArray(value) ? value.filter(thing) : []);

/** Pictures that every browser shows; others (HEIC, TIFF) are downloaded. */
export const isPicture = (type: string | null | undefined) => /^image\/(png|jpeg|gif|webp|bmp)$/.test(type ?? "");
export const filesOf = (value: unknown) => list(value).filter((one): one is FileRef => "file" in one);
export const listedOf = (value: unknown) => list(value) as Listed[];
export const refsOf = (value: unknown) => list(value).filter((one): one is Ref => "id" in one);
export const certificateOf = (value: unknown): Certificate | null =>
  thing(value) && !Array.isArray(value) ? (value as Certificate) : null;
export const signatureOf = (value: unknown): Signature | null =>
  thing(value) && "file" in value ? (value as Signature) : null;
export const asValue = (value: FileRef[] | Ref[] | Certificate | Signature | null) => value as unknown as Value;

/** What two values have to agree in to be the same: the ids of what they name. */
export function told(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(told).join("\u0000");
  if (!thing(value)) return String(value);
  if ("id" in value) return String(value.id);
  if ("file" in value) return String(value.file);
  return JSON.stringify(value);
}

/** How such a value travels: ids of files and records. */
export function sent(value: unknown): Value {
  const files = (of: unknown) => filesOf(of).map((one) => one.file);
  if (Array.isArray(value)) {
    if (value.length === 0) return null;
    if (filesOf(value).length) return files(value) as unknown as Value;
    return refsOf(value).length ? (refsOf(value).map((one) => one.id) as unknown as Value) : (value as Value);
  }
  const signature = signatureOf(value);
  if (signature) return { file: signature.file } as unknown as Value;
  const { versions: _, files: held, ...rest } = certificateOf(value) ?? {};
  return { ...rest, files: files(held) } as unknown as Value;
}

/** What the server takes; a larger one is not sent only to be refused. */
export const FILE_MB = 50;

export function uploadFile(file: Blob, name: string): Promise<components["schemas"]["FileOut"]> {
  const body = new FormData();
  body.set("file", file, name);
  return api.post("/files", body);
}
