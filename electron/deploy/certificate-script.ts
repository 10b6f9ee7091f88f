/** Exit statuses of the script's own, of the same meaning as those of `rootScript`. */
const status = { notAsPlanned: 91, impossible: 93 } as const;

/** While it exists, files are being renamed: it names what is done to which files, so that it can be finished. */
export const recordPath = '/etc/pki/.viaduct-renames';

/** What the newest whole set replaced, a line each, for `undo`. */
export function undoBeside(record: string): string {
  return record.replace(/[^/]*$/, '.viaduct-undo');
}

/** The name beside a file under which its successor waits. */
export function stagedPath(path: string): string {
  return `${path}.viaduct-pki.new`;
}

/** The name beside a file under which what it replaced is kept. */
export function replacedPath(path: string): string {
  return `${path}.viaduct-pki.old`;
}

export type CertificateOperation = 'folders' | 'discard' | 'key' | 'commit' | 'back' | 'swap' | 'clean';

/** A whole set, which can be undone later; or some files, such as a revocation list, which only `back` takes back. */
export type CommitKind = 'set' | 'part';

/**
 * What is done to the certificates of a host as root, for any POSIX shell; run by `rootScript`, which keeps other
 * changes away meanwhile and lets no lost connection end it. Constant: paths come as arguments.
 *
 * New files are made beside those that they replace. `commit` writes down which, gives every old file a second name,
 * then renames the new ones into place; `back` does the reverse, in two halves: `swap`, after which the new ones wait
 * again, and `clean`. What a power cut stopped, the next operation of any kind finishes first.
 */
