// A bottom sheet for narrow windows with three heights.
import { useRef, type ReactNode } from 'react';
import { useLabels } from '../text/labels';

export type Stop = 'peek' | 'half' | 'full';
const stops: readonly Stop[] = ['peek', 'half', 'full'];

/** A pull of this many pixels moves to the next height. */
const pullPx = 36;

export function BottomSheet({
  stop,
  onStop,
  children,
}: {
  stop: Stop;
  onStop: (stop: Stop) => void;
  children: ReactNode;
}) {
  const { t } = useLabels();
  const from = useRef<number | null>(null);
  const step = (by: number) => onStop(stops[Math.min(2, Math.max(0, stops.indexOf(stop) + by))]!);

  return (
    <section className={`sheet ${stop}`}>
      <button
        type="button"
        className="handle"
        aria-label={t('sheetLabel')}
        aria-expanded={stop !== 'peek'}
        onPointerDown={(event) => {
          from.current = event.clientY;
          event.currentTarget.setPointerCapture(event.pointerId);
        }}
        onPointerUp={(event) => {
          if (from.current === null) return;
          const pulled = from.current - event.clientY;
          from.current = null;
          if (Math.abs(pulled) > pullPx * 6) step(Math.sign(pulled) * 2);
          else if (Math.abs(pulled) > pullPx) step(Math.sign(pulled));
          else onStop(stop === 'peek' ? 'half' : stop === 'half' ? 'full' : 'peek');
        }}
        onKeyDown={(event) => {
          if (event.key === 'ArrowUp') step(1);
          else if (event.key === 'ArrowDown') step(-1);
          else if (event.key === 'Enter' || event.key === ' ')
            onStop(stop === 'full' ? 'peek' : stops[stops.indexOf(stop) + 1]!);
          else return;
          event.preventDefault();
        }}>
        <span />
      </button>
      <div className="sheet-body">{children}</div>
    </section>
  );
}
