import type { SeriesDescription } from './series-description.ts';

/** Series of the machine and the clock: they explain a run and are no part of what it computes. */
export const systemSeries: readonly SeriesDescription[] = [
  {
    name: 'system/seconds',
    label: 'Wall time',
    unit: 's',
    scale: 'linear',
    formula: 'seconds of training so far, pauses left out',
  },
  {
    name: 'system/instrument_share/INSTRUMENT',
    label: 'Share of the time',
    unit: '%',
    scale: 'linear',
    formula: 'seconds spent in this instrument over seconds of the run so far, pauses left out',
  },
  {
    name: 'system/steps_per_second',
    label: 'Speed',
    unit: 'steps/s',
    scale: 'linear',
    formula:
      'steps since the look before over seconds since then, evaluations and checkpoints included, pauses left out',
  },
  {
    name: 'system/cpu_process',
    label: 'Processor, this run',
    unit: '%',
    scale: 'linear',
    formula: 'processor time of the training process over time times cores',
  },
  {
    name: 'system/cpu_machine',
    label: 'Processor, whole machine',
    unit: '%',
    scale: 'linear',
    formula: 'time in which the cores were busy, with whatever, over time times cores',
  },
  {
    name: 'system/memory_process',
    label: 'Memory, this run',
    unit: 'GB',
    scale: 'linear',
    formula: 'resident memory of the training process',
  },
  {
    name: 'system/memory_free',
    label: 'Memory, free',
    unit: 'GB',
    scale: 'linear',
    formula: 'memory of the machine that programs can still get',
  },
  {
    name: 'system/disk_free',
    label: 'Disk, free',
    unit: 'GB',
    scale: 'linear',
    formula: 'room that is left to this user on the disk of the library',
  },
  {
    name: 'system/write_rate',
    label: 'Written to disk',
    unit: 'MB/s',
    scale: 'linear',
    formula: 'bytes that the training process has sent to disks, over time; on Linux only',
  },
  {
    name: 'system/gpu_load',
    label: 'Graphics card, load',
    unit: '%',
    scale: 'linear',
    formula: 'share of the time in which the card computed, of its last moments, as nvidia-smi says',
  },
  {
    name: 'system/gpu_memory',
    label: 'Graphics card, memory',
    unit: 'GB',
    scale: 'linear',
    formula: 'memory of the card that is in use, by whatever',
  },
  {
    name: 'system/gpu_temperature',
    label: 'Graphics card, temperature',
    unit: '°C',
    scale: 'linear',
    formula: 'of the card; it takes back its clock where it gets too hot',
  },
];
