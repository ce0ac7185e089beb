// Finding a place by name. The server folds names, so "da nang" finds Đà Nẵng.
import { useEffect, useId, useRef, useState } from 'react';
import { Icon } from '../components/components';
import type { Areas } from '../server/contract';
import { go, useView } from '../view/location';
import { urlOf, useFetch } from '../server/server';
import { placeName, useLabels } from '../text/labels';

const afterMs = 150;

export function Search() {
  const { lang } = useView();
  const { t, meta } = useLabels();
  const [text, setText] = useState('');
  const [open, setOpen] = useState(false);
  const [active, setActive] = useState(0);
  const wanted = useSettled(text.trim(), afterMs);
  const url = wanted ? urlOf('/api/v1/areas', { q: wanted, limit: 8 }) : null;
  const { data } = useFetch<Areas>(url, meta.version);
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const places = url && data ? data.areas : [];
  const shown = open && url !== null && data !== null;

  const choose = (index: number) => {
    const place = places[index];
    if (!place) return;
    setText('');
    setOpen(false);
    input.current?.blur();
    go({ place: place.code, commune: null, camera: null, list: null });
  };
  const onKeyDown = (event: React.KeyboardEvent) => {
    if (event.key === 'ArrowDown') setActive(Math.min(active + 1, places.length - 1));
    else if (event.key === 'ArrowUp') setActive(Math.max(active - 1, 0));
    else if (event.key === 'Enter') choose(active);
    else if (event.key === 'Escape') setOpen(false);
    else return;
    event.preventDefault();
  };

  return (
    <div className="search" role="search">
      <Icon name="search" />
      <input
        ref={input}
        type="search"
        value={text}
        placeholder={t('search')}
        aria-label={t('searchLabel')}
        autoComplete="off"
        spellCheck={false}
        role="combobox"
        aria-expanded={shown}
        aria-controls={id}
        aria-autocomplete="list"
        aria-activedescendant={shown && places[active] ? `${id}-${active}` : undefined}
        onChange={(event) => {
          setText(event.target.value);
          setOpen(true);
          setActive(0);
        }}
        onFocus={() => setOpen(true)}
        onBlur={() => setOpen(false)}
        onKeyDown={onKeyDown}
      />
      {shown && (
        <ul className="suggestions" role="listbox" id={id} aria-label={t('searchLabel')}>
          {places.map((place, index) => (
            // On mousedown, because the field's blur closes the list before a click.
            <li
              key={place.code}
              id={`${id}-${index}`}
              role="option"
              aria-selected={index === active}
              onMouseDown={(event) => {
                event.preventDefault();
                choose(index);
              }}
              onMouseEnter={() => setActive(index)}>
              <span>{placeName(place, lang)}</span>
              {place.parent_name && <small>{place.parent_name}</small>}
            </li>
          ))}
          {places.length === 0 && <li className="none">{t('searchNone')}</li>}
        </ul>
      )}
    </div>
  );
}

/** The value once it has stayed the same for a while. */
function useSettled<T>(value: T, ms: number): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = window.setTimeout(() => setSettled(value), ms);
    return () => window.clearTimeout(timer);
  }, [value, ms]);
  return settled;
}
