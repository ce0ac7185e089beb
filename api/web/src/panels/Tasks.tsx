// What to do next: the most severe flags as tasks, with links to their places.
import { FlagIcon, Icon } from '../components/components';
import type { Row } from '../server/contract';
import { go } from '../view/location';
import type { FlagKind } from '../view/view';
import { skillName, useLabels, type Labels } from '../text/labels';

/** By priority. */
const work: readonly FlagKind[] = ['unvisited', 'no_team', 'barely_visited', 'low_uptake', 'stale', 'registry_gap'];
const most = 4;

export interface Task {
  kind: FlagKind | 'revisit';
  text: string;
  /** The list of the places it is about; null: it is about the place itself. */
  list: string | null;
}

export function tasksOf(row: Row, labels: Labels): Task[] {
  const { t, count } = labels;
  const tasks: Task[] = [];
  for (const kind of work) {
    const flagged = Object.entries(row.hamlets_flagged ?? {}).filter(
      ([flag, places]) => flag.split(':')[0] === kind && places > 0,
    );
    // Of several skills the one in which the most places are low.
    const [list, places] = flagged.sort((a, b) => b[1] - a[1])[0] ?? [null, 0];
    const own = row.flags.find((flag) => flag.split(':')[0] === kind);
    const skill = (list ?? own)?.split(':')[1];
    const named = skill ? { skill: skillName(skill, labels) } : {};
    if (list)
      tasks.push({
        kind,
        list,
        text: t(`next_${kind}`, {
          ...named,
          places: t('hamletsFlagged', { count: places, replace: { count: count(places) } }),
        }),
      });
    else if (own && !row.hamlets_flagged) tasks.push({ kind, list: null, text: t(`next_here_${kind}`, named) });
  }
  if (row.revisit_due)
    tasks.splice(2, 0, {
      kind: 'revisit',
      list: null,
      text: t('next_revisit', {
        count: labels.meta.public ? t('about', { number: count(row.revisit_due) }) : count(row.revisit_due),
      }),
    });
  return tasks.slice(0, most);
}

export function Next({ row }: { row: Row }) {
  const labels = useLabels();
  const { t } = labels;
  const tasks = tasksOf(row, labels);
  return (
    <section className="next" data-testid="next">
      <h3>{t('next')}</h3>
      {tasks.length === 0 && <p className="note">{t('nextNone')}</p>}
      <ol>
        {tasks.map(({ kind, text, list }) => (
          <li key={kind}>
            {kind === 'revisit' ? <Icon name="again" /> : <FlagIcon kind={kind} />}
            {list ? (
              <button type="button" onClick={() => go({ list })}>
                {text}
              </button>
            ) : (
              <span>{text}</span>
            )}
          </li>
        ))}
      </ol>
    </section>
  );
}
