#!/usr/bin/env bash
# This repository's own job: what can be known about a change within a minute.
# `cargo xtask test` checks everything.
set -euo pipefail

cd "$JCI_REPO_ROOT"
failed=()

# Runs one check to its end, so that one run tells all that is wrong.
check() {
    local name=$1
    shift
    echo "== $name"
    local start=$SECONDS
    if "$@"; then
        echo "$name: ok, $((SECONDS - start)) s" | tee -a "$JCI_OUTPUT_DIR/report.txt"
    else
        failed+=("$name")
        echo "$name: FAILED, $((SECONDS - start)) s" | tee -a "$JCI_OUTPUT_DIR/report.txt"
    fi
}

scripts_parse() {
    local script bad=0
    while IFS= read -r -d '' script; do
        bash -n "$script" || bad=1
    done < <(git ls-files -z -- .ci .jci '*.sh')
    return "$bad"
}

# Every relative link of every page must lead to something that is committed or made by it.
links_hold() {
    local page target bad=0
    while IFS= read -r -d '' page; do
        while IFS= read -r target; do
            target=${target%%#*}
            case $target in
                '' | *://* | mailto:*) continue ;;
            esac
            if ! [[ -e $(dirname "$page")/$target ]]; then
                echo "$page: link leads nowhere: $target"
                bad=1
            fi
        done < <(links_of "$page")
    done < <(git ls-files -z -- '*.md')
    return "$bad"
}

# Prints what `[text](target)` points to, one a line; code is no link.
links_of() {
    sed -e '/^ *```/,/^ *```/d' -e 's/`[^`]*`//g' "$1" |
        { grep -oE '\]\([^) ]+\)' || true; } |
        sed -e 's/^](//' -e 's/)$//'
}

unit_tests() {
    cargo test --locked --package jci-exec --lib 2>&1 | tee "$JCI_OUTPUT_DIR/tests.txt"
}

check "formatting" cargo fmt --all --check
check "shell syntax" scripts_parse
check "links" links_hold
check "unit tests of jci-exec" unit_tests

if ((${#failed[@]})); then
    printf 'failed: %s\n' "${failed[@]}"
    exit 1
fi
