/** Exit statuses of the script's own, of the same meaning as those of `rootScript`. */
const status = { notAsPlanned: 91, impossible: 93 } as const;

/** While it exists, files are being renamed: it names what is done to which files, so that it can be finished. */
export const recordPath = '/etc/pki/.viaduct-renames';

/** The name beside a file under which its successor waits; what it replaced is kept with `.old`. */
export function stagedPath(path: string): string {
  return `${path}.viaduct-pki.new`;
}

export type CertificateOperation = 'folders' | 'discard' | 'key' | 'commit' | 'back';

/**
 * What is done to the certificates of a host as root, for any POSIX shell; run by `rootScript`, which keeps other
 * changes away meanwhile and lets no lost connection end it. Constant: paths come as arguments.
 *
 * New files are made beside those that they replace. `commit` writes down which, gives every old file a second name,
 * then renames the new ones into place; `back` does the reverse. What a power cut stopped, the next operation of any
 * kind finishes first.
 */
export const certificateScript = String.raw`
set -u
umask 077
new=.viaduct-pki.new old=.viaduct-pki.old
record=$1 operation=$2
shift 2

fail() {
  printf '%s\n' "$2" >&2
  exit "$1"
}

settle() {
  sync "$1" 2>/dev/null || sync
}

settle_folders() {
  for path in "$@"; do settle "$(dirname "$path")"; done
}

relabel() {
  if [ -e /sys/fs/selinux/enforce ] && command -v restorecon >/dev/null 2>&1; then
    restorecon "$@" || fail ${status.impossible} "cannot restore the SELinux context of $*"
  fi
}

exists() {
  [ -e "$1" ] || [ -L "$1" ]
}

# WORD PATH...
note() {
  rm -f "$record.new"
  printf '%s\n' "$@" >"$record.new" && settle "$record.new" && mv -f "$record.new" "$record" ||
    fail ${status.impossible} "cannot write $record"
  settle "$(dirname "$record")"
}

done_with() {
  settle_folders "$@"
  rm -f "$record"
  settle "$(dirname "$record")"
}

# PATH...: the old files get a second name; nothing has changed yet
keep() {
  for path in "$@"; do
    [ -e "$path$new" ] || continue
    rm -f "$path$old" || return
    ! exists "$path" || ln "$path" "$path$old" || return
  done
  settle_folders "$@"
}

forward() {
  for path in "$@"; do
    [ ! -e "$path$new" ] || mv -f "$path$new" "$path" || return
  done
}

# PATH...: whose successor waits again has been put back already
backward() {
  for path in "$@"; do
    [ -e "$path$new" ] || ! exists "$path" || ln "$path" "$path$new" || return
    if exists "$path$old"; then
      # Two names of one file: a rename would leave both.
      if [ "$path" -ef "$path$old" ]; then rm -f "$path$old"; else mv -f "$path$old" "$path"; fi || return
    elif [ "$path" -ef "$path$new" ]; then
      rm -f "$path" || return
    fi
  done
}

# PATH...
clean() {
  note clean "$@"
  for path in "$@"; do rm -f "$path$new"; done
  done_with "$@"
}

turn_back() {
  backward "$@" || fail ${status.impossible} 'cannot put the old files back'
  settle_folders "$@"
  clean "$@"
}

replace() {
  forward "$@" && return
  note back "$@"
  turn_back "$@"
  fail ${status.impossible} 'cannot replace the files; the old ones are in place'
}

recover() {
  [ -e "$record" ] || return 0
  word=
  {
    IFS= read -r word
    set --
    while IFS= read -r path; do set -- "$@" "$path"; done
  } <"$record"
  case $word in
    commit)
      keep "$@" || fail ${status.impossible} 'cannot keep the old files'
      replace "$@"
      done_with "$@"
      ;;
    back) turn_back "$@" ;;
    clean) clean "$@" ;;
    *) rm -f "$record" ;;
  esac
}

# (PATH MODE GID)...: those that there are stay as they are, but a folder of QEMU's group must let it in
op_folders() {
  while [ $# -gt 0 ]; do
    if [ ! -d "$1" ]; then
      install -d -m "$2" -o 0 -g "$3" "$1" || fail ${status.impossible} "cannot make $1"
      relabel "$1"
    elif [ "$3" != 0 ]; then
      case $(stat -c '%g %a' "$1") in
        *[57] | "$3 "*[57]?) ;;
        *) chgrp "$3" "$1" && chmod g+rx "$1" || fail ${status.impossible} "cannot let QEMU's group into $1" ;;
      esac
    fi
    shift 3
  done
}

op_discard() {
  rm -f "$record.new"
  for path in "$@"; do rm -f "$path$new" "$path$new".viaduct-*; done
}

digest() {
  [ -f "$1" ] || return 0
  sha256sum <"$1" | cut -c 1-64
}

# TOOL PATH MODE GID: prints a request that is signed with the new key, and the SHA-256 of its file
op_key() {
  staged=$2$new
  rm -f "$staged"
  # Its final owner and mode before there is anything in it.
  install -m "$3" -o 0 -g "$4" /dev/null "$staged" || fail ${status.impossible} "cannot write $staged"
  case $1 in
    openssl)
      said=$(openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:3072 2>&1 >"$staged") ||
        fail ${status.impossible} "openssl made no key: $said"
      printf '[req]\ndistinguished_name=dn\n[dn]\n' |
        openssl req -new -sha256 -config /dev/stdin -subj /CN=viaduct -key "$staged" ||
        fail ${status.impossible} 'openssl made no request'
      ;;
    certtool)
      said=$(certtool --generate-privkey --rsa --bits 3072 --no-text 2>&1 >"$staged") ||
        fail ${status.impossible} "certtool made no key: $said"
      printf 'cn = "viaduct"\n' |
        certtool --generate-request --load-privkey "$staged" --template /dev/stdin --no-text 2>/dev/null ||
        fail ${status.impossible} 'certtool made no request'
      ;;
    *) fail ${status.impossible} "no way to make a key with $1" ;;
  esac
  settle "$staged"
  digest "$staged"
}

# (PATH SHA256)...: of the files that wait, so that those of another run at the same time are not taken for them
op_commit() {
  left=$#
  while [ "$left" -gt 0 ]; do
    [ "$(digest "$1$new")" = "$2" ] || fail ${status.notAsPlanned} "$1$new is not what was put there"
    path=$1
    shift 2
    set -- "$@" "$path"
    left=$((left - 2))
  done
  for path in "$@"; do relabel "$path$new"; done
  settle_folders "$@"
  keep "$@" || fail ${status.impossible} 'cannot keep the old files'
  note commit "$@"
  replace "$@"
  done_with "$@"
}

op_back() {
  op_discard "$@"
  note back "$@"
  turn_back "$@"
}

recover
"op_$operation" "$@"
`;
