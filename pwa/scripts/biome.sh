#!/bin/sh
# Runs biome's own binary: its npm wrapper lists eight platforms, and a registry that mirrors only
# some of them makes `npm ci` refuse the lock file.
case "$(uname -m)" in aarch64) arch=arm64 ;; *) arch=x64 ;; esac
exec "$(dirname "$0")/../node_modules/@biomejs/cli-linux-$arch/biome" "$@"
