// A sketch of the commune: its hamlets, hatched by their most severe state so that they differ in black and white too.
import { useId } from 'react';
import { go, useView } from '../view/location';
import { useLabels } from '../text/labels';
import { hamletStates, type HamletState } from './order';
import type { Label, Sketch } from './shapes';

interface Hatch {
  ground: string;
  ink: string;
  /** Within a tile of 24 by 24. */
  strokes: string;
  width: number;
}

const tile = 24;
export const hatches: Record<HamletState, Hatch> = {
  unvisited: { ground: '#4a1330', ink: '#e6c092', strokes: 'M0 12h24M12 0v24', width: 2.2 },
  barely_visited: { ground: '#f0d2a0', ink: '#7a4100', strokes: 'M-6 18 18-6M6 30 30 6', width: 4 },
  no_team: { ground: '#fff', ink: '#b3271e', strokes: 'M-6 6 18 30M6-6 30 18', width: 6 },
  stale: { ground: '#dcdfe2', ink: '#3c4247', strokes: 'M6 6h.01M18 18h.01', width: 6 },
  going: { ground: '#dcebe1', ink: '#dcebe1', strokes: '', width: 0 },
};

function Pattern({ id, state }: { id: string; state: HamletState }) {
  const { ground, ink, strokes, width } = hatches[state];
  return (
    <pattern id={id} width={tile} height={tile} patternUnits="userSpaceOnUse">
      <rect width={tile} height={tile} fill={ground} />
      <path d={strokes} stroke={ink} strokeWidth={width} strokeLinecap="round" fill="none" />
    </pattern>
  );
}

export function HatchSwatch({ state }: { state: HamletState }) {
  const id = useId();
  return (
    <svg className="hatch" viewBox="0 0 48 30" aria-hidden="true">
      <defs>
        <Pattern id={id} state={state} />
      </defs>
      <rect x="1" y="1" width="46" height="28" rx="4" fill={`url(#${id})`} stroke="#33405f" strokeWidth="1.500" />
    </svg>
  );
}

export function HamletMap({
  sketch,
  labels,
  stateOf,
  name,
}: {
  sketch: Sketch;
  labels: readonly Label[];
  stateOf: ReadonlyMap<string, HamletState>;
  name: string;
}) {
  const id = useId();
  const { place } = useView();
  const { t } = useLabels();
  const chosen = sketch.shapes.find((shape) => shape.code === place);
  return (
    <svg
      className="sketch"
      viewBox={`0 0 ${sketch.width} ${sketch.height}`}
      role="img"
      aria-label={t('chairMapLabel', { place: name })}
      data-testid="sketch">
      <defs>
        {hamletStates.map((state) => (
          <Pattern key={state} id={`${id}${state}`} state={state} />
        ))}
      </defs>
      <path className="ground" d={sketch.ground} />
      {sketch.shapes.map(({ code, path }) => (
        <path
          key={code}
          className="hamlet-shape"
          d={path}
          data-code={code}
          fill={`url(#${id}${stateOf.get(code) ?? 'going'})`}
          onClick={() => go({ place: code })}
        />
      ))}
      {chosen && <path className="chosen" d={chosen.path} />}
      {labels.map(({ code, text, at: [x, y] }) => (
        <text key={code} x={x} y={y}>
          {text}
        </text>
      ))}
    </svg>
  );
}
