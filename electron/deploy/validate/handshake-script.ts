/**
 * TLS handshakes as libvirt's and QEMU's own programs make them, with the files that these read, for any POSIX shell
 * with OpenSSL; nothing is written, and everything ends by itself. Run as root: libvirt's keys are root's, and the
 * step down to QEMU's user is made here.
 *
 * The revocation list counts where there is one for each authority: GnuTLS passes over a list that is missing or of
 * another authority, while OpenSSL would refuse everybody.
 */
export const handshakeScript = String.raw`
set -u
LC_ALL=C
export LC_ALL
seconds=$1 operation=$2
shift 2

# CAFILE CRLFILE
revocations() {
  [ -s "$2" ] || return 0
  [ "$(grep -c 'BEGIN.*CERTIFICATE' "$1")" = "$(grep -c 'BEGIN X509 CRL' "$2")" ] || return 0
  openssl crl -in "$2" -CAfile "$1" -noout 2>&1 | grep -q 'verify OK' || return 0
  echo "-CRL $2 -crl_check"
}

# UID GID USER PROGRAM...: as that user, without what it must not keep
as_user() {
  uid=$1 gid=$2 user=$3
  shift 3
  if command -v setpriv >/dev/null 2>&1; then
    exec setpriv --reuid "$uid" --regid "$gid" --clear-groups -- "$@"
  elif command -v runuser >/dev/null 2>&1; then
    exec runuser -u "$user" -- "$@"
  fi
  echo 'viaduct: as root' >&2
  exec "$@"
}

# TARGET NAMEOPTION NAME CA CRL CERTIFICATE KEY: as libvirt's client, which reads the byte that says it is let in, then leaves
op_control() {
  # An RPC message that closes the connection (program 0x20008086, procedure CONNECT_CLOSE), so that it ends at once.
  printf '\000\000\000\034\040\000\200\206\000\000\000\001\000\000\000\002\000\000\000\000\000\000\000\001\000\000\000\000' |
    timeout -k 2 "$seconds" openssl s_client -quiet -connect "$1" "$2" "$3" -CAfile "$4" \
      $(revocations "$4" "$5") -cert "$6" -key "$7" -verify_return_error
}

# UID GID USER PORT DIRECTORY: as a QEMU that a guest is coming to
op_serve() {
  dir=$5
  # shellcheck disable=SC2046
  as_user "$1" "$2" "$3" timeout -k 2 "$seconds" openssl s_server -accept "$4" -naccept 1 -rev -quiet \
    -cert "$dir/server-cert.pem" -key "$dir/server-key.pem" -CAfile "$dir/ca-cert.pem" \
    $(revocations "$dir/ca-cert.pem" "$dir/ca-crl.pem") -Verify 1 -verify_return_error
}

# UID GID USER TARGET NAMEOPTION NAME DIRECTORY: as a QEMU that a guest leaves
op_send() {
  dir=$7
  printf 'viaduct\nCLOSE\n' |
    as_user "$1" "$2" "$3" timeout -k 2 "$seconds" openssl s_client -quiet -connect "$4" "$5" "$6" \
      -CAfile "$dir/ca-cert.pem" \
      -cert "$dir/client-cert.pem" -key "$dir/client-key.pem" -verify_return_error
}

"op_$operation" "$@"
`;

/** What `serve` sends back for what `send` sends. */
export const echoed = 'tcudaiv';