export const certificateScript = String.raw`
set -u
umask 077
new=.viaduct-pki.new old=.viaduct-pki.old
record=$1 operation=$2
undo=$(dirname "$record")/.viaduct-undo
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

# PATH...; the last of a set takes its folders along
clean() {
  note "clean-$kind" "$@"
  for path in "$@"; do rm -f "$path$new"; done
  folders=
  if [ "$kind" = set ] && [ -e "$undo" ]; then
    folders=$(sed -n 's/^folder //p' "$undo")
    rm -f "$undo"
  fi
  done_with "$@"
  # The one that was made last comes first; one that is not empty stays.
  printf '%s\n' "$folders" | sed '1!G;h;$!d' | while read -r how mode gid path; do
    case $how in
      made) rmdir "$path" 2>/dev/null || : ;;
      was) chgrp "$gid" "$path" && chmod "$mode" "$path" ;;
    esac
  done
}

turn_back() {
  backward "$@" || fail ${status.impossible} 'cannot put the old files back'
  settle_folders "$@"
  clean "$@"
}

replace() {
  forward "$@" && return
  note "back-$kind" "$@"
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
  kind=set
  case $word in *-part) kind=part ;; esac
  case $word in
    commit-*)
      keep "$@" || fail ${status.impossible} 'cannot keep the old files'
      replace "$@"
      done_with "$@"
      ;;
    back-*) turn_back "$@" ;;
    swap-*)
      backward "$@" || fail ${status.impossible} 'cannot put the old files back'
      done_with "$@"
      ;;
    clean-*) clean "$@" ;;
    *) rm -f "$record" ;;
  esac
}

# (PATH MODE GID)...: those that there are stay as they are, but a folder of QEMU's group must let it in
op_folders() {
  while [ $# -gt 0 ]; do
    if [ ! -d "$1" ]; then
      install -d -m "$2" -o 0 -g "$3" "$1" || fail ${status.impossible} "cannot make $1"
      printf 'made - - %s\n' "$1" >>"$undo.folders" || fail ${status.impossible} "cannot write $undo.folders"
      relabel "$1"
    elif [ "$3" != 0 ]; then
      case $(stat -c '%g %a' "$1") in
        *[57] | "$3 "*[57]?) ;;
        *)
          printf 'was %s %s\n' "$(stat -c '%a %g' "$1")" "$1" >>"$undo.folders" &&
            chgrp "$3" "$1" && chmod g+rx "$1" ||
            fail ${status.impossible} "cannot let QEMU's group into $1"
          ;;
      esac
    fi
    shift 3
  done
}

op_discard() {
  rm -f "$record.new" "$undo.new"
  for path in "$@"; do rm -f "$path$new" "$path$new".viaduct-*; done
}

digest() {
  [ -f "$1" ] || return 0
  sha256sum <"$1" | cut -c 1-64
}

# TOOL PATH MODE GID KIND: prints a request that is signed with the new key, and the SHA-256 of its file
op_key() {
  staged=$2$new
  rm -f "$staged"
  # Its final owner and mode before there is anything in it.
  install -m "$3" -o 0 -g "$4" /dev/null "$staged" || fail ${status.impossible} "cannot write $staged"
  case $1 in
    openssl)
      case $5 in
        rsa3072) set -- -algorithm RSA -pkeyopt rsa_keygen_bits:3072 ;;
        p256) set -- -algorithm EC -pkeyopt ec_paramgen_curve:prime256v1 -pkeyopt ec_param_enc:named_curve ;;
        p384) set -- -algorithm EC -pkeyopt ec_paramgen_curve:secp384r1 -pkeyopt ec_param_enc:named_curve ;;
        *) fail ${status.impossible} "no way to make a key of the kind $5" ;;
      esac
      said=$(openssl genpkey "$@" 2>&1 >"$staged") ||
        fail ${status.impossible} "openssl made no key: $said"
      printf '[req]\ndistinguished_name=dn\n[dn]\n' |
        openssl req -new -sha256 -config /dev/stdin -subj /CN=viaduct -key "$staged" ||
        fail ${status.impossible} 'openssl made no request'
      ;;
    certtool)
      case $5 in
        rsa3072) set -- --key-type rsa --bits 3072 ;;
        p256) set -- --key-type ecdsa --curve secp256r1 ;;
        p384) set -- --key-type ecdsa --curve secp384r1 ;;
        *) fail ${status.impossible} "no way to make a key of the kind $5" ;;
      esac
      said=$(certtool --generate-privkey "$@" --no-text 2>&1 >"$staged") ||
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

# PATH...: what undo needs to know; the old files have their second names already
write_undo() {
  {
    for path in "$@"; do
      was=absent
      ! exists "$path$old" || was=old
      printf '%s %s %s\n' "$was" "$(digest "$path$new")" "$path"
    done
    [ ! -e "$undo.folders" ] || sed 's/^/folder /' "$undo.folders"
  } >"$undo.new" && settle "$undo.new" && mv -f "$undo.new" "$undo" || fail ${status.impossible} "cannot write $undo"
  rm -f "$undo.folders"
}

# KIND (PATH SHA256)...: of the files that wait, so that those of another run at the same time are not taken for them
op_commit() {
  kind=$1
  shift
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
  # Of the set before: its old files are about to go.
  [ "$kind" != set ] || rm -f "$undo"
  keep "$@" || fail ${status.impossible} 'cannot keep the old files'
  [ "$kind" != set ] || write_undo "$@"
  note "commit-$kind" "$@"
  replace "$@"
  done_with "$@"
}

# KIND PATH...
op_back() {
  kind=$1
  shift
  op_discard "$@"
  note "back-$kind" "$@"
  turn_back "$@"
}

# (WAS SHA256 PATH)...: as they stand in the file for undo; those that it replaced are in place again, and they wait
op_swap() {
  left=$#
  while [ "$left" -gt 0 ]; do
    before=$3
    [ "$1" = absent ] || before=$3$old
    if exists "$before" || [ "$(digest "$3$new")" != "$2" ]; then
      [ "$(digest "$3")" = "$2" ] || fail ${status.notAsPlanned} "$3 was changed since"
      [ "$1" = absent ] || exists "$3$old" || fail ${status.notAsPlanned} "what $3 replaced is gone"
      rm -f "$3$new"
    fi
    path=$3
    shift 3
    set -- "$@" "$path"
    left=$((left - 3))
  done
  note swap-set "$@"
  backward "$@" || fail ${status.impossible} 'cannot put the old files back'
  done_with "$@"
}

# PATH...: ends what swap began
op_clean() {
  kind=set
  clean "$@"
}

recover
"op_$operation" "$@"
`;
