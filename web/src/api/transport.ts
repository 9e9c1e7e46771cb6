import type { Interceptor, Transport } from '@connectrpc/connect'
import { createGrpcWebTransport } from '@connectrpc/connect-web'

/** A call that takes longer counts as failed, in milliseconds. */
export const CALL_PATIENCE_MS = 10_000

/** Calls go over gRPC-Web to wherever the page came from. */
export function createBridgeTransport(interceptors: Interceptor[]): Transport {
  return createGrpcWebTransport({ baseUrl: window.location.origin, defaultTimeoutMs: CALL_PATIENCE_MS, interceptors })
}
