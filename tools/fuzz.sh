#!/bin/bash
# Runs every fuzz target for FUZZ_TIME with FUZZ_WORKERS workers, and fails at the end if one failed.
# What a target finds is kept beside it in testdata/fuzz, and tried by every make test since. Inputs are
# not made smaller for long: with few workers that would take most of the time.
set -uo pipefail
log=$(mktemp)
trap 'rm -f "$log"' EXIT
failed=()

for file in $(grep -rl --include='*_test.go' '^func Fuzz' . | sort); do
  for target in $(grep -oP '^func \KFuzz\w+' "$file"); do
    echo "$target in $(dirname "$file")"
    "${GO:-go}" test -run '^$' -fuzz "^$target\$" -fuzztime "$FUZZ_TIME" -fuzzminimizetime 10x \
      -parallel "$FUZZ_WORKERS" "$(dirname "$file")" 2>&1 | tee "$log" && continue
    # Before Go 1.27 the end of the time can be taken for an error (golang/go#75804). A finding has an input.
    if grep -qx '    context deadline exceeded' "$log" && ! grep -qi 'failing input' "$log"; then
      echo "$target: its time was over, nothing was found"
    else
      failed+=("$target")
    fi
  done
done
[ ${#failed[@]} -eq 0 ] || { echo "failed: ${failed[*]}"; exit 1; }
