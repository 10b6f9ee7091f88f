/** The whole public surface of Viaduct's libvirt client. */
export { readAuthConf, type AuthConf } from './auth/auth-conf.ts';
export { AuthError, type AuthErrorCode } from './auth/auth-error.ts';
export type { CredentialRequest, CredentialSource, LoginOptions, LoginUsed } from './auth/login.ts';
export type { Credentials } from './auth/sasl-mechanism.ts';
export { LibvirtClient, type OpenOptions } from './client.ts';
export type { LibvirtCalls } from './libvirt-calls.ts';
export { ReadOnlyError } from './read-only.ts';
export type { LinkState } from './reconnect/link-state.ts';
export { ReconnectingClient, type ReconnectingOptions } from './reconnect/reconnecting-client.ts';
export type { LostAnswer } from './reconnect/unanswered-calls.ts';
export type { DomainEventOptions } from './domain-event-hub.ts';
export * from './domains.ts';
export * from './host.ts';
export * from './migration.ts';
export {
  describeDomainState,
  domainStates,
  pausedReasons,
  runningReasons,
  shutoffReasons,
  type DomainState,
} from './protocol/domain-state.ts';
export type { DomainEventKind, DomainEventPayloads } from './protocol/events.ts';
export {
  errorCodes,
  errorDomains,
  isLibvirtError,
  isNotImplementedByDaemon,
  LibvirtError,
  type LibvirtErrorCode,
  type WireError,
} from './protocol/libvirt-error.ts';
export {
  describeLifecycle,
  lifecycleDetails,
  lifecycleEvents,
  type LifecycleEvent,
} from './protocol/lifecycle.ts';
export type { Procedure, StreamDirection, StreamProcedure } from './protocol/procedure.ts';
export { isReader, isRepeatable } from './protocol/procedure-access.ts';
export { procedures } from './protocol/procedures.ts';
export type * from './protocol/references.ts';
export {
  boolean,
  double,
  int,
  llong,
  params,
  str,
  toParameterMap,
  uint,
  ullong,
  type TypedParameter,
  type TypedParameterMap,
  type TypedValue,
} from './protocol/typed-parameters.ts';
export * from './protocol/values.ts';
export type { CallOptions, StreamOptions } from './rpc/call-table.ts';
export { defaultKeepalive, type KeepaliveOptions } from './rpc/keepalive.ts';
export {
  CallAbandonedError,
  CallTimeoutError,
  CallUnansweredError,
  ConnectionLostError,
  HandshakeError,
  NoPlaceError,
  ProtocolError,
  type CallOutcome,
} from './rpc/rpc-errors.ts';
export type { RpcLogEntry, RpcLogger } from './rpc/rpc-log.ts';
export type { RpcStream, StreamHole, StreamPart } from './rpc/stream.ts';
export * from './streams.ts';
export { parseUriAliases, resolveUriAlias, type UriAliases } from './uri-aliases.ts';
export type { ConnectParameters, QueryItem } from './uri-parameters.ts';
export {
  defaultPorts,
  formatConnectUri,
  parseConnectUri,
  type ParsedUri,
  type Transport,
  type UriParts,
} from './uri.ts';
export * from './volume-streams.ts';
export { XdrError, type XdrErrorKind } from './xdr/xdr-error.ts';
export {
  openExtTransport,
  openSshCommandTransport,
  type CommandStreamOptions,
} from './transports/command.ts';
export { extCommandLine, sshCommandLine, sshProgram } from './transports/command-line.ts';
export {
  openSshStream,
  type SshChannelOpener,
  type SshStream,
  type SshStreamOptions,
} from './transports/ssh.ts';
export { openTcpTransport } from './transports/tcp.ts';
export { loadTlsCredentials, type TlsCredentials } from './transports/tls-files.ts';
export { parseTlsPriority } from './transports/tls-priority.ts';
export { openTlsTransport } from './transports/tls.ts';
export { TransportError, type TransportErrorCode } from './transports/transport-errors.ts';
export { openUnixTransport, type LocalDaemonOptions } from './transports/unix.ts';
