// The small pieces that several panels are built from.
import { useId, type ReactNode } from 'react';
import {
  flagSymbols,
  householdSymbols,
  textures,
  textureSize,
  type HouseholdState,
  type Symbol,
  type Texture,
} from '../symbology/symbols';
import type { FlagKind } from '../view/view';

/** The mark: a hexagon of the map with a house in it, its door open. */
export function Mark() {
  return (
    <svg className="mark" viewBox="0 0 32 32" aria-hidden="true">
      <path fill="#22315c" d="M16 1.200 29 8.600v14.800L16 30.800 3 23.400V8.600z" />
      <path fill="#fbf8f1" d="M16 8 24.400 15v8.300H7.600V15z" />
      <path fill="#c2512b" d="M13.200 16.600h5.600v6.700h-5.600z" />
    </svg>
  );
}

export function FlagIcon({ kind }: { kind: string }) {
  const symbol = flagSymbols[kind as FlagKind];
  return symbol ? <SymbolIcon symbol={symbol} /> : null;
}

export function HouseholdIcon({ state }: { state: HouseholdState }) {
  return <SymbolIcon symbol={householdSymbols[state]} />;
}

function SymbolIcon({ symbol }: { symbol: Symbol }) {
  return (
    <svg className="symbol" viewBox="0 0 24 24" aria-hidden="true">
      <path fill={symbol.colour} d={symbol.body} />
      {symbol.mark && <path fill="#fff" d={symbol.mark} />}
    </svg>
  );
}

export function TextureSwatch({ texture }: { texture: Texture }) {
  const id = useId();
  const { strokes, width, ink, ground } = textures[texture];
  return (
    <svg className="swatch" viewBox="0 0 36 18" aria-hidden="true">
      <defs>
        <pattern id={id} width={textureSize} height={textureSize} patternUnits="userSpaceOnUse">
          <rect width={textureSize} height={textureSize} fill={ground ?? '#b4d39e'} />
          <path d={strokes} stroke={ink} strokeWidth={width} strokeLinecap="round" fill="none" />
        </pattern>
      </defs>
      <rect width="36" height="18" rx="2" fill={`url(#${id})`} />
    </svg>
  );
}

const icons = {
  search: 'M10 4a6 6 0 1 0 3.700 10.700l5 5 1.400-1.400-5-5A6 6 0 0 0 10 4zm0 2a4 4 0 1 1 0 8 4 4 0 0 1 0-8z',
  close:
    'M6.400 5 5 6.400l5.600 5.600L5 17.600 6.400 19l5.600-5.600 5.600 5.600 1.400-1.400-5.600-5.600L19 6.400 17.600 5 12 10.600z',
  layers: 'M12 3 2.500 8.500 12 14l9.500-5.500zM4.500 12.200l-2 1.200L12 19l9.500-5.600-2-1.200L12 16.600z',
  link: 'M10.600 13.400a4 4 0 0 1 0-5.700l3-3a4 4 0 0 1 5.700 5.700l-1.500 1.500-1.400-1.400 1.500-1.500a2 2 0 0 0-2.900-2.900l-3 3a2 2 0 0 0 0 2.900zm2.800-2.800a4 4 0 0 1 0 5.700l-3 3a4 4 0 0 1-5.700-5.700l1.500-1.500 1.400 1.400-1.500 1.500a2 2 0 0 0 2.900 2.900l3-3a2 2 0 0 0 0-2.900z',
  print: 'M7 3h10v4H7zM5 8h14a2 2 0 0 1 2 2v6h-4v-2H7v2H3v-6a2 2 0 0 1 2-2zm3 7h8v6H8z',
  plus: 'M11 5h2v6h6v2h-6v6h-2v-6H5v-2h6z',
  minus: 'M5 11h14v2H5z',
  play: 'M7 4.500v15l12.500-7.500z',
  pause: 'M6 5h4.200v14H6zM13.800 5H18v14h-4.200z',
  swipe: 'M8 6.500 2.500 12 8 17.500v-4h8v4l5.500-5.500L16 6.500v4H8z',
  download: 'M11 3h2v9l3.300-3.300 1.400 1.400L12 15.800l-5.700-5.700 1.400-1.400L11 12zM4 18.500h16v2H4z',
  list: 'M4 5h3v3H4zm5 .500h11v2H9zM4 10.500h3v3H4zm5 .500h11v2H9zM4 16h3v3H4zm5 .500h11v2H9z',
  table: 'M3 4h18v16H3zm2 5.500V18h4.500V9.500zm6.500 0V18H19V9.500z',
  map: 'M9 3.500 3 6v14.500L9 18l6 2.500 6-2.500V3.500L15 6zm.8 2.700 4.400 1.800v9.800l-4.400-1.800z',
  calendar: 'M7 3h2v2h6V3h2v2h3v15H4V5h3zM6 10v8h12v-8z',
  upload: 'M11 15.500V6.800L7.700 10.100 6.300 8.700 12 3l5.700 5.700-1.400 1.400L13 6.800v8.700zM4 18.500h16v2H4z',
  again: 'M12 4a8 8 0 0 1 7.400 5H21l-3.500 4.500L14 9h3.200A6 6 0 1 0 18 13.500l2 .300A8 8 0 1 1 12 4z',
  up: 'M12 7.500l7 7-1.400 1.400L12 10.300l-5.600 5.600L5 14.500z',
} as const;

export function Icon({ name }: { name: keyof typeof icons }) {
  return (
    <svg className="icon" viewBox="0 0 24 24" aria-hidden="true">
      <path d={icons[name]} fill="currentColor" />
    </svg>
  );
}

/** A bar from 0 to 100 %, with the interval of the rate where one is known. */
export function Bar({
  rate,
  colour,
  low,
  high,
  tick,
}: {
  rate: number | null;
  colour: string;
  low?: number | null | undefined;
  high?: number | null | undefined;
  /** A threshold to see the rate against. */
  tick?: number | undefined;
}) {
  const at = (value: number) => `${Math.min(1, Math.max(0, value)) * 100}%`;
  const interval = low !== null && low !== undefined && high !== null && high !== undefined;
  return (
    <span className="bar" aria-hidden="true">
      {rate !== null && rate > 0 && (
        <span className="bar-fill" style={{ width: at(rate), minWidth: 2, background: colour }} />
      )}
      {tick !== undefined && <span className="bar-tick" style={{ left: at(tick) }} />}
      {interval && <span className="bar-whisker" style={{ left: at(low), width: `${(high - low) * 100}%` }} />}
    </span>
  );
}

/** One choice of a few, as radio buttons that look like a strip. */
export function Segments<T extends string>({
  legend,
  name,
  value,
  options,
  onChange,
  children,
}: {
  legend: string;
  name: string;
  value: T;
  options: readonly { value: T; text: string }[];
  onChange: (value: T) => void;
  children?: ReactNode;
}) {
  return (
    <fieldset className="field">
      <legend>{legend}</legend>
      <div className="segments">
        {options.map((option) => (
          <label key={option.value}>
            <input type="radio" name={name} checked={option.value === value} onChange={() => onChange(option.value)} />
            <span>{option.text}</span>
          </label>
        ))}
      </div>
      {children}
    </fieldset>
  );
}
