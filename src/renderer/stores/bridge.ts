import { inject } from 'vue';
import type { App, InjectionKey } from 'vue';
import type { MicrobatchBridge } from '../../contracts/api.ts';
import type { HostConnection } from '../bridge/connect.ts';

const connectionKey: InjectionKey<HostConnection> = Symbol('host connection');

export function provideHost(app: App, connection: HostConnection): void {
  app.provide(connectionKey, connection);
}

export function useHost(): HostConnection {
  const connection = inject(connectionKey);
  if (connection === undefined) {
    throw new Error('the application has no host: provideHost comes before its first store');
  }
  return connection;
}

/** The way to the host, in components and stores. */
export const useBridge = (): MicrobatchBridge => useHost().bridge;
