#!/bin/sh
# Runs one job of jci: everything it needs is in variables that begin with JCI_.
set -eu

folder=$(mktemp -d)
git clone --quiet "$JCI_CLONE_URL" "$folder/repository"
cd "$folder/repository"

# A commit that no branch or tag has is asked for by its id: that of a pull request, say.
git cat-file -e "$JCI_COMMIT_SHA^{commit}" 2>/dev/null || git fetch --quiet origin "$JCI_COMMIT_SHA"
git checkout --quiet --detach "$JCI_COMMIT_SHA"

code=0
git jci run || code=$?

# What came of it is worth pushing whether it passed or not.
pushed=0
git jci push || pushed=$?

[ "$code" -ne 0 ] && exit "$code"
exit "$pushed"
