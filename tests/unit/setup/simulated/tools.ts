/*
 * What stands in for the programs of a host. The helper script itself, and the tools that change files, are the real
 * ones; they work below a folder, because every path comes as an argument.
 */

/** Fails without effect once as many tools as `TRIP` says have run: nothing a script does from then on counts. */
export const trippingTool = (real: string): string => `#!/bin/sh
if [ -n "$TRIP" ]; then
  count=$(($(/bin/cat "$SIM/count") + 1))
  echo "$count" >"$SIM/count"
  [ "$count" -lt "$TRIP" ] || exit 137
fi
exec ${real} "$@"
`;

/** Units with their states as files; a socket does not start while its service runs; the daemon checks its files. */
export const systemctl = `#!/bin/sh
state=$SIM/units
is() { [ -e "$state/$1.$2" ]; }
word() { if is "$1" "$2"; then echo "$3"; else echo "$4"; fi; }
check_daemon() {
  [ -s "$SIM/root/etc/libvirt/qemu.conf" ] || return 1
  ! /bin/grep -q "$(/bin/cat "$SIM/poison" 2>/dev/null || echo no-poison-at-all)" "$SIM/root/etc/libvirt/qemu.conf" || return 1
  is libvirtd-tls.socket active || return 0
  [ -e "$SIM/root/etc/pki/libvirt/servercert.pem" ]
}
ports() {
  : >"$SIM/root/proc/net/tcp"
  ! is libvirtd-tls.socket active || echo '   0: 00000000:4082 00000000:0000 0A x' >"$SIM/root/proc/net/tcp"
}
start() {
  case $1 in
    *-tls.socket) is libvirtd.service active && { echo 'socket service already active, refusing' >&2; return 1; } ;;
    libvirtd.service) check_daemon || { /bin/rm -f "$state/$1.active"; echo 'daemon failed' >&2; return 1; } ;;
  esac
  : >"$state/$1.active"
  ports
}
# A client that does not give up wakes the service as soon as it was stopped, while there is the socket to do it.
stop() {
  /bin/rm -f "$state/$1.active"
  [ ! -e "$SIM/eager" ] || [ "$1" != libvirtd.service ] || ! is libvirtd.socket active || start libvirtd.service
  ports
}
each() { to=$1; shift; for unit in "$@"; do "$to" "$unit" || return; done; }

verb=$1; shift
case $verb in
  show)
    case $1 in --property=TriggeredBy) echo 'TriggeredBy=libvirtd.socket libvirtd-tls.socket'; exit ;; esac
    shift 2
    for unit in "$@"; do
      echo "Id=$unit"
      echo "LoadState=$(word "$unit" exists loaded not-found)"
      echo "ActiveState=$(word "$unit" active active inactive)"
      echo "UnitFileState=$(word "$unit" enabled enabled disabled)"
      echo "MainPID=0"
      case $unit in *-tls.socket) echo "Listen=[::]:16514 (Stream)" ;; esac
      echo
    done ;;
  is-active) is "$2" active ;;
  enable) : >"$state/$1.enabled"; /bin/mkdir -p "$SIM/root/etc/systemd/system/sockets.target.wants"; : >"$SIM/root/etc/systemd/system/sockets.target.wants/$1" ;;
  disable) /bin/rm -f "$state/$1.enabled" "$SIM/root/etc/systemd/system/sockets.target.wants/$1"; /bin/rmdir "$SIM/root/etc/systemd/system/sockets.target.wants" 2>/dev/null; true ;;
  start) each start "$@" ;;
  stop) service=$1; shift; each stop "$@" "$service" ;;
  restart) stop "$1"; start "$1" ;;
  try-restart) if is "$1" active; then stop "$1"; start "$1"; fi ;;
esac
`;

/** Keeps its rules in a file that it writes anew each time, with a date in it. */
export const ufw = `#!/bin/sh
rules=$SIM/ufw
[ -e "$rules" ] || exit 127
rewrite() { { echo '# written by ufw'; /bin/cat "$rules"; } >"$SIM/root/etc/ufw/user.rules"; }
case $1 in
  status) echo 'Status: active' ;;
  show) /bin/sed 's/^/ufw /' "$rules" ;;
  allow) /bin/grep -qx "$*" "$rules" || { echo "$*" >>"$rules"; rewrite; } ;;
  --force) shift 2; /bin/grep -vx "$*" "$rules" >"$rules.new"; /bin/mv "$rules.new" "$rules"; rewrite ;;
esac
`;

/** Keeps the rules of a zone for now and for good; the latter in a file that it writes anew, the one before beside it. */
export const firewallCmd = `#!/bin/sh
zone=$SIM/root/etc/firewalld/zones/public.xml
rules=$SIM/firewalld.runtime
case $1 in
  --state) exit 0 ;;
  --get-zone-of-interface=*) exit 2 ;;
  --get-default-zone) echo public; exit 0 ;;
  --permanent) rules=$SIM/firewalld.permanent; shift ;;
esac
write() {
  [ "$rules" = "$SIM/firewalld.permanent" ] || return 0
  [ ! -e "$zone" ] || /bin/cp "$zone" "$zone.old"
  /bin/mkdir -p "$SIM/root/etc/firewalld/zones"
  { echo '<zone>'; /bin/cat "$rules"; echo '</zone>'; } >"$zone"
}
: >>"$rules"
[ "$1" = --zone=public ] || exit 112
case $2 in
  --list-rich-rules) /bin/cat "$rules" ;;
  --add-rich-rule=*) /bin/grep -qxF "\${2#*rule=}" "$rules" || { echo "\${2#*rule=}" >>"$rules"; write; } ;;
  --remove-rich-rule=*) /bin/grep -vxF "\${2#*rule=}" "$rules" >"$rules.new"; /bin/mv "$rules.new" "$rules"; write ;;
esac
`;

/** Writes down what it was given. */
export const recorder = (name: string): string => `#!/bin/sh
echo "${name} $*" >>"$SIM/recorded"
`;

export const missing = '#!/bin/sh\nexit 127\n';
export const asRoot = '#!/bin/sh\ncase $1 in -u) echo 0 ;; *) echo root ;; esac\n';
export const nothing = '#!/bin/sh\n';
