#!/bin/sh
# One video in, a picture of it out. The item says where the video is: {"name": ..., "path": ...}, or {"name": ..., "url": ...} where the worker has no disk in
# common with the source. The picture goes to the folder THUMBNAILS, or by PUT below the address UPLOAD. What is left as the result describes the video.
# Exit code 0 is done, 65 a permanent failure (this is no video), any other is tried again.
set -eu
name=$(jq -er .name "$WORK_ITEM_FILE")
video=$(jq -er 'if .path then "file:" + .path else .url end' "$WORK_ITEM_FILE")

ffprobe -v error -select_streams v:0 -show_entries stream=codec_name,width,height -show_entries format=duration -of json -- "$video" > probe.json || exit 65
jq -e '.streams[0].width > 0' probe.json > probe.ok || { echo 'there are no pictures in it' >&2; exit 65; }
# The most typical of the first hundred frames: seldom the black one at the beginning.
ffmpeg -nostdin -v error -i "$video" -vf 'thumbnail=100,scale=320:-2' -frames:v 1 thumbnail.jpg || exit 65

picture=$(printf %s "$name" | tr -c 'A-Za-z0-9.\n-' _).jpg
if [ -n "${UPLOAD:-}" ]; then
  curl -fsS -T thumbnail.jpg "$UPLOAD/$picture"
else
  # Whole or not at all, whenever this is killed.
  cp thumbnail.jpg "$THUMBNAILS/.$picture.part"
  mv "$THUMBNAILS/.$picture.part" "$THUMBNAILS/$picture"
fi
jq --arg picture "$picture" '{picture: $picture, codec: .streams[0].codec_name, width: .streams[0].width, height: .streams[0].height, seconds: (.format.duration | if . then tonumber else null end)}' probe.json > "$WORK_RESULT_FILE"
