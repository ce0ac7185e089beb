// A line over bars, drawn by uPlot: the line in per cent, the bars by their own height.
import { useEffect, useRef } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { shortCount, useLabels } from '../text/labels';

interface Point {
  day: string;
  /** null: hidden. */
  visits: number | null;
  coverage: number | null;
}

const heightPx = 168;

export default function Chart({ points, says }: { points: Point[]; says: string }) {
  const labels = useLabels();
  const { t, percent, date, lang, meta } = labels;
  const root = useRef<HTMLDivElement>(null);
  const read = useRef<HTMLParagraphElement>(null);
  useEffect(() => {
    const element = root.current!;
    const step =
      points.length > 1
        ? (Date.parse(points.at(-1)!.day) - Date.parse(points[0]!.day)) / 1000 / (points.length - 1)
        : 86_400;
    const most = Math.max(...points.map((point) => point.visits ?? 0), 1);
    const top = Math.max(...points.map((point) => point.coverage ?? 0)) * 1.15 || 1;
    const axis = { stroke: '#565f73', font: '11px "Be Vietnam Pro"', ticks: { show: false } };
    const months = step > 27 * 86_400;
    const tick = new Intl.DateTimeFormat(lang === 'vi' ? 'vi-VN' : 'en-GB', {
      month: 'numeric',
      timeZone: 'UTC',
      ...(months ? { year: 'numeric' } : { day: 'numeric' }),
    });
    const chart = new uPlot(
      {
        width: element.clientWidth,
        height: heightPx,
        padding: [10, 6, 0, 0],
        tzDate: (seconds) => new Date((seconds + new Date().getTimezoneOffset() * 60) * 1000),
        legend: { show: false },
        cursor: { y: false, points: { size: 7 }, drag: { x: false, y: false } },
        // Half a step more on both sides: the first and the last bar are as wide as the others.
        scales: {
          x: { range: (_, first, last) => [first - step / 2, last + step / 2] },
          y: { range: [0, top] },
          visits: { range: [0, most * 2.2] },
        },
        axes: [
          {
            ...axis,
            size: 28,
            grid: { show: false },
            space: 54,
            values: (_, ticks) => ticks.map((at) => tick.format(at * 1000)),
          },
          {
            ...axis,
            size: 44,
            grid: { stroke: '#e6dfd0', width: 1 },
            values: (_, ticks) => ticks.map((tick) => percent(tick, top < 0.05 ? 1 : 0)),
          },
        ],
        series: [
          {},
          {
            scale: 'visits',
            fill: '#d9d2c1',
            stroke: '#d9d2c1',
            width: 0,
            points: { show: false },
            paths: uPlot.paths.bars!({ size: [0.7, 40], align: 0 }),
          },
          { scale: 'y', stroke: '#22315c', width: 2.2, points: { show: points.length < 16, size: 5, fill: '#22315c' } },
        ],
        hooks: {
          setCursor: [
            (plot) => {
              const point =
                plot.cursor.idx === null || plot.cursor.idx === undefined ? undefined : points[plot.cursor.idx];
              if (read.current) {
                read.current.textContent = point
                  ? `${date(meta.public ? point.day.slice(0, 7) : point.day)}: ${point.coverage === null ? '–' : percent(point.coverage)} · ${shortCount(point.visits, labels)} ${t('visits').toLocaleLowerCase(lang)}`
                  : '';
              }
            },
          ],
        },
      },
      [
        points.map((point) => Date.parse(point.day) / 1000),
        points.map((point) => point.visits),
        points.map((point) => point.coverage),
      ],
      element,
    );
    const follow = new ResizeObserver(() => chart.setSize({ width: element.clientWidth, height: heightPx }));
    follow.observe(element);
    return () => {
      follow.disconnect();
      chart.destroy();
    };
  }, [points.map((point) => `${point.day}${point.visits}${point.coverage}`).join(), lang]);
  return (
    <>
      <div className="chart" ref={root} role="img" aria-label={says} />
      <p className="read" ref={read} aria-hidden="true" />
    </>
  );
}
