// The address bar is the only state of the view.
import { useSyncExternalStore } from 'react';
import { formatView, parseView, type Days, type View } from './view';

let readFrom = '';
let read: View = parseView('/', '');
const listeners = new Set<() => void>();

/** The view of the current address: the same object until it changes. */
export function currentView(): View {
  const { pathname, search } = window.location;
  if (pathname + search !== readFrom) {
    readFrom = pathname + search;
    read = parseView(pathname, search);
  }
  return read;
}

/** Changes the view. A step that a person took is pushed, so that Back undoes it; what only
 * follows from one, like a moved camera, replaces. */
export function go(change: Partial<View>, how: 'push' | 'replace' = 'push'): void {
  const url = formatView({ ...currentView(), ...change });
  if (url === window.location.pathname + window.location.search) return;
  if (how === 'push') window.history.pushState(null, '', url);
  else window.history.replaceState(window.history.state, '', url);
  for (const listener of listeners) listener();
}

/** What the address named before the page replaced it by what is published: the days, null: it was something else. */
export interface Replaced {
  days: Days | null;
}

/** Replaces a view that is not published. The history keeps what it replaced until the next step of a person, or until
 * that is dismissed, by null. */
export function replaceView(view: View, replaced: Replaced | null): void {
  window.history.replaceState({ replaced }, '', formatView(view));
  for (const listener of listeners) listener();
}

/** What was replaced by the view; null: nothing. */
export function useReplaced(): Replaced | null {
  return useSyncExternalStore(
    subscribe,
    () => (window.history.state as { replaced?: Replaced } | null)?.replaced ?? null,
  );
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  window.addEventListener('popstate', listener);
  return () => {
    listeners.delete(listener);
    window.removeEventListener('popstate', listener);
  };
}

export function useView(): View {
  return useSyncExternalStore(subscribe, currentView);
}
