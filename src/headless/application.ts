import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { applicationPaths } from '../lab/application-paths.ts';

/** Where the parts of this application lie. */
export const paths = applicationPaths(import.meta.url);

/** Version of package.json. */
export const version = z
  .object({ version: z.string() })
  .parse(JSON.parse(readFileSync(join(paths.root, 'package.json'), 'utf8'))).version;

/** How a person calls this program: by its installed name, or through npm in a clone. */
export const program = paths.built ? 'microbatch' : 'npm run -s microbatch --';
