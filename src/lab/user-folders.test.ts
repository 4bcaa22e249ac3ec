import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { libraryFolder, userFolder } from './user-folders.ts';

describe('folders of the user', () => {
  it('lie in the home folder where nothing is named', () => {
    expect(userFolder({}).startsWith(homedir())).toBe(true);
    expect(libraryFolder(undefined, {})).toBe(join(userFolder({}), 'library'));
  });

  it('are where MICROBATCH_HOME says', () => {
    expect(userFolder({ MICROBATCH_HOME: 'here' })).toBe(resolve('here'));
    expect(libraryFolder(undefined, { MICROBATCH_HOME: 'here' })).toBe(resolve('here', 'library'));
  });

  it('take a named library before MICROBATCH_LIBRARY, and that before the default', () => {
    const environment = { MICROBATCH_HOME: 'home', MICROBATCH_LIBRARY: 'from-environment' };
    expect(libraryFolder('named', environment)).toBe(resolve('named'));
    expect(libraryFolder(undefined, environment)).toBe(resolve('from-environment'));
  });

  it('count an empty variable as not set', () => {
    expect(libraryFolder('', { MICROBATCH_HOME: 'home', MICROBATCH_LIBRARY: '' })).toBe(resolve('home', 'library'));
  });
});
