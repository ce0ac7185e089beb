// The second map: another period, or other boundaries, left of a swipe line.
import { useEffect, useRef, useState } from 'react';
import type { Meta } from '../server/contract';
import { Icon } from '../components/components';
import type { View } from '../view/view';
import { useLabels } from '../text/labels';
import type { LayerState } from './layerState';
import type { Badges } from './layers';
import { MapController } from './controller';

const noBadges: Badges = { icons: {}, counts: {} };

export function ComparePane({
  leader,
  view,
  meta,
  layerState,
  split,
  onSplit,
  left,
  right,
  onController,
}: {
  leader: MapController;
  view: View;
  meta: Meta;
  layerState: LayerState;
  /** Where the line is, as a share of the window's width. */
  split: number;
  onSplit: (split: number) => void;
  left: string;
  right: string;
  onController: (controller: MapController | null) => void;
}) {
  const { t, percent } = useLabels();
  const element = useRef<HTMLDivElement>(null);
  const [controller, setController] = useState<MapController | null>(null);

  useEffect(() => {
    const map = leader.map;
    const made = new MapController(
      element.current!,
      { center: map.getCenter(), zoom: map.getZoom(), interactive: false },
      () => undefined,
    );
    const follow = () => made.map.jumpTo({ center: map.getCenter(), zoom: map.getZoom() });
    map.on('move', follow);
    setController(made);
    onController(made);
    return () => {
      map.off('move', follow);
      onController(null);
      made.remove();
    };
  }, [leader]);

  useEffect(() => {
    void controller?.show({ view, meta, badges: noBadges, layerState, ahead: null });
  }, [controller, view.flags, view.measure, view.place, layerState, meta]);

  const move = (to: number) => onSplit(Math.min(0.98, Math.max(0.02, to)));
  return (
    <>
      <div
        className="compare-pane"
        ref={element}
        style={{ clipPath: `inset(0 ${100 - split * 100}% 0 0)` }}
        aria-hidden="true"
        data-testid="compare-pane"
      />
      <p className="side left" style={{ right: `calc(${100 - split * 100}% + 14px)` }}>
        {left}
      </p>
      <p className="side right" style={{ left: `calc(${split * 100}% + 14px)` }}>
        {right}
      </p>
      <div
        className="swipe"
        style={{ left: `${split * 100}%` }}
        role="slider"
        tabIndex={0}
        aria-label={t('swipeLabel')}
        aria-orientation="horizontal"
        aria-valuemin={2}
        aria-valuemax={98}
        aria-valuenow={Math.round(split * 100)}
        aria-valuetext={percent(split, 0)}
        onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
        onPointerMove={(event) => {
          if (event.currentTarget.hasPointerCapture(event.pointerId)) move(event.clientX / window.innerWidth);
        }}
        onKeyDown={(event) => {
          const step = { ArrowLeft: -0.02, ArrowRight: 0.02, PageUp: 0.1, PageDown: -0.1 }[event.key];
          if (step) move(split + step);
          else if (event.key === 'Home') move(0);
          else if (event.key === 'End') move(1);
          else return;
          event.preventDefault();
        }}>
        <span>
          <Icon name="swipe" />
        </span>
      </div>
    </>
  );
}
