export interface Front {
  readonly name: string;
  readonly program: 'nginx' | 'haproxy';
  readonly text: string;
}

export interface RunningFront {
  readonly port: number;
  stop(): Promise<void>;
}

export const FRONTS: readonly Front[];

export function findFront(program: Front['program']): { readonly reason?: string };

export function startFront(
  front: Front,
  upstream: number,
  changed?: (settings: string) => string,
): Promise<RunningFront>;
