#!/bin/sh
# Run a command on a container's files, in a mount namespace of its own (unshare --mount):
#
#   container_files.sh ro|rw SOCKET_FOLDER PATH... -- COMMAND...
#
# /tmp, /run, /dev/shm and everybody's home are fresh and empty, but for the folder of plibd's socket at /run/plib
# and the paths, which stand for what a container's image has.
set -eu

stage=/mnt
mount -n -t tmpfs none "$stage"
mkdir "$stage/socket"
mount -n --bind "$2" "$stage/socket"
mode=$1
shift 2
count=0
paths=
while [ "$1" != -- ]; do
    mkdir "$stage/$count"
    mount -n --rbind "$1" "$stage/$count"
    paths="$paths $1"
    count=$((count + 1))
    shift
done
shift
for place in /tmp /run /dev/shm /home /root; do
    mount -n -t tmpfs -o mode=1777 none "$place"
done
mkdir /run/plib
mount -n --bind "$stage/socket" /run/plib
mount -n -o "remount,bind,$mode" /run/plib
count=0
for path in $paths; do
    mkdir -p "$path"
    mount -n --rbind "$stage/$count" "$path"
    count=$((count + 1))
done
umount -n --lazy "$stage"
cd /
exec "$@"
