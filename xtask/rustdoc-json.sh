#!/bin/sh
# rustdoc with its JSON output, which is not stable yet. Only rustdoc gets the variable: build scripts
# would run again because of it, and then everything that depends on them.
RUSTC_BOOTSTRAP=1 exec rustdoc "$@"
