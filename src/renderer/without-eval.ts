import { config } from 'zod';

// Zod compiles schemas with the Function constructor where it may; the page's policy forbids that, and every attempt
// would be reported. Imported before the first schema is made.
config({ jitless: true });
