// What the colours, textures and shapes mean and how many places have each; the shapes of flags
// can be switched off here.
import { FlagIcon, TextureSwatch } from '../components/components';
import { boundText, classesOf, texturesOf, type Class } from '../map/legend';
import { go, useView } from '../view/location';
import { subjectAt, type VisibleFeatures } from '../map/visibleFeatures';
import { scaleOf, type Subject } from '../symbology/scale';
import { overlaysOf } from '../map/overlays';
import { flagKinds } from '../view/view';
import { measureName, measureUnit, useLabels } from '../text/labels';

export function Legend({ visible }: { visible: VisibleFeatures | null }) {
  const view = useView();
  const labels = useLabels();
  const { t, meta, count } = labels;
  const by = view.measure === 'spots' ? 'cells' : view.by;
  const subject = visible?.subject ?? subjectAt(by, view.camera?.zoom ?? 8, labels.meta);
  const classes = classesOf(view.measure, subject, visible, labels);
  const places = visible?.places.length ?? 0;

  return (
    <section className="legend" aria-label={t('legend')} data-testid="legend">
      <h2>{measureName(view.measure, labels)}</h2>
      <p className="unit">{measureUnit(view, labels)}</p>
      {view.measure === 'spots' ? <Kinds classes={classes} /> : <Ramp classes={classes} subject={subject} />}
      <ul className="swatches">
        {texturesOf(view.measure, by, visible, labels).map(({ texture, text, count: number }) => (
          <li key={texture} data-texture={texture}>
            <TextureSwatch texture={texture} />
            <span>{text}</span>
            {number !== null && <b>{count(number)}</b>}
          </li>
        ))}
      </ul>
      {visible && (
        <p className="in-window" data-testid="in-window">
          {t('inWindow', { places: t(`places_${subject.kind}`, { count: places, replace: { count: count(places) } }) })}
        </p>
      )}
      <fieldset className="flags">
        <legend>{t('needsAttention')}</legend>
        {flagKinds.map((kind) => (
          <label key={kind}>
            <input
              type="checkbox"
              checked={view.flags.includes(kind)}
              onChange={() =>
                go({ flags: flagKinds.filter((other) => (other === kind) !== view.flags.includes(other)) })
              }
            />
            <FlagIcon kind={kind} />
            <span>{t(`flag_${kind}`)}</span>
          </label>
        ))}
      </fieldset>
      {overlaysOf(meta).map(({ name, Legend: OverlayLegend }) => OverlayLegend && <OverlayLegend key={name} />)}
    </section>
  );
}

/** The colours alone, where there is no room for the whole legend. */
export function Key({ visible }: { visible: VisibleFeatures | null }) {
  const view = useView();
  const labels = useLabels();
  const by = view.measure === 'spots' ? 'cells' : view.by;
  const subject = visible?.subject ?? subjectAt(by, view.camera?.zoom ?? 8, labels.meta);
  const classes = classesOf(view.measure, subject, visible, labels);
  const scale = scaleOf(view.measure, subject);
  const unit =
    scale.unit === 'rate'
      ? ' (%)'
      : scale.unit === 'days'
        ? ` (${labels.t('daysShort')})`
        : scale.unit === 'points'
          ? ` (${labels.t('points')})`
          : '';
  return (
    <div className="key" data-testid="key" aria-hidden="true">
      <strong>
        {measureName(view.measure, labels)}
        {unit}
      </strong>
      {view.measure === 'spots' ? (
        [...classes].reverse().map(({ colour, text }) => (
          <span className="kind" key={colour}>
            <i style={{ background: colour }} />
            {text}
          </span>
        ))
      ) : (
        <ul>
          {classes.map(({ colour }, index) => (
            <li key={colour}>
              <span style={{ background: colour }} />
              <small>{index === 0 ? '' : boundText(scale.breaks[index - 1]!, scale, labels)}</small>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

/** The seven classes with their bounds between them, and over each how many places it has. */
function Ramp({ classes, subject }: { classes: Class[]; subject: Subject }) {
  const { measure } = useView();
  const labels = useLabels();
  const { count } = labels;
  const scale = scaleOf(measure, subject);
  const most = Math.max(1, ...classes.map((one) => one.count ?? 0));
  const ends = scale.unit === 'rate' ? ['0', '100'] : ['', ''];
  return (
    <ul className="ramp">
      {classes.map(({ colour, text, count: number }, index) => (
        <li key={colour} data-class={index}>
          <span className="hidden">{text}: </span>
          <b>
            {number === null || number === 0 ? (
              <span className={number === 0 ? 'hidden' : undefined}>{number}</span>
            ) : (
              count(number)
            )}
          </b>
          <span
            className="heap"
            style={{ height: number ? `${Math.max(2, Math.round(26 * (number / most)))}px` : 0, background: colour }}
          />
          <span className="colour" style={{ background: colour }} />
          <span className="bound" aria-hidden="true">
            {index === 0 ? ends[0] : boundText(scale.breaks[index - 1]!, scale, labels)}
          </span>
          {index === classes.length - 1 && (
            <span className="bound last" aria-hidden="true">
              {ends[1]}
            </span>
          )}
        </li>
      ))}
    </ul>
  );
}

/** Classes that are no numbers, each in words. */
function Kinds({ classes }: { classes: Class[] }) {
  const { count } = useLabels();
  return (
    <ul className="swatches kinds">
      {[...classes.entries()].reverse().map(([index, { colour, text, count: number }]) => (
        <li key={colour} data-class={index}>
          <span className="swatch" style={{ background: colour }} />
          <span>{text}</span>
          {number !== null && <b>{count(number)}</b>}
        </li>
      ))}
    </ul>
  );
}
