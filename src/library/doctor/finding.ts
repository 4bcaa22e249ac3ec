import type { DoctorFinding } from '../../contracts/doctor.ts';
import { toErrorShape } from '../../contracts/errors.ts';
import type { MicrobatchError } from '../../contracts/errors.ts';
import type { Quarantine } from './quarantine.ts';

export interface Finding extends Omit<DoctorFinding, 'path' | 'done'> {
  /** Absolute. */
  readonly path: string;
  /** Does what `outlook` says and returns what came of it; null where nothing can be done. Throws `library/...`. */
  readonly repair: ((quarantine: Quarantine) => Promise<string>) | null;
}

export const takenOut = 'moved to the quarantine';

/** A damaged file that nothing can bring back: it is taken out of the way. */
export function lost(path: string, error: unknown, outlook: string): Finding {
  const { code, message } = toErrorShape(error);
  const repair = async (quarantine: Quarantine): Promise<string> => {
    await quarantine.take(path);
    return takenOut;
  };
  return { kind: 'damaged', path, code, message, recoverable: false, outlook, repair };
}

/** What a killed process left half-written. */
export function leftover(path: string, message: string): Finding {
  const outlook = 'is moved to the quarantine; nothing needs it';
  const repair = async (quarantine: Quarantine): Promise<string> => {
    await quarantine.take(path);
    return takenOut;
  };
  return { kind: 'leftover', path, code: 'doctor/leftover', message, recoverable: true, outlook, repair };
}

/** What is not of this application, or cannot be looked at: left alone. */
export function foreign(path: string): Finding {
  const message = `${path} is nothing that this application writes`;
  const outlook = 'is left where it is';
  return { kind: 'foreign', path, code: 'doctor/foreign', message, recoverable: false, outlook, repair: null };
}

/** What a newer version of the application has written: nothing is wrong with it, and it is left alone. */
export function newer(path: string, error: MicrobatchError): Finding {
  const outlook = 'is left where it is: a newer version of this application reads it';
  return { kind: 'foreign', path, code: error.code, message: error.message, recoverable: false, outlook, repair: null };
}
