#!/bin/sh
# Cleans up after a run that could not do it itself (kill -9, a crash, an exit without stop).
# Standard input is held open by the run: the end of it means that the run is gone, however it went.
# Lines in: "+ process PID SIGNAL", "+ folder PATH", "+ compose PROJECT FILE"; "- ..." takes one back.
trap '' INT TERM HUP QUIT
entries=''
newline='
'
while IFS= read -r line; do
  entry=${line#[+-] }
  case $line in
    '+ '*) entries="$entries$entry$newline" ;;
    '- '*)
      kept=''
      IFS=$newline
      for each in $entries; do
        [ "$each" = "$entry" ] || kept="$kept$each$newline"
      done
      unset IFS
      entries=$kept
      ;;
  esac
done
[ -n "$entries" ] || exit 0

# A process is a group leader: its group gets the signal too.
signal() {
  kill "-$1" "-$2" 2>/dev/null || kill "-$1" "$2" 2>/dev/null
}
each_entry() {
  printf '%s' "$entries" | while read -r kind first second; do "$1"; done
}
end() { [ "$kind" != process ] || signal "$second" "$first"; }
end_now() { [ "$kind" != process ] || signal KILL "$first"; }
# A zombie has ended: in a container whose first process does not reap, it would stay for ever.
alive() {
  [ "$kind" = process ] || return
  case $(sed -n 's/.*) \(.\) .*/\1/p' "/proc/$first/stat" 2>/dev/null) in
    '' | Z | X) ;;
    *) echo "$first" ;;
  esac
}
clear_up() {
  case $kind in
    folder)
      path="$first${second:+ $second}"
      rm -rf -- "$path" || { sleep 1; rm -rf -- "$path"; }
      ;;
    compose) docker compose -p "$first" -f "$second" down -v -t 1 </dev/null >/dev/null 2>&1 ;;
  esac
}
each_entry end
waited=0
while [ -n "$(each_entry alive)" ] && [ "$waited" -lt 50 ]; do
  sleep 0.1
  waited=$((waited + 1))
done
each_entry end_now
each_entry clear_up
