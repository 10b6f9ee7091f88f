/** What two ends agreed on in a handshake, by the names that the library which was there has for it. */
export interface AgreedCipher {
  /** As `TLSv1.3` or `SSH 2.0`. */
  protocol: string;
  /** As `TLS_AES_256_GCM_SHA384` or `aes256-gcm@openssh.com`. */
  suite: string;
}
