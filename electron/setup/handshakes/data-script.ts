import { likeGnutlsFunction, revocationsFunction } from './control-login.ts';

/**
 * TLS handshakes as QEMU makes them, with the files that it reads, for any POSIX shell with OpenSSL; nothing is
 * written, and everything ends by itself. Run as root: the step down to QEMU's user is made here.
 */
export const dataScript = String.raw`
set -u
LC_ALL=C
export LC_ALL
seconds=$1 operation=$2
shift 2

${likeGnutlsFunction}${revocationsFunction}
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

# UID GID USER PORT DIRECTORY: as a QEMU that a guest is coming to
op_serve() {
  dir=$5
  # shellcheck disable=SC2046
  as_user "$1" "$2" "$3" timeout -k 2 "$seconds" openssl s_server $(like_gnutls) -accept "$4" -naccept 1 -rev -quiet \
    -cert "$dir/server-cert.pem" -key "$dir/server-key.pem" -CAfile "$dir/ca-cert.pem" \
    $(revocations "$dir/ca-cert.pem" "$dir/ca-crl.pem") -Verify 1 -verify_return_error
}

# UID GID USER TARGET NAMEOPTION NAME DIRECTORY: as a QEMU that a guest leaves
op_send() {
  dir=$7
  # shellcheck disable=SC2046
  printf 'viaduct\nCLOSE\n' |
    as_user "$1" "$2" "$3" timeout -k 2 "$seconds" openssl s_client $(like_gnutls) -quiet -connect "$4" "$5" "$6" \
      -CAfile "$dir/ca-cert.pem" \
      -cert "$dir/client-cert.pem" -key "$dir/client-key.pem" -verify_return_error
}

"op_$operation" "$@"
`;

/** What `serve` sends back for what `send` sends. */
export const echoed = 'tcudaiv';
