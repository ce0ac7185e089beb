// A day, as readers here write it. A browser's own field for dates is written in the browser's
// language, not the page's: 06/30/2026 where the rest of the page has 30/06/2026. Its calendar is used.
import { useRef, useState } from 'react';
import { readDay, writeDay } from '../text/format';
import { Icon } from '../components/components';
import { useLabels } from '../text/labels';

export function DayInput({
  label,
  day,
  max,
  onDay,
}: {
  label: string;
  day: string;
  max: string;
  onDay: (day: string) => void;
}) {
  const { t } = useLabels();
  const [text, setText] = useState(writeDay(day));
  const calendar = useRef<HTMLInputElement>(null);
  const read = readDay(text);
  const wrong = read === null || read > max;
  const commit = () => {
    if (!wrong && read !== day) onDay(read);
  };
  return (
    <label className="day">
      {label}
      <span className={wrong ? 'field-of-day wrong' : 'field-of-day'}>
        <input
          inputMode="numeric"
          autoComplete="off"
          placeholder={t('dayPattern')}
          maxLength={10}
          value={text}
          aria-invalid={wrong}
          data-day={read ?? ''}
          onChange={(event) => setText(event.target.value)}
          onBlur={commit}
          onKeyDown={(event) => {
            if (event.key === 'Enter') commit();
          }}
        />
        <button
          type="button"
          aria-label={t('calendarOf', { label })}
          onClick={(event) => {
            event.preventDefault();
            calendar.current?.showPicker();
          }}>
          <Icon name="calendar" />
        </button>
        <input
          ref={calendar}
          type="date"
          className="calendar"
          tabIndex={-1}
          aria-hidden="true"
          value={day}
          max={max}
          onChange={({ target: { value } }) => {
            if (value && value <= max) {
              setText(writeDay(value));
              onDay(value);
            }
          }}
        />
      </span>
    </label>
  );
}
