/**
 * The one table of what a user can do by name: the palette, the shortcuts of the page, the list of shortcuts and the
 * native menus are all derived from it. A screen offers a command by its id (renderer/commands); what is not in this
 * table cannot be offered.
 */

/** Where a command can be done: on one screen, on every one, or by the host, which the window asks. */
export type CommandPlace =
  'everywhere' | 'host' | 'runs' | 'run' | 'queue' | 'sweeps' | 'compare' | 'new' | 'import' | 'datasets' | 'devices';

/** Native menus that hold commands, in their order. */
export const commandMenus = ['file', 'view', 'go', 'help'] as const;
export type CommandMenu = (typeof commandMenus)[number];

export interface CommandEntry {
  /** As a button would say it, where no single thing is meant: 'Pause the run'. */
  readonly label: string;
  /** Heading in the palette and in the list of shortcuts. */
  readonly group: string;
  readonly places: readonly CommandPlace[];
  /** 'Ctrl+K', 'G R', 'Shift+O', '?'; Ctrl is the Command key on a Mac. */
  readonly keys?: string;
  /** Another shortcut for the same: the arrows beside J and K. */
  readonly alsoKeys?: string;
  /** Only a shortcut: too small for the palette (moving in a list). */
  readonly quiet?: true;
  /** Changes nothing: chosen on another screen, it leads to its own and is done there. */
  readonly onArrival?: true;
  /** The native menu that holds it. */
  readonly menu?: CommandMenu;
  /** As that menu says it, where its title says the rest: 'Runs' under Go. */
  readonly menuLabel?: string;
  /** The command with the same shortcut that this one goes before where both are there. */
  readonly over?: string;
}

const everywhere = ['everywhere'] as const;
const host = ['host'] as const;
const lists = ['runs', 'queue'] as const;

const goTo = (screen: string, keys: string) =>
  ({ label: `Go to ${screen}`, menuLabel: screen, group: 'Go to', places: everywhere, keys, menu: 'go' }) as const;
const compare = (label: string, keys?: string) =>
  ({ label, group: 'Compare', places: ['compare'], ...(keys === undefined ? {} : { keys }) }) as const;
const compareKey = (label: string, keys: string) => ({ ...compare(label, keys), quiet: true }) as const;
const runAction = (label: string, keys?: string) =>
  ({ label, group: 'Run', places: ['run'], ...(keys === undefined ? {} : { keys }) }) as const;
const cursor = (label: string, keys: string) =>
  ({ label, group: 'Charts', places: ['run'], keys, quiet: true }) as const;
const queueMove = (label: string, keys?: string) =>
  ({ label, group: 'Queue', places: ['queue'], ...(keys === undefined ? {} : { keys }) }) as const;
const theme = (label: string, menuLabel: string) =>
  ({ label, menuLabel, group: 'Window', places: everywhere }) as const;

