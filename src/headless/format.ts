/** Figures for a terminal, with their units. */

const grouped = new Intl.NumberFormat('en-US');

/** 1500 as `1,500` */
export function count(value: number): string {
  return grouped.format(value);
}

/** `1 run`, `3 runs` */
export function counted(value: number, noun: string): string {
  return `${count(value)} ${noun}${value === 1 ? '' : 's'}`;
}

/** A fraction as `78.40 %`. */
export function percent(fraction: number, digits = 2): string {
  return `${withMinus((100 * fraction).toFixed(digits))} %`;
}

/** A difference of fractions in points of per cent, always with its sign: `+2.60`. */
export function points(difference: number): string {
  return signed(100 * difference, 2);
}

function signed(value: number, digits: number): string {
  const text = value.toFixed(digits);
  // A difference that rounds to nothing has no sign worth showing.
  if (Number(text) === 0) return (0).toFixed(digits);
  return value > 0 ? `+${text}` : withMinus(text);
}

/** Four significant digits. */
export function figure(value: number): string {
  if (value === 0) return '0';
  const size = Math.abs(value);
  return withMinus(size >= 1e-3 && size < 1e4 ? value.toPrecision(4) : value.toExponential(3));
}

/** A hyphen is not a minus. */
function withMinus(text: string): string {
  return text.replace(/^-/, '−');
}

/** A difference with its sign and four significant digits. */
export function signedFigure(difference: number): string {
  return `${difference > 0 ? '+' : ''}${figure(difference)}`;
}

/** `4.2 s`, `42 s`, `2 min 10 s`, `1 h 05 min` */
export function duration(seconds: number): string {
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${String(whole)} s`;
  if (whole < 3600) return `${String(Math.floor(whole / 60))} min ${String(whole % 60).padStart(2, '0')} s`;
  const minutes = Math.round(seconds / 60);
  return `${count(Math.floor(minutes / 60))} h ${String(minutes % 60).padStart(2, '0')} min`;
}

/** Training time so far; a dash for a run that has not begun. */
export function spent(seconds: number): string {
  return seconds === 0 ? '–' : duration(seconds);
}

/** A remaining time, no finer than it can be known: `about 2 min 10 s`. */
export function roughDuration(seconds: number): string {
  const grain = seconds < 20 ? 1 : seconds < 120 ? 5 : seconds < 3600 ? 10 : 60;
  return `about ${duration(Math.max(1, Math.round(seconds / grain)) * grain).replace('.0 s', ' s')}`;
}

/** `1.23 G` with the unit behind it: 1.23e9 in 'FLOP' is `1.23 GFLOP`. */
export function scaled(value: number, unit: string): string {
  const prefixes = ['', 'k', 'M', 'G', 'T', 'P'];
  let index = 0;
  let rest = value;
  while (rest >= 999.5 && index < prefixes.length - 1) {
    rest /= 1000;
    index += 1;
  }
  return `${String(Number(rest.toPrecision(3)))} ${prefixes[index] ?? ''}${unit}`;
}

/** A moment in the time zone of this machine, to the minute. */
export function moment(iso: string): string {
  const date = new Date(iso);
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = `${String(date.getFullYear())}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}`;
}

/** A longer name would push every other column of a table out of a terminal. */
const longestName = 48;

/** A name for a table: cut between characters as they are seen, with an ellipsis. */
export function shortName(name: string): string {
  const characters = Array.from(new Intl.Segmenter().segment(name), ({ segment }) => segment);
  return characters.length <= longestName ? name : `${characters.slice(0, longestName - 1).join('')}…`;
}
