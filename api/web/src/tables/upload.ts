// Uploads files by XMLHttpRequest: fetch reports no progress of an upload.
import type { ImportStatus, Problem } from '../server/contract';
import { ServerError } from '../server/server';

export function upload(
  files: readonly File[],
  kind: string,
  onProgress: (sent: number, total: number) => void,
): Promise<ImportStatus> {
  return new Promise((resolve, reject) => {
    const form = new FormData();
    for (const file of files) form.append('file', file, file.name);
    const request = new XMLHttpRequest();
    request.open('POST', `/api/v1/imports${kind ? `?kind=${kind}` : ''}`);
    request.responseType = 'json';
    request.upload.onprogress = (event) => onProgress(event.loaded, event.total);
    request.onload = () => {
      if (request.status === 202) resolve(request.response as ImportStatus);
      else reject(new ServerError(request.status, (request.response as Problem | null)?.detail ?? request.statusText));
    };
    request.onerror = () => reject(new ServerError(0, ''));
    request.send(form);
  });
}
