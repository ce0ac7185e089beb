// One import: how far it is, what became of each file, what could not be used.
import type { ImportStatus } from '../server/contract';
import { Icon } from '../components/components';
import { useLabels, type Labels } from '../text/labels';
import { sizeText } from './Intake';

type FileReport = NonNullable<ImportStatus['report']>['files'][number];
type Finding = NonNullable<FileReport['rejects']>[number];

const atFirst = 3;

export function Import({ one }: { one: ImportStatus }) {
  const labels = useLabels();
  const { t, count, lang } = labels;
  const { progress, report } = one;
  const share = progress.total > 0 ? Math.min(1, progress.bytes / progress.total) : 0;
  return (
    <div className={`import ${one.status}`} data-testid="import" data-status={one.status}>
      <h3>{t(`import_${one.status}`)}</h3>
      {one.ended === null && (
        <>
          <progress max={1} value={share} aria-label={t('importLabel')} />
          <p role="status">
            {t('importingRows', {
              file: progress.file,
              rows: count(progress.rows),
              read: sizeText(progress.bytes, labels),
              total: sizeText(progress.total, labels),
            })}
          </p>
        </>
      )}
      {one.reason && (
        <p className="problem" role="alert">
          <span>{lang === 'vi' ? one.reason_vi : one.reason}</span>. <span>{t('nothingChanged')}</span>
        </p>
      )}
      {report && (
        <>
          <p role="status">
            {t(one.rejected === 0 ? 'importDone' : one.rejected < one.rows ? 'importDoneBut' : 'importDoneNone', {
              rows: count(one.rows),
              created: count(one.created),
              updated: count(one.updated),
              rejected: count(one.rejected),
            })}
          </p>
          <div className="wide" tabIndex={0} role="group" aria-label={t('importFiles')}>
            <table>
              <thead>
                <tr>
                  <th scope="col">{t('file')}</th>
                  <th scope="col">{t('kindOfFiles')}</th>
                  {['rowsRead', 'created', 'updated', 'unchanged', 'rejected'].map((key) => (
                    <th key={key} scope="col" className="number">
                      {t(key)}
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {report.files.map((file) => (
                  <tr key={file.file}>
                    <th scope="row">{file.file}</th>
                    <td>{t(`kind_${file.kind}`)}</td>
                    {[file.rows, file.created, file.updated, file.unchanged, file.rejected].map((n, i) => (
                      <td key={i} className="number">
                        {count(n)}
                      </td>
                    ))}
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
          {report.files.map((file) => (
            <Found key={file.file} id={one.id} file={file} />
          ))}
        </>
      )}
    </div>
  );
}

function Found({ id, file }: { id: string; file: FileReport }) {
  const { t, count, lang } = useLabels();
  if (!file.rejects?.length && !file.warnings?.length && !file.notes?.length) return null;
  return (
    <section className="found">
      <h4>{file.file}</h4>
      {file.rejects && file.rejects.length > 0 && (
        <>
          <p>
            <b>{t('rejectedRows', { count: file.rejected, replace: { count: count(file.rejected) } })}</b>{' '}
            {file.rejects_file && (
              <a className="quiet" download href={`/api/v1/imports/${id}/${encodeURIComponent(file.rejects_file)}`}>
                <Icon name="download" />
                {t('downloadRejects')}
              </a>
            )}
          </p>
          <p className="muted">{t('mend')}</p>
          <Findings of={file.rejects} />
        </>
      )}
      {file.warnings && file.warnings.length > 0 && (
        <>
          <p>
            <b>{t('warnings')}</b>
          </p>
          <Findings of={file.warnings} />
        </>
      )}
      {file.notes && file.notes.length > 0 && (
        <>
          <p>
            <b>{t('importNotes')}</b>
          </p>
          <ul className="doubts" data-testid="notes">
            {file.notes.map((note) => (
              <li key={`${note.code} ${note.column}`}>
                <p>
                  <b>{count(note.count)}</b> {note.column && <code>{note.column}</code>}{' '}
                  <span>{reasonOf(note, lang)}</span>
                </p>
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  );
}

function Findings({ of }: { of: readonly Finding[] }) {
  const { t, count, lang } = useLabels();
  return (
    <ul className="doubts">
      {of.map((finding) => (
        <li key={`${finding.field} ${finding.reason}`}>
          <p>
            <b>{count(finding.count)}</b> {finding.field && <code>{finding.field}</code>}{' '}
            <span>{reasonOf(finding, lang)}</span>
          </p>
          <details open={of.length === 1 && finding.first.length <= atFirst}>
            <summary>{t('examples', { count: finding.first.length })}</summary>
            <ul>
              {finding.first.map((note, i) => (
                <li key={i}>
                  <span className="muted">{t('line', { line: count(note.line) })}</span>{' '}
                  {note.id && <code>{note.id}</code>} <span>{reasonOf(note, lang)}</span>
                </li>
              ))}
            </ul>
          </details>
        </li>
      ))}
    </ul>
  );
}

/** The sentence of a problem in the reader's language. */
function reasonOf(problem: { reason: string; reason_vi: string }, lang: Labels['lang']): string {
  return lang === 'vi' ? problem.reason_vi : problem.reason;
}
