// Constants that the page and its service worker share.

/** Header of a cached answer: when the server gave it, RFC 3339. */
export const cachedAtHeader = 'X-Tungnha-Kept';
/** Where the worker is, and the pages that it serves: no others. */
export const workerUrl = '/communes-worker.js';
export const workerScope = '/communes/';
