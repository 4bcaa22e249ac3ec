import { describe, expect, it } from 'vitest';
import { initialView, readView, writeView } from './view-state.ts';
import type { ViewState } from './view-state.ts';

describe('the address of a comparison', () => {
  it('is empty for the view at the start', () => {
    expect(writeView(initialView)).toEqual({});
    expect(readView({})).toEqual(initialView);
  });

  it('brings everything back after a reload', () => {
    const view: ViewState = {
      scope: ['sb-1-a', 'lb-1-b'],
      query: 'not status:failed seed:1..3',
      axis: 'samples',
      smoothing: 0.85,
      scale: 'log',
      aggregation: 'none',
      series: ['train/loss', 'validation/loss'],
      maximised: 'train/loss',
      tables: ['validation/loss'],
      hidden: ['aaaa', 'bbbb'],
      isolated: ['cccc'],
      expanded: ['dddd'],
      baseline: 'eeee',
      focus: 'ffff',
      sort: 'method',
      zoom: [10.5, 250],
      pin: 0,
    };
    expect(readView(writeView(view))).toEqual(view);
    expect(readView(writeView({ ...initialView, scope: 'all' })).scope).toBe('all');
  });

  it('that says something wrong opens as at the start', () => {
    expect(
      readView({
        x: 'moon',
        smooth: 'very',
        scale: '3',
        spread: '',
        zoom: '9,1',
        at: 'here',
        q: ['a', 'b'],
        runs: null,
      }),
    ).toEqual(initialView);
    expect(readView({ smooth: '7' }).smoothing).toBe(0.99);
  });
});
