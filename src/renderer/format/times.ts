import { formatNumber } from './numbers.ts';

const thinSpace = '\u2009';

/** Measured time: 8 s, 6 min 12 s, 35 min, 1 h 12 min, 3 d 4 h. Seconds show below ten minutes, hours from one hour. */
export function formatDuration(seconds: number): string {
  if (!Number.isFinite(seconds) || seconds < 0) return 'unknown';
  if (seconds > 0 && seconds < 10) return `${seconds.toFixed(1).replace(/\.0$/, '')}${thinSpace}s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${String(whole)}${thinSpace}s`;
  if (whole < 600) return pair(Math.floor(whole / 60), 'min', whole % 60, 's');
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${String(minutes)}${thinSpace}min`;
  if (minutes < 24 * 60) return pair(Math.floor(minutes / 60), 'h', minutes % 60, 'min');
  const hours = Math.round(minutes / 60);
  return pair(Math.floor(hours / 24), 'd', hours % 24, 'h');
}

function pair(large: number, largeUnit: string, small: number, smallUnit: string): string {
  const first = `${String(large)}${thinSpace}${largeUnit}`;
  return small === 0 ? first : `${first} ${String(small)}${thinSpace}${smallUnit}`;
}

/** Estimated time, no finer than anybody can know it: 'about 35 min', 'about 20 s'. */
export function formatAbout(seconds: number): string {
  if (!Number.isFinite(seconds) || seconds < 0) return 'unknown';
  if (seconds < 5) return 'a few seconds';
  if (seconds < 60) return `about ${formatDuration(Math.ceil(seconds / 5) * 5)}`;
  return `about ${formatDuration(Math.round(seconds / 60) * 60)}`;
}

/** Speed of training: '12.5 steps/s', '3.21 steps/s'; below one step in two seconds the time of a step: '4 min 12 s a step'. */
export function formatSpeed(stepsPerSecond: number): string {
  if (stepsPerSecond <= 0) return 'measuring';
  if (stepsPerSecond < 0.5) return `${formatDuration(1 / stepsPerSecond)} a step`;
  return `${formatNumber(stepsPerSecond, stepsPerSecond < 10 ? 2 : 1)} steps/s`;
}

const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
const exactClock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const weekday = new Intl.DateTimeFormat('en-GB', { weekday: 'short' });
const dayOfYear = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });
const dayOfPast = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric' });

/** A moment in the reader's time zone: 'today 13:48', 'yesterday 23:54', 'Mon 00:10', '3 Nov 09:12', '3 Nov 2024'. */
export function formatDateTime(iso: string, now = new Date()): string {
  const moment = new Date(iso);
  if (Number.isNaN(moment.getTime())) return 'unknown';
  const days = daysBetween(moment, now);
  const time = clock.format(moment);
  if (days === 0) return `today ${time}`;
  if (days === 1) return `yesterday ${time}`;
  if (days === -1) return `tomorrow ${time}`;
  if (Math.abs(days) < 7) return `${weekday.format(moment)} ${time}`;
  if (moment.getFullYear() === now.getFullYear()) return `${dayOfYear.format(moment)} ${time}`;
  return dayOfPast.format(moment);
}

/** Time of the day in the reader's time zone: 14:02, or 14:02:11. */
export function formatClock(moment: Date, withSeconds = false): string {
  return (withSeconds ? exactClock : clock).format(moment);
}

/** When something estimated will be: the time of the day, with the day where it is not today. */
export function formatExpected(secondsFromNow: number, now = new Date()): string {
  const moment = new Date(now.getTime() + secondsFromNow * 1000);
  const text = formatDateTime(moment.toISOString(), now);
  return text.replace(/^today /, '');
}

/** Calendar days from one moment to another, by midnights of the reader's time zone. */
function daysBetween(moment: Date, now: Date): number {
  const midnight = (date: Date): number => Date.UTC(date.getFullYear(), date.getMonth(), date.getDate());
  return Math.round((midnight(now) - midnight(moment)) / 86_400_000);
}
