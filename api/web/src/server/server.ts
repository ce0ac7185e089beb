// Asking the server, and what to show while it has not answered.
import { useEffect, useState, useSyncExternalStore } from 'react';
import type { Meta, Problem } from './contract';
import { cachedAtHeader } from './offline';

export class ServerError extends Error {
  constructor(
    /** Status of the answer; 0 where there was none. */
    readonly status: number,
    detail: string,
  ) {
    super(detail);
  }
}

export interface Fetched<T> {
  /** The answer; while another is on its way, the one before. */
  data: T | null;
  /** The URL whose answer data is. */
  of: string | null;
  error: ServerError | null;
  loading: boolean;
}

/** Answers by URL, the latest asked last. Every URL of the figures names its days, so an
 * answer holds for as long as the version of the data does; a new version empties this. */
const responses = new Map<string, Promise<unknown>>();
const maxResponses = 60;

/** When what the device kept was had from the server; answers of the server are not in here. */
const cachedAt = new WeakMap<object, string>();

/** When what the server holds was last compared with its database, where that is longer ago than it should be. */
const asOf = new WeakMap<object, string>();

/** The moment at which an answer was had from the server, where it came from the device because
 * the server could not be reached; null: it is the server's own word. */
export function cachedSince(answer: object | null): string | null {
  return (answer && cachedAt.get(answer)) ?? null;
}

export async function fetchJson<T>(url: string, signal?: AbortSignal): Promise<T> {
  let response: Response;
  try {
    response = await fetch(url, { headers: { Accept: 'application/json' }, ...(signal ? { signal } : {}) });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ServerError(0, String(error));
  }
  if (!response.ok) {
    const problem = (await response.json().catch(() => null)) as Problem | null;
    throw new ServerError(response.status, problem?.detail ?? response.statusText);
  }
  const answer = (await response.json()) as T;
  const since = response.headers.get(cachedAtHeader);
  if (since) cachedAt.set(answer as object, since);
  const age = Number(response.headers.get('Age') ?? 0); // of the data, not of a copy on the way: these answers are not cached
  if (age > 0) asOf.set(answer as object, new Date(Date.now() - age * 1000).toISOString());
  return answer;
}

function fetchOnce<T>(url: string): Promise<T> {
  const known = responses.get(url);
  if (known) {
    responses.delete(url);
    responses.set(url, known);
    return known as Promise<T>;
  }
  const asked = fetchJson<T>(url);
  responses.set(url, asked);
  asked.then(
    // an error is asked again, and what only the device knew
    (answer) => cachedSince(answer as object) && responses.delete(url),
    () => responses.delete(url),
  );
  for (const oldest of responses.keys()) {
    if (responses.size <= maxResponses) break;
    responses.delete(oldest);
  }
  return asked;
}

/** Asks for a URL and asks again when it, the version of the data or the attempt changes. */
export function useFetch<T>(url: string | null, version: string, attempt = 0): Fetched<T> {
  const [state, setState] = useState<Fetched<T> & { url: string | null }>({
    url: null,
    data: null,
    of: null,
    error: null,
    loading: true,
  });
  useEffect(() => {
    if (!url) return;
    let wanted = true;
    setState((before) => ({ ...before, loading: true }));
    fetchOnce<T>(url).then(
      (data) => wanted && setState({ url, data, of: url, error: null, loading: false }),
      (error: unknown) =>
        wanted &&
        setState((before) => ({
          url,
          data: before.data,
          of: before.of,
          error: error instanceof ServerError ? error : new ServerError(0, String(error)),
          loading: false,
        })),
    );
    return () => {
      wanted = false;
    };
  }, [url, version, attempt]);
  return url === state.url ? state : { ...state, error: null, loading: url !== null };
}

// What the server says of itself, asked for once a minute while somebody looks.
let meta: Meta | null = null;
let metaError: ServerError | null = null;
/** Since when the data are old; null: they are as they should be. */
let metaAsOf: string | null = null;
let prepare: ((meta: Meta) => Promise<void>) | undefined;
const listeners = new Set<() => void>();
const pollMs = 60_000;
const retryMs = 3000;
const stalePollMs = 15_000;

async function refreshMeta(): Promise<void> {
  let next = meta;
  let error: ServerError | null = null;
  try {
    next = await fetchJson<Meta>('/api/v1/meta');
    await prepare?.(next);
  } catch (caught) {
    error = caught instanceof ServerError ? caught : new ServerError(0, String(caught));
  }
  if (next?.version !== meta?.version || next?.today !== meta?.today || cachedSince(next) !== cachedSince(meta)) {
    responses.clear();
    meta = next;
  }
  metaError = error;
  if (!error && next) metaAsOf = cachedSince(next) ? null : (asOf.get(next) ?? null);
  for (const listener of listeners) listener();
}

/** Begins to follow the server: soon again while it starts, then once a minute. Of each new word
 * the page hears when what it has to prepare for it is done. Returns when it was asked for the first time. */
export function pollServer(prepared?: (meta: Meta) => Promise<void>): Promise<void> {
  prepare = prepared;
  const step = async () => {
    if (!document.hidden || !meta) await refreshMeta();
    window.setTimeout(step, !meta || metaError ? retryMs : metaAsOf ? stalePollMs : pollMs);
  };
  document.addEventListener('visibilitychange', () => {
    if (!document.hidden) void refreshMeta();
  });
  return step();
}

export function retryMeta(): void {
  void refreshMeta();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function useMeta(): Meta | null {
  return useSyncExternalStore(subscribe, () => meta);
}

export function useMetaError(): ServerError | null {
  return useSyncExternalStore(subscribe, () => metaError);
}

/** The moment whose data the server holds, where it cannot read newer ones; null: all is as it should be. */
export function useMetaAsOf(): string | null {
  return useSyncExternalStore(subscribe, () => metaAsOf);
}

/** Writes a path with a query, leaving out what is null. */
export function urlOf(path: string, query: Record<string, string | number | null | undefined>): string {
  const parts = Object.entries(query)
    .filter(([, value]) => value !== null && value !== undefined && value !== '')
    .map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`);
  return parts.length ? `${path}?${parts.join('&')}` : path;
}
