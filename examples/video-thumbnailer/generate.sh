#!/bin/sh
# Videos to try it with: of several codecs, containers and sizes, one that breaks off and one that is none.
set -eu
folder=${1:-videos}
mkdir -p "$folder/holidays"

# video NAME SIZE SECONDS CODEC...
video() {
  name=$1 size=$2 seconds=$3
  shift 3
  ffmpeg -nostdin -y -v error -f lavfi -i "testsrc2=size=$size:rate=15:duration=$seconds" -c:v "$@" "$folder/$name"
}
video beach.mp4 640x360 3 libx264 -pix_fmt yuv420p
video 'two words.avi' 320x240 2 mpeg4
video holidays/hills.webm 854x480 2 libvpx -b:v 300k -deadline realtime -cpu-used 8
video holidays/city.mov 480x640 1 mjpeg -pix_fmt yuvj420p
video old.mpg 352x288 2 mpeg2video
head -c 4000 "$folder/beach.mp4" > "$folder/broken.mp4"
echo 'not a video' > "$folder/notes.mp4"
