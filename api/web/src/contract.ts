// What the server answers. These are the names of its OpenAPI document.

export interface Skill {
  key: string;
  en: string;
  vi: string;
}

export interface Meta {
  programme: string;
  sample: boolean;
  build: string;
  version: string;
  today: string;
  first_visit: string | null;
  last_visit: string | null;
  bounds: Box | null;
  skills: Skill[];
  thresholds: Thresholds;
  roots: Area[];
  households: boolean;
}

export interface Thresholds {
  barely_visited: number;
  low_coverage: number;
  low_uptake: number;
  min_assessed: number;
  stale_days: number;
}

export interface Uptake {
  assessed: number | null;
  shown: number | null;
  rate: number | null;
  low: number | null;
  high: number | null;
}

/** One row of an answer. A count that is kept back and a rate over nothing are null. */
export interface Row {
  key: string;
  name: string;
  kind?: string;
  level?: string;
  parent?: string;
  households: number | null;
  attempted: number | null;
  contacted: number | null;
  reached: number | null;
  revisit_due: number | null;
  visits: number;
  last_visit: string | null;
  coverage: number | null;
  attempt_rate: number | null;
  success_rate: number | null;
  declared_households?: number;
  registry_completeness?: number;
  uptake: Record<string, Uptake>;
  flags: string[];
  hamlets_flagged?: Record<string, number>;
  suppressed?: string[];
}

export interface Answer {
  version: string;
  from: string | null;
  to: string;
  boundaries: string;
  total: Row;
  rows: Row[];
}

/** west, south, east, north. */
export type Box = [number, number, number, number];

export interface Area {
  code: string;
  name: string;
  name_en?: string;
  kind: string;
  level: string;
  parent?: string;
  parent_name?: string;
  population?: number;
  bbox?: Box;
  center?: [number, number];
}

export interface Areas {
  matched: number;
  areas: Area[];
}

export interface AreaDetail extends Area {
  version: string;
  /** From the widest down to the parent. */
  ancestors: Area[];
  children: number;
  child_level?: string;
  record: Row;
}

export interface Flagged {
  version: string;
  matched: number;
  kinds: Record<string, number>;
  rows: Row[];
}

/** RFC 9457. */
export interface Problem {
  status: number;
  title: string;
  detail?: string;
}
