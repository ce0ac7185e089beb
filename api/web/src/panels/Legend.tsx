// What the colours, textures and shapes mean; the shapes of flags can be switched off here.
import { FlagIcon, HouseholdIcon, TextureSwatch } from '../parts';
import { go, useView } from '../location';
import { breaks, rampOf } from '../scale';
import { householdStates, type Texture } from '../symbols';
import { flagKinds, skillOf } from '../view';
import { measureName, measureUnit, useWords } from '../words';

export function Legend() {
  const view = useView();
  const words = useWords();
  const { t, meta } = words;
  const textures: [Texture, string][] = [['no_data', t('noData')]];
  if (skillOf(view.measure)) textures.push(['too_few', t('tooFew')]);
  if (!meta.households) textures.push(['suppressed', t('suppressed')]);
  if (view.by !== 'cells') textures.push(['no_team', t('noTeam')]);

  return (
    <section className="legend" aria-label={t('legend')}>
      <h2>{measureName(view.measure, words)}</h2>
      <p className="unit">{measureUnit(view.measure, words)}</p>
      <Ramp />
      <ul className="swatches">
        {textures.map(([texture, text]) => <li key={texture}><TextureSwatch texture={texture} />{text}</li>)}
      </ul>
      <fieldset className="flags">
        <legend>{t('needsAttention')}</legend>
        {flagKinds.map((kind) => (
          <label key={kind}>
            <input type="checkbox" checked={view.flags.includes(kind)}
              onChange={() => go({ flags: flagKinds.filter((other) => (other === kind) !== view.flags.includes(other)) })} />
            <FlagIcon kind={kind} />
            <span>{t(`flag_${kind}`)}</span>
          </label>
        ))}
      </fieldset>
      {meta.households && (
        <div className="households">
          <h3>{t('householdsLegend')}</h3>
          <ul>
            {householdStates.map((state) => <li key={state}><HouseholdIcon state={state} />{t(`state_${state}`)}</li>)}
          </ul>
        </div>
      )}
    </section>
  );
}

/** The seven classes with their bounds between them. */
export function Ramp() {
  const { measure } = useView();
  const { percent } = useWords();
  const bounds = [0, ...breaks, 1];
  return (
    <div className="ramp" role="img" aria-label={bounds.map((bound) => percent(bound, 0)).join(', ')}>
      <div className="ramp-colours">
        {rampOf(measure).map((colour) => <span key={colour} style={{ background: colour }} />)}
      </div>
      <div className="ramp-bounds" aria-hidden="true">
        {bounds.map((bound) => <span key={bound}>{Math.round(bound * 100)}</span>)}
      </div>
    </div>
  );
}
