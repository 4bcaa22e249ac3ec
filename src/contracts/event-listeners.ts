import type { ApiEvent, ApiEventName } from './api.ts';

/** Who listens to which event of the table: the part of a bridge that every transport has. */
export class EventListeners {
  readonly #listeners = new Map<ApiEventName, Set<(event: never) => void>>();

  /** Returns the function that ends the subscription. */
  subscribe<N extends ApiEventName>(name: N, listener: (event: ApiEvent<N>) => void): () => void {
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners);
    // A function of its own: one listener may be given twice, and each subscription ends alone.
    const own = (event: ApiEvent<N>): void => listener(event);
    listeners.add(own);
    return () => void listeners.delete(own);
  }

  emit<N extends ApiEventName>(name: N, event: ApiEvent<N>): void {
    // The compiler cannot see it: under a name there are only listeners that were subscribed to that name.
    const listeners = this.#listeners.get(name) as Set<(event: ApiEvent<N>) => void> | undefined;
    for (const listener of listeners ?? []) listener(event);
  }
}

export type ConnectionState = 'connected' | 'lost';

/** Who listens to the connection of a bridge. A late listener hears the present state at once. */
export class ConnectionListeners {
  readonly #listeners = new Set<(state: ConnectionState) => void>();
  #state: ConnectionState | null = null;

  subscribe(listener: (state: ConnectionState) => void): () => void {
    this.#listeners.add(listener);
    if (this.#state !== null) listener(this.#state);
    return () => void this.#listeners.delete(listener);
  }

  /** Tells a state that is new. */
  change(state: ConnectionState): void {
    if (this.#state !== state) this.#tell(state);
  }

  /** Events were left out: whoever keeps what they told must read it again, as after a lost connection. */
  missed(): void {
    if (this.#state === 'connected') this.#tell('connected');
  }

  #tell(state: ConnectionState): void {
    this.#state = state;
    for (const listener of this.#listeners) listener(state);
  }
}
