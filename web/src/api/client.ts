/** One way to the server: JSON in, JSON out, the CSRF value on every write, errors as `Problem`. */

export class Problem extends Error {
  constructor(
    readonly status: number,
    /** stable, for example `records.stale` */
    readonly code: string,
    /** a sentence in the person's language, ready to show */
    readonly text: string,
    readonly path: string | null,
    readonly facts: Record<string, unknown>,
  ) {
    super(text);
    this.name = "Problem";
  }
}

let csrf = "";
export function setCsrf(value: string) {
  csrf = value;
}

let language = "zh";
export function setRequestLanguage(value: string) {
  language = value;
}

interface ErrorBody {
  error?: { code?: string; text?: string; path?: string | null; facts?: Record<string, unknown> };
}

async function problem(response: Response): Promise<Problem> {
  let body: ErrorBody = {};
  try {
    body = (await response.json()) as ErrorBody;
  } catch {
    // a proxy's page or an empty answer: the status has to do
  }
  const e = body.error ?? {};
  return new Problem(response.status, e.code ?? `http.${response.status}`, e.text ?? "", e.path ?? null, e.facts ?? {});
}

async function call<T>(method: string, path: string, body?: unknown, signal?: AbortSignal, asFile = false): Promise<T> {
  const headers: Record<string, string> = { Accept: "application/json", "Accept-Language": language };
  const init: RequestInit = { method, headers, credentials: "same-origin" };
  if (signal) init.signal = signal;
  if (method !== "GET" && csrf) headers["X-CSRF"] = csrf;
  if (method === "DELETE") init.keepalive = true; // also while the window closes
  if (body instanceof FormData) init.body = body;
  else if (body !== undefined) {
    headers["Content-Type"] = "application/json";
    init.body = JSON.stringify(body);
  }
  let response: Response;
  try {
    response = await fetch(`/api${path}`, init);
  } catch (failure) {
    if (failure instanceof DOMException && failure.name === "AbortError") throw failure;
    throw new Problem(0, "http.offline", "", null, {});
  }
  if (!response.ok) throw await problem(response);
  if (response.status === 204) return undefined as T;
  if (asFile) return (await response.blob()) as T;
  const text = await response.text();
  return (text === "" ? undefined : JSON.parse(text)) as T;
}

export const api = {
  get: <T>(path: string, signal?: AbortSignal) => call<T>("GET", path, undefined, signal),
  post: <T>(path: string, body: unknown = {}, signal?: AbortSignal) => call<T>("POST", path, body, signal),
  put: <T>(path: string, body: unknown) => call<T>("PUT", path, body),
  patch: <T>(path: string, body: unknown) => call<T>("PATCH", path, body),
  /** a file that the server makes of what is sent */
  file: (path: string, body: unknown) => call<Blob>("POST", path, body, undefined, true),
  delete: <T>(path: string, body?: unknown) => call<T>("DELETE", path, body),
};

/** `?a=1&b=2` without the empty ones. */
export function query(params: Record<string, string | number | boolean | null | undefined>): string {
  const parts = new URLSearchParams();
  for (const [name, value] of Object.entries(params)) {
    if (value !== null && value !== undefined && value !== "") parts.set(name, String(value));
  }
  const text = parts.toString();
  return text ? `?${text}` : "";
}