const table = {
  'run.new': { label: 'New run', group: 'Runs', places: everywhere, keys: 'N', menu: 'file' },

  'go.runs': goTo('Runs', 'G R'),
  'go.queue': goTo('Queue', 'G Q'),
  'go.sweeps': goTo('Sweeps', 'G W'),
  'go.compare': goTo('Compare', 'G C'),
  'go.new': goTo('New run', 'G N'),
  'go.import': goTo('Import', 'Ctrl+I'),
  'go.datasets': goTo('Data sets', 'G S'),
  'go.devices': goTo('Devices', 'G D'),
  'go.retention': goTo('Checkpoint retention', 'G K'),
  'go.early-stop': goTo('Early stopping', 'G E'),
  'go.settings': goTo('Settings', 'Ctrl+,'),

  'frame.palette': {
    label: 'Search runs and commands',
    group: 'Window',
    places: everywhere,
    keys: 'Ctrl+K',
    quiet: true,
    menu: 'view',
  },
  'frame.sidebar': {
    label: 'Narrow or widen the sidebar',
    group: 'Window',
    places: everywhere,
    keys: 'Ctrl+\\',
    menu: 'view',
  },
  'frame.shortcuts': { label: 'Show all shortcuts', group: 'Window', places: everywhere, keys: '?', menu: 'help' },
  'frame.reconnect': { label: 'Connect again now', group: 'Window', places: everywhere },
  'theme.light': theme('Use the light theme', 'Light'),
  'theme.dark': theme('Use the dark theme', 'Dark'),
  'theme.system': theme('Follow the theme of the system', 'As the system'),
  'edit.undo': { label: 'Undo', group: 'Edit', places: everywhere, keys: 'Ctrl+Z' },

  'library.open': { label: 'Open library…', group: 'Library', places: host, keys: 'Ctrl+O', menu: 'file' },
  'library.open-recent': { label: 'Open a recent library', group: 'Library', places: host, menu: 'file' },
  'frame.about': { label: 'About Microbatch', group: 'Help', places: everywhere, menu: 'help' },
  'frame.diagnostics': { label: 'Copy diagnostics', group: 'Help', places: everywhere, menu: 'help' },
  'updates.check': { label: 'Look for updates…', group: 'Help', places: host, menu: 'help' },
  'log.show': { label: 'Show log file', group: 'Help', places: host, menu: 'help' },

  'list.filter': { label: 'Filter the runs', group: 'Lists', places: ['runs'], keys: '/', onArrival: true },
  'list.next': { label: 'Next run', group: 'Lists', places: lists, keys: 'J', alsoKeys: 'Down', quiet: true },
  'list.previous': { label: 'Previous run', group: 'Lists', places: lists, keys: 'K', alsoKeys: 'Up', quiet: true },
  'list.pause': { label: 'Pause or resume the run', group: 'Lists', places: lists, keys: 'Space', quiet: true },
  'list.select': { label: 'Select the run', group: 'Lists', places: ['runs'], keys: 'X', quiet: true },
  'list.extend': { label: 'Select up to the run', group: 'Lists', places: ['runs'], keys: 'Shift+X', quiet: true },
  'list.clear': { label: 'Clear the selection', group: 'Lists', places: ['runs'], keys: 'Esc', quiet: true },
  'quickstart.start': { label: 'Run the quickstart', group: 'Runs', places: ['runs'], keys: 'Enter' },

  'run.back': runAction('Back to all runs', 'Esc'),
  'run.compare': runAction('Show in Compare', 'C'),
  'run.export': runAction('Export the run', 'E'),
  'run.pause': runAction('Pause the run', 'P'),
  'run.resume': { ...runAction('Resume the run', 'P'), over: 'run.pause' },
  'run.again': runAction('Run it again', 'R'),
  'run.from': runAction('New run from this one'),
  'run.retry': runAction('Retry the run from its first step'),
  'run.rename': runAction('Rename the run'),
  'run.stop': runAction('Stop the run'),
  'run.withdraw': runAction('Take the run out of the queue'),
  'run.remove': runAction('Remove the run'),
  'cursor.left': cursor('Cursor to the point before', 'Left'),
  'cursor.right': cursor('Cursor to the next point', 'Right'),
  'cursor.left10': cursor('Cursor 10 points back', 'Shift+Left'),
  'cursor.right10': cursor('Cursor 10 points on', 'Shift+Right'),
  'cursor.first': cursor('Cursor to the first point', 'Home'),
  'cursor.last': cursor('Cursor to the last point', 'End'),
  'chart.whole': { label: 'Show the whole run', group: 'Charts', places: ['run'] },

  'queue.switch': queueMove('Pause or start the queue', 'P'),
  'queue.top': queueMove('Put a run at the top of the queue', 'Alt+Home'),
  'queue.up': queueMove('Move a run up in the queue', 'Alt+Up'),
  'queue.down': queueMove('Move a run down in the queue', 'Alt+Down'),
  'queue.bottom': queueMove('Put a run at the end of the queue', 'Alt+End'),
  'queue.priority': queueMove('Give a run another priority'),
  'queue.remove': queueMove('Take a run out of the queue', 'Delete'),

  'sweeps.compare': { label: 'Compare the runs of a sweep', group: 'Sweeps', places: ['sweeps'] },
  'sweeps.seeds': { label: 'Add seeds to a sweep', group: 'Sweeps', places: ['sweeps'] },
  'sweeps.show': { label: 'Show a sweep', group: 'Sweeps', places: ['sweeps'] },

  'compare.baseline': compare('Compare with the focused method', 'B'),
  'compare.export': compare('Export the compared runs', 'E'),
  'compare.hide': compare('Hide or show the focused method', 'H'),
  'compare.only': compare('Show only the focused method', 'O'),
  'compare.only-baseline': compare('Show only the focused method and the baseline', 'Shift+O'),
  'compare.next': { ...compareKey('Next row', 'J'), alsoKeys: 'Down' },
  'compare.previous': { ...compareKey('Previous row', 'K'), alsoKeys: 'Up' },
  'compare.open': compareKey('Open the row', 'Enter'),
  'compare.back': compareKey('Back', 'Esc'),
  'compare.filter': { ...compare('Filter the runs that are compared', '/'), onArrival: true },
  'compare.left': compareKey('Cursor one point back', 'Left'),
  'compare.right': compareKey('Cursor one point on', 'Right'),
  'compare.left10': compareKey('Cursor ten points back', 'Shift+Left'),
  'compare.right10': compareKey('Cursor ten points on', 'Shift+Right'),
  'compare.first': compareKey('Cursor to the first point', 'Home'),
  'compare.last': compareKey('Cursor to the last point', 'End'),
  'compare.x.step': compare('x axis: step', 'A S'),
  'compare.x.epoch': compare('x axis: epoch', 'A E'),
  'compare.x.samples': compare('x axis: data seen', 'A D'),
  'compare.x.evaluations': compare('x axis: gradient evaluations', 'A G'),
  'compare.x.time': compare('x axis: wall time', 'A W'),
  'compare.scale': compare('Scale: automatic, linear, logarithmic in turn', 'L'),
  'compare.smoother': compare('More smoothing', ']'),
  'compare.rougher': compare('Less smoothing', '['),
  'compare.table': compare('Chart as table', 'T'),
  'compare.reset': compare('Back to the first view'),

  'draft.queue': { label: 'Queue the new run', group: 'New run', places: ['new'], keys: 'Ctrl+Enter' },
  'draft.sweep': { label: 'Make a sweep of this spec', group: 'New run', places: ['new'], keys: 'W', onArrival: true },
  'draft.undo': {
    label: 'Undo the last change',
    group: 'New run',
    places: ['new'],
    keys: 'Ctrl+Z',
    over: 'edit.undo',
  },
  'draft.redo': {
    label: 'Redo the last change',
    group: 'New run',
    places: ['new'],
    keys: 'Ctrl+Shift+Z',
    alsoKeys: 'Ctrl+Y',
  },
  'draft.view': { label: 'Edit the spec as text or as a form', group: 'New run', places: ['new'] },
  'draft.preset': { label: 'Start from a preset', group: 'New run', places: ['new'] },

  'imports.choose': { label: 'Choose files to import', group: 'Import', places: ['import'], keys: 'O' },
  'datasets.add': { label: 'Add a data set', group: 'Data sets', places: ['datasets'], keys: 'A', onArrival: true },
  'devices.probe': { label: 'Try the devices again', group: 'Devices', places: ['devices'], keys: 'R' },
  'runtimes.install': { label: 'Install native TensorFlow', group: 'Devices', places: ['devices'] },
} as const satisfies Readonly<Record<string, CommandEntry>>;

