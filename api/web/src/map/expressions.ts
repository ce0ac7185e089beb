// Small parts of MapLibre expressions that layers share.
import type { DataDrivenPropertyValueSpecification as Value, ExpressionSpecification as Expression } from 'maplibre-gl';

/** The zoom from which tiles have hamlets, and flags are those of hamlets. */
export const hamletZoom = 11;

/** Interpolates between pairs of a zoom and a value. */
export const byZoom = (...stops: number[]): Value<number> =>
  ['interpolate', ['linear'], ['zoom'], ...stops] as unknown as Value<number>;

export const state = (name: string): Expression => ['boolean', ['feature-state', name], false];
