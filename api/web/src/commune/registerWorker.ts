// Has the worker keep what the page was made of, so that it opens again without network.
import { workerScope, workerUrl } from '../server/offline';

/** Begins to serve the page from what is kept where there is no network, and tells the worker
 * what was fetched before it was there. Without workers (plain http) the page just needs the network. */
export function registerWorker(): void {
  if (!('serviceWorker' in navigator)) return;
  navigator.serviceWorker.register(workerUrl, { scope: workerScope }).then(
    async (registration) => {
      const worker = registration.active ?? (await activated(registration));
      await document.fonts.ready; // letters are asked for last, and by then maybe not through the worker
      const fetched = performance.getEntriesByType('resource').map((entry) => entry.name);
      worker?.postMessage({ page: window.location.href, fetched });
    },
    (error: unknown) => console.info('the page will need the network:', String(error)),
  );
}

function activated(registration: ServiceWorkerRegistration): Promise<ServiceWorker | null> {
  const worker = registration.installing ?? registration.waiting;
  return new Promise((resolve) => {
    if (!worker) return resolve(null);
    worker.addEventListener('statechange', () => {
      if (worker.state === 'activated') resolve(worker);
    });
  });
}
