#!/usr/bin/env bash
# Shows that a clone of this checkout's HEAD starts on a bare Debian 12 (minbase, python3, ca-certificates and git; nothing else).
#
#   deploy/bare_debian_check.sh [--mirror URL] [--dir DIR] [--as-user] [--fresh] [-- STEP ...]
#
#   --mirror URL  Debian mirror; default: the one this machine's apt uses
#   --dir DIR     where the system is built and kept for the next run; default: belegfluss-debian12 in the temporary folder
#   --as-user     start as an ordinary user (python3-venv is then installed first, as the README asks of such a user)
#   --fresh       build the system anew even when DIR holds one
#   STEP          launcher arguments, one word or quoted string per step; default: --version, --version, "demo --no-serve" twice, test
#
# Needs root and debootstrap. Copies apt's and pip's settings and the certificates of this machine into the system, and passes proxy
# and index variables on, so that packages come from wherever this machine gets them. Prints one line per step: exit code, seconds.
# Exit code: 0 when every step ended with 0, or demo with 1 and no crash (samples have findings by design); else that of the first bad step.
set -euo pipefail

mirror="" dir="${TMPDIR:-/tmp}/belegfluss-debian12" user=root fresh=no
while [ $# -gt 0 ]; do
    case "$1" in
        --mirror) mirror=$2; shift 2 ;;
        --dir) dir=$2; shift 2 ;;
        --as-user) user=clerk; shift ;;
        --fresh) fresh=yes; shift ;;
        --) shift; break ;;
        *) echo "unknown option: $1" >&2; exit 2 ;;
    esac
done
steps=("$@")
[ ${#steps[@]} -gt 0 ] || steps=("--version" "--version" "demo --no-serve" "demo --no-serve" "test")

checkout=$(cd "$(dirname "$0")/.." && pwd)
[ "$(id -u)" -eq 0 ] || { echo "needs root" >&2; exit 4; }
command -v debootstrap >/dev/null || { echo "needs debootstrap (apt-get install debootstrap)" >&2; exit 4; }
if [ "${BARE_DEBIAN_MOUNTS:-}" != own ]; then # mounts of our own vanish with us, whatever happens
    options=(--mirror "$mirror" --dir "$dir")
    [ "$user" = root ] || options+=(--as-user)
    [ "$fresh" = no ] || options+=(--fresh)
    BARE_DEBIAN_MOUNTS=own exec unshare --mount --propagation private -- "$0" "${options[@]}" -- "${steps[@]}"
fi
[ -n "$mirror" ] || mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' | head -n 1)
[ -n "$mirror" ] || { echo "no Debian mirror known; give --mirror URL" >&2; exit 4; }

[ "$fresh" = no ] || rm -rf --one-file-system "$dir"
if [ ! -e "$dir/.complete" ]; then
    rm -rf --one-file-system "$dir"
    debootstrap --variant=minbase --include=python3,ca-certificates,git bookworm "$dir" "$mirror" >"$dir.log" 2>&1 ||
        { tail -n 5 "$dir.log" >&2; exit 4; }
    touch "$dir/.complete"
fi

# A system is used for one run only: the next one starts bare again. The changes live in memory or beside it, never in DIR itself.
work=$(mktemp -d "${dir}.run-XXXXXX")
trap 'umount --recursive --lazy "$work/root" 2>/dev/null; rm -rf --one-file-system "$work"' EXIT
mkdir "$work/changes" "$work/overlay" "$work/root"
mount -t overlay overlay -o "lowerdir=$dir,upperdir=$work/changes,workdir=$work/overlay" "$work/root"
root=$work/root
mount -t proc proc "$root/proc"
mkdir -p "$root/dev/shm" && mount -t tmpfs tmpfs "$root/dev/shm"

cp /etc/resolv.conf /etc/hosts "$root/etc/"
rm -f "$root/etc/apt/sources.list"
cp -r /etc/apt/sources.list "$root/etc/apt/" 2>/dev/null || true
for file in /etc/apt/sources.list.d/debian* /etc/apt/auth.conf; do
    [ -e "$file" ] && cp "$file" "$root${file}"
done
[ -s "$root/etc/apt/sources.list" ] || ls "$root"/etc/apt/sources.list.d/* >/dev/null 2>&1 ||
    echo "deb $mirror bookworm main" >"$root/etc/apt/sources.list"
{ grep -lisE "^acquire::https?::" /etc/apt/apt.conf.d/* || true; } | xargs -r cp -t "$root/etc/apt/apt.conf.d/"
mkdir -p "$root/usr/local/share/ca-certificates"
cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/ca-certificates.crt"
cp -rT /usr/local/share/ca-certificates "$root/usr/local/share/ca-certificates"
python3 -m pip config list 2>/dev/null | sed -n "s/^\([a-z]*\)\.\([a-z-]*\)=['\"]\(.*\)['\"]\$/\1 \2 = \3/p" | sed 's/\\n/ /g' |
    awk '$1 != section { section = $1; print "[" section "]" } { sub(/^[a-z]* /, ""); print }' >"$root/etc/pip.conf"
for path in $({ cat "$root/etc/pip.conf"; env | grep '^PIP_' || true; } | grep -o 'file://[^ ]*\|/[^ ]*' | sed 's#^file://##' | sort -u); do
    if [ -d "$path" ]; then # a folder of packages on this machine's disk; an index ("simple") points to files beside it
        [ "$(basename "$path")" != simple ] || path=$(dirname "$path")
        mkdir -p "$root$path" && mount --bind -o ro "$path" "$root$path"
    elif [ -f "$path" ]; then # constraints, certificates
        cp --parents "$path" "$root"
    fi
done

home=/root
if [ "$user" != root ]; then
    home=/home/$user
    chroot "$root" useradd --create-home "$user"
    chroot "$root" sh -c 'apt-get -q update && apt-get -qy install --no-install-recommends python3-venv' >/dev/null
fi
git clone -q --no-hardlinks "$checkout" "$root$home/belegfluss"
[ "$user" = root ] || chroot "$root" chown -R "$user:" "$home/belegfluss"

variables=()
while IFS= read -r line; do variables+=("$line"); done < <(env | grep -iE '^((https?|no|all)_proxy|PIP_[A-Z_]+|SSL_CERT_[A-Z]+|REQUESTS_CA_BUNDLE)=' || true)
echo "commit $(git -C "$checkout" log -1 --format=%h), Debian $(cat "$root/etc/debian_version"), $(chroot "$root" python3 --version), user $user"
first_bad=0
for step in "${steps[@]}"; do
    start=$(date +%s.%N)
    code=0
    # shellcheck disable=SC2086  # a step is a few words
    chroot --userspec="$user" "$root" env -i "${variables[@]}" HOME="$home" USER="$user" LANG=C.UTF-8 \
        PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
        sh -c 'cd "$HOME/belegfluss" && exec ./belegfluss "$@"' sh $step </dev/null 2>&1 | tee "$work/output" || code=${PIPESTATUS[0]}
    printf '=== %-24s exit %d, %.1f s\n' "$step" "$code" "$(echo "$(date +%s.%N) - $start" | awk '{print $1 - $3}')"
    case "$step:$code" in
        *:0) ;;
        demo*:1) ! grep -q '^Traceback' "$work/output" || first_bad=${first_bad/#0/1} ;;
        *) [ "$first_bad" -ne 0 ] || first_bad=$code ;;
    esac
done
exit "$first_bad"
