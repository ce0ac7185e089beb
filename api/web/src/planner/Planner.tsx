// The page with the map: what to show on the left, the place on the right; on a narrow window the place is in a sheet
// at the bottom.
import { useEffect, useRef, useState } from 'react';
import { Icon } from '../components/components';
import { ReplacedNotice } from '../components/Published';
import { Stale } from '../components/Status';
import { sameTiles } from '../map/doubleBuffer';
import type { Pointed } from '../map/MapView';
import { BottomSheet, type Stop } from '../panels/BottomSheet';
import { Key } from '../panels/Legend';
import { Pointer } from '../panels/Pointer';
import type { Meta } from '../server/contract';
import { placeName, useLabels, wholeName } from '../text/labels';
import { go, useView } from '../view/location';
import { monthOf } from '../view/view';
import { Download } from './Download';
import { FeatureTable } from './FeatureTable';
import { paddingOf, useNarrow } from './layout';
import { Maps, sidesOf, useMaps, ZoomButtons } from './Maps';
import { PlacePanel } from './PlacePanel';
import { Rail } from './Rail';
import { TimeSlider } from './TimeSlider';
import { useFigures } from './useFigures';
import { useMapStates } from './useMapStates';
import './planner.css';
import './panels.css';
import './print.css';

export default function Planner({ meta, offline }: { meta: Meta; offline: boolean }) {
  const view = useView();
  const labels = useLabels();
  const { t, lang, count } = labels;
  const narrow = useNarrow();
  const month = monthOf(view.period);
  const figures = useFigures(view, meta);
  const states = useMapStates(view, meta, figures.communes, count);
  const maps = useMaps();
  const [pointed, setPointed] = useState<{ what: Pointed; pinned: boolean } | null>(null);
  const [stop, setStop] = useState<Stop>('peek');
  const [playing, setPlaying] = useState(false);
  const { detail } = figures;
  const { state, visible, controller, compared } = maps;
  const here = detail ? placeName(detail, lang) : wholeName(labels);

  useEffect(() => {
    if (!month) setPlaying(false);
  }, [month]);
  useEffect(() => {
    document.title = detail ? `${here} · ${t('name')}` : t('name');
  }, [detail, here, t]);
  const pinned = useRef(false); // a card that was opened by a tap: the sheet must not cover it
  pinned.current = pointed?.pinned ?? false;
  useEffect(() => {
    if (narrow && view.place) setStop(pinned.current ? 'peek' : 'half');
  }, [view.place, narrow]);

  const point = (what: Pointed | null, how: 'hover' | 'tap') => {
    // On a touch screen there is no hover: a card stays until it is closed. Areas open in the sheet, which has the
    // same figures and more.
    if (how === 'tap') setPointed(narrow && what && what.layer !== 'areas' ? { what, pinned: true } : null);
    else if (matchMedia('(hover: hover)').matches) setPointed(what ? { what, pinned: false } : null);
  };
  const takePicture = async () => {
    const { layerState, beside } = states;
    const other =
      beside && compared
        ? { controller: compared, split: maps.split, sides: sidesOf(view, layerState, beside, labels) }
        : null;
    const { drawPicture, save } = await import('./picture'); // rarely used: it is not part of the first load
    const picture = await drawPicture(controller!, other, here, visible, view, labels);
    save(picture, `tung-nha-${view.measure.replace(':', '-')}-${layerState.filter.to}.png`);
  };
  const tools = (
    <>
      <Download visible={visible} detail={detail} onPicture={controller && takePicture} />
      {state !== 'unsupported' && (
        <button type="button" className="quiet" aria-pressed={view.table} onClick={() => go({ table: !view.table })}>
          <Icon name={view.table ? 'map' : 'table'} />
          {t(view.table ? 'showMap' : 'showTable')}
        </button>
      )}
    </>
  );
  const panel = <PlacePanel view={view} figures={figures} tools={tools} playing={playing} />;

  return (
    <main className={`app${narrow ? ' narrow' : ''}${month ? ' timed' : ''}`} data-map={state}>
      <a className="skip" href="#figures">
        {t('skip')}
      </a>
      <Maps
        view={view}
        figures={figures}
        states={states}
        maps={maps}
        place={here}
        padding={() => paddingOf(narrow, view.place !== null)}
        onPoint={point}
      />
      <div
        className={`progress${(state === 'loading' && !playing) || figures.below.loading ? ' on' : ''}`}
        aria-hidden="true"
      />

      <Rail narrow={narrow} visible={visible} />

      <Stale offline={offline} className="toast" />
      {!offline && <ReplacedNotice className="toast" />}
      {!offline && state === 'partial' && (
        <p className="toast" role="status">
          {t('errorTiles')}
        </p>
      )}
      {state === 'unsupported' && (
        <p className="toast" role="alert">
          {t('errorMap')}
        </p>
      )}
      {pointed && !view.table && !(pointed.pinned && stop === 'full') && (
        <Pointer pointed={pointed.what} pinned={pointed.pinned} onClose={() => setPointed(null)} />
      )}
      {view.table && <FeatureTable visible={visible} />}
      {month && (
        <TimeSlider
          shown={maps.front && sameTiles(maps.front, states.layerState) ? month : null}
          playing={playing}
          onPlay={setPlaying}
        />
      )}
      {narrow && !figures.empty && state !== 'unsupported' && <Key visible={visible} />}
      {narrow ? (
        <BottomSheet stop={stop} onStop={setStop}>
          {panel}
        </BottomSheet>
      ) : (
        <section className="panel" aria-label={here}>
          {panel}
        </section>
      )}
      {meta.basemap?.attribution && (
        <small className="attribution" data-testid="attribution">
          {meta.basemap.attribution}
        </small>
      )}
      <ZoomButtons controller={controller} />
    </main>
  );
}