export type CommandId = keyof typeof table;

/** The commands that a host does; whether one does it is told by `host.information`. */
export const hostCommandIds = [
  'library.open',
  'library.open-recent',
  'updates.check',
  'log.show',
] as const satisfies CommandId[];
export type HostCommandId = (typeof hostCommandIds)[number];

export const isHostCommand = (id: CommandId): id is HostCommandId => table[id].places[0] === 'host';

export const commandTable: Readonly<Record<CommandId, CommandEntry>> = table;
export const isCommandId = (id: string): id is CommandId => Object.hasOwn(table, id);
/** Every command, in the order of the table. */
export const commandIds: readonly CommandId[] = Object.keys(table).filter(isCommandId);

/** The shortcut of a command, for its button. Throws where the table gives it none. */
export function shortcutOf(id: CommandId): string {
  const { keys } = commandTable[id];
  if (keys === undefined) throw new Error(`${id} has no shortcut in the command table`);
  return keys;
}

/** The commands of one native menu, in the order of the table. */
export const commandsOfMenu = (menu: CommandMenu): readonly CommandId[] =>
  commandIds.filter((id) => commandTable[id].menu === menu);

/** As the native menu says it. */
export const menuLabelOf = (id: CommandId): string => commandTable[id].menuLabel ?? commandTable[id].label;

export interface ShortcutConflict {
  readonly keys: string;
  readonly commands: readonly [string, string];
}

/**
 * Pairs of commands that one press could mean on some screen: the same keys, or keys that begin the other's sequence.
 * A command that says which one it goes before is no conflict with that one.
 */
export function shortcutConflicts(entries: Readonly<Record<string, CommandEntry>> = commandTable): ShortcutConflict[] {
  const presses = Object.entries(entries).flatMap(([id, entry]) =>
    [entry.keys, entry.alsoKeys].flatMap((keys) => (keys === undefined ? [] : [{ id, entry, keys }])),
  );
  return presses.flatMap((one, index) =>
    presses.slice(index + 1).flatMap((other) => {
      if (!canMeet(one.entry, other.entry) || !collide(one.keys, other.keys)) return [];
      if (one.entry.over === other.id || other.entry.over === one.id) return [];
      return [{ keys: one.keys, commands: [one.id, other.id] as const }];
    }),
  );
}

const isGlobal = ({ places }: CommandEntry): boolean =>
  places.some((place) => place === 'everywhere' || place === 'host');

function canMeet(one: CommandEntry, other: CommandEntry): boolean {
  return isGlobal(one) || isGlobal(other) || one.places.some((place) => other.places.includes(place));
}

function collide(one: string, other: string): boolean {
  return one === other || one.startsWith(`${other} `) || other.startsWith(`${one} `);
}
