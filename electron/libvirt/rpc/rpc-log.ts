/** Something worth a line in the log; never carries payloads, cookies or credentials. */
export interface RpcLogEntry {
  readonly level: 'debug' | 'warn';
  readonly message: string;
  readonly details?: Readonly<Record<string, string | number>>;
}

export type RpcLogger = (entry: RpcLogEntry) => void;
