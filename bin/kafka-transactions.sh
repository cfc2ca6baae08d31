#!/bin/sh
# Klassik's kafka-transactions; found through links, so it can be linked into any folder on the PATH.
self=$0
while [ -L "$self" ]; do
  link=$(readlink "$self")
  case $link in /*) self=$link ;; *) self=$(dirname "$self")/$link ;; esac
done
exec node "$(dirname "$self")/klassik.js" --as kafka-transactions "$@"
