// What the page and its worker have to agree on.

/** On an answer that the worker had kept: the moment at which the server gave it, RFC 3339. */
export const cachedAtHeader = 'X-Tungnha-Kept';
/** Where the worker is, and the pages that it serves: no others. */
export const workerUrl = '/communes-worker.js';
export const workerScope = '/communes/';
