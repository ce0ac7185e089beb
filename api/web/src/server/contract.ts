// Types of the server's answers: schemas of its OpenAPI document, from which build and check
// write api.gen.ts (`npm run types`; not in the repository).
import type { components } from './api.gen';

type Schemas = components['schemas'];

/** The document calls every list nullable, for a list in Go may be; the server writes []. */
type Listed<T> = [NonNullable<T>] extends [(infer Item)[]]
  ? Listed<Item>[]
  : T extends object
    ? { [Key in keyof T]: Listed<T[Key]> }
    : T;

/** west, south, east, north. */
export type Box = [number, number, number, number];

type Boxed<T> = Omit<T, 'bbox' | 'center'> & { bbox?: Box; center?: [number, number] };

/** One row of an answer. A suppressed count and a rate over nothing are null. */
export type Row = Listed<Schemas['Record']>;
export type Uptake = Schemas['Uptake'];
export type Answer = Listed<Schemas['Answer']>;
export type Flagged = Listed<Schemas['Flagged']>;
export type Area = Boxed<Listed<Schemas['Area']>>;
export type Areas = Omit<Listed<Schemas['AreasFound']>, 'areas'> & { areas: Area[] };
export type AreaDetail = Omit<Boxed<Listed<Schemas['AreaDetail']>>, 'ancestors'> & { ancestors: Area[] };
/** What is published to who may not see small counts. */
export type Published = Listed<Schemas['PublicMeta']>;
export type Meta = Omit<Listed<Schemas['Meta']>, 'bounds' | 'tile_bounds' | 'basemap' | 'public'> & {
  bounds: Box | null;
  tile_bounds: Box;
  basemap: Schemas['Basemap'] | null;
  public: Published | null;
};

export type TeamDetail = Listed<Schemas['TeamDetail']>;
export type State = Schemas['State'];
export type Quality = Listed<Schemas['Quality']>;
export type ImportsFound = Listed<Schemas['ImportsFound']>;
type Schema = Schemas['ImportStatus'];
export type ImportStatus = Omit<Listed<Schema>, 'report'> & { report: Listed<Schemas['Report']> | null };

export type Boundaries = Listed<Schemas['BoundariesFound']>;

/** RFC 9457. */
export type Problem = Schemas['ErrorModel'];
