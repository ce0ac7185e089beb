// The most severe flag of each commune, for small scales.
import type { Row } from '../server/contract';
import { flagKinds, skillOf, type View } from '../view/view';
import { kindOf } from '../text/labels';
import type { Badges } from './layers';

/** The most severe of the flags that are switched on that a commune or one of its hamlets has, and the number of
 * hamlets that have it. */
export function badgesOf(rows: readonly Row[], view: View, count: (value: number) => string): Badges {
  const badges: Badges = { icons: {}, counts: {} };
  for (const row of rows) {
    const here = new Set(row.flags.filter(isShown).map(kindOf));
    for (const kind of flagKinds) {
      if (!view.flags.includes(kind)) continue;
      const hamlets = hamletsWith(row, kind);
      if (hamlets === 0 && !here.has(kind)) continue;
      badges.icons[row.key] = `badge-${kind}`;
      badges.counts[row.key] = hamlets > 0 ? `\u2009${count(hamlets)}` : '';
      break;
    }
  }
  return badges;

  function isShown(flag: string): boolean {
    const [kind, skill] = flag.split(':');
    const asked = skillOf(view.measure);
    return kind !== 'low_uptake' || asked === null || asked === skill;
  }

  /** Counts by skill overlap, for a hamlet may be low in several: the largest is used. */
  function hamletsWith(row: Row, kind: string): number {
    const flagged = Object.entries(row.hamlets_flagged ?? {});
    return Math.max(
      0,
      ...flagged.filter(([flag]) => kindOf(flag) === kind && isShown(flag)).map(([, hamlets]) => hamlets),
    );
  }
}
