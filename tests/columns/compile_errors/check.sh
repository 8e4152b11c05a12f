#!/bin/sh
# A row type that cannot work must fail to compile with a sentence that says why.
#   check.sh <compiler> <include directory>...
# Compiles each file beside this script; every "// expect:" text of a file must be in the compiler's words.
set -u
compiler=$1
shift
includes=
for directory in "$@"; do
  includes="$includes -I$directory"  # -isystem of a standard directory would reorder it
done
here=$(dirname "$0")
failed=0
for file in "$here"/*.cc; do
  name=$(basename "$file")
  # shellcheck disable=SC2086
  if output=$("$compiler" -std=c++20 -fsyntax-only $includes "$file" 2>&1); then
    echo "$name: compiles, but must not"
    failed=1
    continue
  fi
  missing=$(sed -n 's|^// expect: ||p' "$file" | while read -r text; do
    printf '%s' "$output" | grep -qF -- "$text" || echo "  $text"
  done)
  if [ -n "$missing" ]; then
    printf '%s: the errors lack\n%s\nthey are\n%s\n' "$name" "$missing" "$output"
    failed=1
  else
    errors=$(printf '%s\n' "$output" | grep -c 'error:')
    echo "$name: ok ($errors errors)"
  fi
done
exit $failed
