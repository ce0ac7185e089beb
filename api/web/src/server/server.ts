// Requests to the server, with the previous answer while the next is loading.
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
  /** The answer; while another is loading, the one before. */
  data: T | null;
  /** The URL whose answer data is. */
  of: string | null;
  error: ServerError | null;
  loading: boolean;
}

/** Answers by URL, the latest requested last. Every URL of figures contains its days, so an answer is valid for one
 * version of the data; a new version empties this. */
const responses = new Map<string, Promise<unknown>>();
const maxResponses = 60;

/** For answers from the device's cache: when the server gave them, by URL. */
const cachedAt = new WeakMap<object, string>();

/** When the server's data were last compared with its database, where that is longer ago than it should be. */
const asOf = new WeakMap<object, string>();

/** When the server gave an answer that came from the device's cache because the server could not be reached;
 * null: the answer came from the server. */
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
  // Age is that of the data, not of a cached copy: these answers are not cached.
  const age = Number(response.headers.get('Age') ?? 0);
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
    // errors and answers from the device's cache are requested again
    (answer) => cachedSince(answer as object) && responses.delete(url),
    () => responses.delete(url),
  );
  for (const oldest of responses.keys()) {
    if (responses.size <= maxResponses) break;
    responses.delete(oldest);
  }
  return asked;
}

/** Requests a URL, and again when it, the version of the data or the attempt changes. */
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

// The server's meta, requested once a minute while the page is visible.
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
    next.today = next.public?.windows[0]?.to ?? next.today; // to the public windows end on the day before the release
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

/** Polls the server: quickly while it starts, then once a minute. The page gets each new version after prepare is
 * done. Returns after the first request. */
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

/** The moment of the server's data where it cannot read newer ones; null: the data are current. */
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
