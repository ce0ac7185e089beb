// Service worker of the commune pages: network first, the cache when the network fails. Files whose names change
// with their contents are cache first.
import type * as kept from '../server/offline';

/** Written out, for a worker is one file; its type is that of the page's constant. */
const keptHeader: typeof kept.cachedAtHeader = 'X-Tungnha-Kept';

// The part of the service worker's API that is used here: TypeScript's types of workers and of pages conflict.
interface Worker {
  skipWaiting: () => Promise<void>;
  clients: { claim: () => Promise<void> };
  addEventListener: ((type: 'install' | 'activate', listen: (event: Extendable) => void) => void) &
    ((type: 'message', listen: (event: Extendable & { data: { page: string; fetched: string[] } }) => void) => void) &
    ((type: 'fetch', listen: (event: Fetch) => void) => void);
  location: Location;
}
interface Extendable {
  waitUntil: (work: Promise<unknown>) => void;
}
interface Fetch extends Extendable {
  request: Request;
  respondWith: (answer: Promise<Response>) => void;
}
const worker = self as unknown as Worker;

/** How many of the latest responses each cache keeps: a phone has little room. */
const stores = {
  files: { name: 'tungnha-files', most: 60 },
  answers: { name: 'tungnha-answers', most: 60 },
  pages: { name: 'tungnha-pages', most: 10 },
};
type Store = keyof typeof stores;

worker.addEventListener('install', (event) => event.waitUntil(worker.skipWaiting()));
worker.addEventListener('activate', (event) => event.waitUntil(worker.clients.claim()));

worker.addEventListener('fetch', (event) => {
  const { request } = event;
  const store = storeOf(request);
  if (!store) return;
  event.respondWith(store === 'files' ? fromFiles(request, event) : fromNetwork(request, store, event));
});

/** What a page fetched before this worker was there. */
worker.addEventListener('message', (event) => {
  const { page, fetched } = event.data;
  const missing = async (url: string) => {
    const request = new Request(url);
    const store = url === page ? 'pages' : storeOf(request);
    if (!store || (await known(store, url))) return;
    const response = await fetch(request);
    if (response.ok) await keep(store, url, response);
  };
  event.waitUntil(Promise.allSettled([page, ...fetched].map(missing)));
});

function storeOf(request: Request): Store | null {
  const url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== worker.location.origin) return null;
  if (request.mode === 'navigate') return /^\/communes\/[^/]+$/.test(url.pathname) ? 'pages' : null;
  if (url.pathname.startsWith('/assets/')) return 'files';
  const read = /^(\/api\/v1\/(meta|coverage)|\/communes\/[^/]+\/sketch\.json)$/;
  return read.test(url.pathname) ? 'answers' : null;
}

/** A page reads its period and place from its address, so one copy serves all addresses of its commune. */
function keyOf(store: Store, url: string): string {
  const { origin, pathname, href } = new URL(url);
  return store === 'pages' ? origin + pathname : href.split('#')[0]!;
}

async function known(store: Store, url: string): Promise<boolean> {
  return (await (await caches.open(stores[store].name)).match(keyOf(store, url))) !== undefined;
}

async function fromFiles(request: Request, event: Extendable): Promise<Response> {
  const kept = await (await caches.open(stores.files.name)).match(request.url);
  if (kept) return kept;
  const response = await fetch(request);
  if (response.ok) event.waitUntil(keep('files', request.url, response.clone()));
  return response;
}

async function fromNetwork(request: Request, store: Store, event: Extendable): Promise<Response> {
  let failure: unknown;
  try {
    const response = await fetch(request);
    if (response.ok) event.waitUntil(keep(store, request.url, response.clone()));
    if (![502, 503, 504].includes(response.status)) return response;
    failure = response; // from a proxy whose server does not answer
  } catch (error) {
    failure = error;
  }
  const kept = await (await caches.open(stores[store].name)).match(keyOf(store, request.url));
  if (kept) return kept;
  if (failure instanceof Response) return failure;
  throw failure;
}

/** Caches a response with the moment it came, and removes the oldest ones over the limit. */
async function keep(store: Store, url: string, response: Response): Promise<void> {
  const { name, most } = stores[store];
  const cache = await caches.open(name);
  const headers = new Headers(response.headers);
  for (const wire of ['content-encoding', 'content-length']) headers.delete(wire); // of what is no longer packed
  headers.set(keptHeader, new Date().toISOString());
  const key = keyOf(store, url);
  await cache.delete(key); // so that it is the youngest of the keys
  await cache.put(key, new Response(await response.blob(), { status: 200, headers }));
  const keys = await cache.keys();
  await Promise.all(keys.slice(0, Math.max(0, keys.length - most)).map((old) => cache.delete(old)));
}
