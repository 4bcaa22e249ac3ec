import { scheduledInstruments } from '../../../contracts/instrument-settings.ts';
import { instrumentDescription } from '../../../contracts/instruments.ts';
import type { InstrumentId } from '../../../contracts/instruments.ts';
import type { RunRecord } from '../../../contracts/run-record.ts';
import { formatPercent } from '../../format/numbers.ts';
import { facet } from './run-curves.ts';
import type { Facet } from './run-curves.ts';

/** The charts of every instrument. The ratios of single layers are many: Compare draws them. */
const facets: Readonly<Record<InstrumentId, readonly Facet[]>> = {
  'gradient-norm': [facet({ 'instrument/gradient_norm': '' })],
  'micro-gradient-norm': [
    facet(
      {
        'instrument/micro_gradient_norm_mean': 'mean',
        'instrument/micro_gradient_norm_spread': 'spread',
      },
      { title: 'Micro-batch norms' },
    ),
  ],
  'penalty-gradient-norm': [
    facet({ 'instrument/penalty_gradient_norm': '' }),
    facet({ 'instrument/penalty_gradient_cosine': '' }),
  ],
  'gradient-noise-scale': [
    facet({ 'instrument/noise_scale': '' }),
    facet(
      { 'instrument/noise_scale_noise': 'noise', 'instrument/noise_scale_signal': 'signal' },
      { title: 'Noise and signal' },
    ),
  ],
  'distance-from-initialisation': [facet({ 'instrument/distance_from_initialisation': '' })],
  'update-to-weight': [facet({ 'instrument/update_to_weight': '' })],
  'fisher-trace': [facet({ 'instrument/fisher_trace': '' })],
  'unit-jacobian-norm': [facet({ 'instrument/unit_jacobian_norm': '' })],
  'hessian-top': [facet({ 'instrument/hessian_top': '' })],
  'hessian-trace': [
    facet(
      { 'instrument/hessian_trace': 'trace', 'instrument/hessian_trace_error': 'error' },
      { title: 'Hessian trace' },
    ),
  ],
};

/** The charts of what a run measured beside its training, in the order of the catalogue; none where it did not. */
export function instrumentFacets({ spec }: Pick<RunRecord, 'spec'>): Facet[] {
  const ids = scheduledInstruments(spec?.instruments).map(({ id }) => id);
  return Object.entries(facets).flatMap(([id, charts]) => (ids.some((wanted) => wanted === id) ? charts : []));
}

/** `28 % of the time: top Hessian eigenvalue 13 %, ...`, as of the last measurement of each; empty before the first. */
export function instrumentShareWords({ spec, final }: Pick<RunRecord, 'spec' | 'final'>): string {
  const shares = scheduledInstruments(spec?.instruments)
    .flatMap(({ id }) => {
      const share = final[`system/instrument_share/${id}`];
      return share === undefined ? [] : [{ id, share }];
    })
    .toSorted((a, b) => b.share - a.share);
  if (shares.length === 0) return '';
  const each = shares.map(({ id, share }) => `${inSentence(instrumentDescription(id).label)} ${shareText(share)}`);
  return `${shareText(shares.reduce((sum, { share }) => sum + share, 0))} of the time: ${each.join(', ')}`;
}

const shareText = (share: number): string =>
  share < 0.001 ? 'under 0.1\u202f%' : `${formatPercent(share, share < 0.1 ? 1 : 0)}\u202f%`;

/** Labels begin with a capital, and some with a name. */
const inSentence = (label: string): string =>
  /^(Fisher|Hessian)/.test(label) ? label : label.charAt(0).toLowerCase() + label.slice(1);
