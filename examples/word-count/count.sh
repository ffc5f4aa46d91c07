#!/bin/sh
# One text in, its words and how often each occurs out. Exit code 0 is done, 65 a permanent failure, any other is tried again.
set -eu
[ -s "$WORK_ITEM_FILE" ] || { echo 'the text is empty' >&2; exit 65; }
tr -cs 'A-Za-z' '\n' < "$WORK_ITEM_FILE" | tr 'A-Z' 'a-z' | grep . | LC_ALL=C sort | uniq -c > "$WORK_RESULT_FILE"
