# Sourced by the scripts beside it: shows long commands as numbered lines, such as
#   [2/5] LibTorch 2.13, Arrow 26     .venv (412 MB)                              38 s
# STEP and STEPS, when set, say where this script stands in a longer row of steps.
step_number=$((${STEP:-1} - 1))
step_total=${STEPS:-${default_steps:-1}}
log_folder=build/logs

begin() { # begin TITLE: the next step
  step_title=$1
  step_number=$((step_number + 1))
  step_log=$log_folder/${step_title//[^A-Za-z0-9]/_}.log
  SECONDS=0
  mkdir -p "$log_folder"
}

elapsed() {
  if ((SECONDS >= 60)); then
    printf '%d min %02d s' $((SECONDS / 60)) $((SECONDS % 60))
  elif ((SECONDS > 0)); then
    printf '%d s' "$SECONDS"
  fi
}

line() { # line TEXT: the step's line, without its end
  printf '[%d/%d] %-27s %-44s %11s' "$step_number" "$step_total" "$step_title" "$1" "$(elapsed)"
}

finish() { # finish TEXT: the step's line, for good
  [[ ! -t 1 ]] || printf '\r\033[K'
  printf '%s\n' "$(line "$1" | sed 's/ *$//')"
}

fail() { # fail TEXT: one line that says what is needed, and the end
  finish "cannot go on"
  printf '%s\n' "$1" >&2
  exit 1
}

built_so_far() { tail -c 4096 "$step_log" | grep -oE '^\[[1-9][0-9]*/[0-9]+\]' | tail -1 | tr -d '[]'; }

# watch COMMAND...: runs it with its output in the step's log; a terminal sees how far it is.
watch() {
  "$@" >"$step_log" 2>&1 &
  local command=$!
  while [[ -t 1 ]] && kill -0 "$command" 2>/dev/null; do
    printf '\r\033[K%s' "$(line "$(built_so_far)")"
    sleep 1
  done
  wait "$command"
}

show_failure() { # the part of the log which tells why
  printf '\n'
  if grep -q '^FAILED: ' "$step_log"; then
    sed -n '/^FAILED: /,$p' "$step_log" | head -80
  else
    tail -40 "$step_log"
  fi
  printf '\nThe whole log: %s\n' "$step_log"
}
