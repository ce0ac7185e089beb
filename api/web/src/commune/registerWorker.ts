// Registers the service worker and has it cache what the page was made of, so that it opens without network.
import { workerScope, workerUrl } from '../server/offline';

/** Registers the service worker and sends it the URLs that were fetched before it was active. Without service
 * workers (plain http) the page needs the network. */
export function registerWorker(): void {
  if (!('serviceWorker' in navigator)) return;
  navigator.serviceWorker.register(workerUrl, { scope: workerScope }).then(
    async (registration) => {
      const worker = registration.active ?? (await activated(registration));
      await document.fonts.ready; // fonts are requested last, and maybe not through the worker
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
