// Left of the map: search, what to show, and the legend; on a narrow window the last two open by a button.
import { useState } from 'react';
import { Icon } from '../components/components';
import { Masthead } from '../components/Masthead';
import { Nav } from '../components/Nav';
import type { VisibleFeatures } from '../map/visibleFeatures';
import { Controls } from '../panels/Controls';
import { Legend } from '../panels/Legend';
import { Search } from '../panels/Search';
import { useLabels } from '../text/labels';

export function Rail({ narrow, visible }: { narrow: boolean; visible: VisibleFeatures | null }) {
  const { t, meta } = useLabels();
  const [settings, setSettings] = useState(false);
  return (
    <div className="rail">
      <Masthead>
        {narrow && (
          <button
            type="button"
            className="layers"
            aria-expanded={settings}
            aria-label={t('settings')}
            onClick={() => setSettings(!settings)}>
            <Icon name={settings ? 'close' : 'layers'} />
          </button>
        )}
      </Masthead>
      {(!narrow || settings) && <Nav />}
      {meta.sample && (
        <p className="sample" data-testid="sample">
          <b>{t('sample')}.</b> <span>{t('sampleWhy')}</span>
        </p>
      )}
      <Search />
      {(!narrow || settings) && (
        <div className="settings">
          <Controls />
          <Legend visible={visible} />
        </div>
      )}
    </div>
  );
}
