/** Ends what `sudo` may have left of its own on standard input; the content of a file comes after it. */
export const inputMarker = 'viaduct-input';

/** Exit statuses of the script's own, apart from those of the programs that it runs. */
export const scriptStatus = {
  /** Standard input ended before all of it had come: nothing was changed. */
  inputCutOff: 90,
  /** Something is not as it was when the change was planned: nothing was changed. */
  notAsPlanned: 91,
  /** Another change of this host is under way. */
  busy: 92,
  /** The host could not do it, as for want of space: nothing was changed. */
  impossible: 93,
} as const;

/**
 * What Viaduct does on a host as root, for any POSIX shell. The text is constant: names and values come as
 * arguments (`LOCK OPERATION ...`), the content of files over standard input.
 *
 * Each operation may be repeated after it was cut off anywhere: it either finds its work done, or does it. A lost
 * connection does not end it: it ignores the hang-up and writes nothing until its work is done.
 */
export const rootScript = String.raw`
set -u
LC_ALL=C
PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin"
export LC_ALL PATH
trap '' HUP PIPE

fail() {
  printf '%s\n' "$2" >&2
  exit "$1"
}

# The SHA-256 of a regular file, or a word that says what is there instead.
digest() {
  if [ -L "$1" ]; then echo link
  elif [ ! -e "$1" ]; then echo absent
  elif [ ! -f "$1" ]; then echo other
  else
    sum=$(sha256sum <"$1") || fail ${scriptStatus.impossible} "cannot read $1"
    printf '%s\n' "$(printf '%s' "$sum" | cut -c 1-64)"
  fi
}

# On the disk, not only in memory; an old sync takes no arguments and syncs everything.
settle() {
  sync "$1" 2>/dev/null || sync
}

# PATH MAXBYTES
op_read() {
  if [ -L "$1" ]; then
    real=$(readlink -f "$1") || { echo absent; return; }
  else
    real=$1
  fi
  [ -e "$real" ] || { echo absent; return; }
  [ -f "$real" ] || { echo other; return; }
  facts=$(stat -c '%a %u %g' "$real") || fail ${scriptStatus.impossible} "cannot look at $real"
  printf 'file %s %s\n' "$facts" "$real"
  head -c "$2" "$real"
}

# PATH MODE UID GID OLD NEW TEMPORARY BACKUP; content on standard input
op_put() {
  now=$(digest "$1") || exit
  if [ "$now" = "$6" ]; then
    rm -f "$7"
    return
  fi
  [ "$now" = "$5" ] || fail ${scriptStatus.notAsPlanned} "$1 was changed by somebody else"
  rm -f "$7"
  # Its final owner and mode before there is anything in it.
  install -m "$2" -o "$3" -g "$4" /dev/null "$7" || fail ${scriptStatus.impossible} "cannot write beside $1"
  cat >"$7" || { rm -f "$7"; fail ${scriptStatus.impossible} "cannot write $7"; }
  sum=$(digest "$7") || exit
  if [ "$sum" != "$6" ]; then
    rm -f "$7"
    fail ${scriptStatus.inputCutOff} "the new content of $1 did not arrive whole"
  fi
  if [ -e /sys/fs/selinux/enforce ] && [ "$5" != absent ]; then chcon --reference="$1" "$7"; fi
  settle "$7"
  if [ "$5" != absent ] && [ ! -e "$8" ]; then
    ln "$1" "$8" || { rm -f "$7"; fail ${scriptStatus.impossible} "cannot keep the old $1"; }
  fi
  mv -f "$7" "$1" || fail ${scriptStatus.impossible} "cannot replace $1"
  settle "$(dirname "$1")"
}

# A copy of what a program is about to change, unless it was made before: PATH TEMPORARY BACKUP
keep() {
  rm -f "$2"
  if [ ! -e "$1" ] || [ -e "$3" ]; then return; fi
  cp -p "$1" "$2" || fail ${scriptStatus.impossible} "cannot keep a copy of $1"
  settle "$2"
  mv -f "$2" "$3" || fail ${scriptStatus.impossible} "cannot keep a copy of $1"
  settle "$(dirname "$3")"
}

# (PATH TEMPORARY BACKUP)...
op_keep() {
  while [ $# -gt 0 ]; do
    keep "$1" "$2" "$3"
    shift 3
  done
}

# PATH OLD NEW TEMPORARY BACKUP; NEW may be "any"
op_restore() {
  rm -f "$4"
  now=$(digest "$1") || exit
  case $now in
    "$2" | "$3") ;;
    *)
      if [ "$3" != any ]; then
        # The old file is kept before it is replaced: where there is none, this was never replaced.
        [ -e "$5" ] || return 0
        fail ${scriptStatus.notAsPlanned} "$1 was changed by somebody else"
      fi
      ;;
  esac
  if [ "$2" = absent ]; then
    rm -f "$1"
  elif [ -e "$5" ]; then
    kept=$(digest "$5") || exit
    [ "$kept" = "$2" ] || fail ${scriptStatus.notAsPlanned} "$5 was changed by somebody else"
    # Two names of one file: a rename would leave both.
    if [ "$1" -ef "$5" ]; then rm -f "$5"; else mv -f "$5" "$1"; fi || fail ${scriptStatus.impossible} "cannot restore $1"
  else
    [ "$now" = "$2" ] || fail ${scriptStatus.notAsPlanned} "$5 is gone, which held the old $1"
  fi
  settle "$(dirname "$1")"
}

# PATH...: prints their digests, a line each
op_digest() {
  for path in "$@"; do digest "$path"; done
}

# A socket unit cannot start while its service runs, and a client may start the service at any time. Where one does so
# each time, the sockets by which it does are stopped as well; they start with the new one, all before the service.
start_socket() {
  for attempt in 1 2; do
    systemctl stop "$1" 2>&1 && systemctl start "$2" 2>&1 && return
  done
  service=$1 socket=$2
  set --
  for unit in $(systemctl show --property=TriggeredBy "$service" | sed 's/^TriggeredBy=//'); do
    case $unit in
      *.socket) ! systemctl is-active --quiet "$unit" || set -- "$@" "$unit" ;;
    esac
  done
  systemctl stop "$service" "$@" 2>&1
  systemctl start "$socket" "$@" 2>&1 && return
  systemctl start "$@" 2>&1
  return 1
}

# SERVICE SOCKET; the service is started whatever happens, so that the host is never left without its daemon
op_listener_on() {
  said=$(systemctl enable "$2" 2>&1 && { systemctl is-active --quiet "$2" || start_socket "$1" "$2"; })
  status=$?
  more=$(systemctl restart "$1" 2>&1) || status=$?
  [ "$status" = 0 ] || { printf '%s\n' "$said" "$more" >&2; exit "$status"; }
}

# SERVICE SOCKET BOOT ("keep": it goes on to start at boot); restarted at the end, because a service that a client woke meanwhile still holds the socket
op_listener_off() {
  said=$([ "$3" = keep ] || systemctl disable "$2" 2>&1; systemctl stop "$1" 2>&1; systemctl stop "$2" 2>&1)
  status=$?
  more=$(systemctl restart "$1" 2>&1) || status=$?
  [ "$status" = 0 ] || { printf '%s\n' "$said" "$more" >&2; exit "$status"; }
}

# FAMILY TABLE CHAIN NAME
op_nft_remove() {
  nft -a list chain "$1" "$2" "$3" 2>/dev/null |
    sed -n 's/.* comment "'"$4"'" # handle \([0-9][0-9]*\)$/\1/p' |
    while read -r handle; do nft delete rule "$1" "$2" "$3" handle "$handle" || exit; done
}

# FAMILY TABLE CHAIN NAME RULE...: at the head of the chain, once, with NAME as their comment
op_nft_insert() {
  op_nft_remove "$1" "$2" "$3" "$4" || exit
  family=$1 table=$2 chain=$3 name=$4
  shift 4
  for rule in "$@"; do
    nft insert rule "$family" "$table" "$chain" "$rule comment \"$name\"" || exit
  done
}

op_run() {
  exec "$@" </dev/null
}

# A program that changes nothing, and so need not wait for those that do.
op_look() {
  op_run "$@"
}

lock=$1 operation=$2
shift 2
line=
while [ "$line" != ${inputMarker} ]; do
  IFS= read -r line || fail ${scriptStatus.inputCutOff} 'the request did not arrive whole'
done
case $operation in
  read | digest | look) ;;
  *)
    if command -v flock >/dev/null 2>&1; then
      exec 9>"$lock" || fail ${scriptStatus.impossible} "cannot write $lock"
      flock -w 60 9 || fail ${scriptStatus.busy} 'another change of this host is under way'
    fi
    ;;
esac
"op_$operation" "$@"
`;
