#!/bin/sh
# Writes .env for docker-compose.yml, with passwords of its own. It can be run again: what is there stays, since its passwords are
# those of the volumes, and what is missing is added. A plain `docker compose` then knows all files and profiles.
#
#   sh docker/make-env.sh                  the stand-in for the Geolocation API
#   sh docker/make-env.sh real             the image workivate/geoip-api instead
#   sh docker/make-env.sh real observe     and Prometheus and Grafana
#   sh docker/make-env.sh tls              and nginx ends TLS
set -eu
cd "$(dirname "$0")/.."

geolocation=
profiles=
files=
for part in "$@"; do
  case "$part" in
    stand-in | real) geolocation=$part ;;
    observe)
      profiles=observe
      files="$files docker/observe.yml"
      ;;
    tls) files="$files docker/tls.yml" ;;
    *)
      echo "make-env.sh: expected stand-in, real, observe or tls, found \"$part\"" >&2
      exit 2
      ;;
  esac
done
umask 077
# Prometheus reads it as a user of its own, and nobody else comes into the folder. Empty until there is a key.
mkdir -p .secrets
# Docker may have made a folder of it, where it was started without the file.
[ ! -d .secrets/metrics-key ] || rmdir .secrets/metrics-key
[ -e .secrets/metrics-key ] || : > .secrets/metrics-key
chmod 644 .secrets/metrics-key

# 48 hexadecimal digits: they need no escaping in a URL.
password() {
  od -An -N24 -tx1 /dev/urandom | tr -d ' \n'
}

has() {
  grep -q "^$1=" .env
}

# Without quotes; of two lines the last one counts.
value_of() {
  sed -n "s/^$1=//p" .env | tail -n 1 | tr -d "'\"\r"
}

# add NAME VALUE: a variable that is missing.
add() {
  ! has "$1" || return 0
  printf '%s=%s\n' "$1" "$2" >> .env
  added="$added $1"
}

# include NAME SEPARATOR MEMBER: what is missing in a list.
include() {
  list=$(value_of "$1")
  case "$2$list$2" in *"$2$3$2"*) return 0 ;; esac
  { sed "/^$1=/d" .env; printf '%s=%s\n' "$1" "${list:+$list$2}$3"; } > .env.new
  # Not moved: the file keeps its owner, its mode, and whatever links to it.
  cat .env.new > .env
  rm .env.new
  added="$added $1"
}

new=
case "$geolocation" in
  real) geoip_url='http://geoip-api:8080/{ip}' ;;
  *) geoip_url='http://geoip-stand-in:8080/{ip}' ;;
esac
if [ ! -e .env ]; then
  new=yes
  cat > .env <<END
# For docker-compose.yml, by docker/make-env.sh.
COMPOSE_PROFILES=${geolocation:-stand-in}
WHENCE_GEOIP_URL='$geoip_url'
# Where nginx is published: on this machine alone. 0.0.0.0:80 opens it to the network; set WHENCE_AUTH=required then.
WHENCE_PUBLISH=127.0.0.1:8080
WHENCE_AUTH=off
END
elif [ -n "$geolocation" ] && [ "$(value_of WHENCE_GEOIP_URL)" != "$geoip_url" ]; then
  echo "make-env.sh: .env is for another Geolocation API, and stays as it is. To change it, set WHENCE_GEOIP_URL='$geoip_url'" >&2
  echo "there, and in COMPOSE_PROFILES $geolocation, and not the other of stand-in and real." >&2
  exit 1
fi

added=
# It may have been written by hand, without an end of its last line.
[ -z "$(tail -c 1 .env)" ] || echo >> .env
for profile in $profiles; do include COMPOSE_PROFILES , "$profile"; done
if ! has COMPOSE_FILE; then
  add COMPOSE_FILE docker-compose.yml
  # Docker Compose reads it by itself, until it is told what to read.
  [ ! -e docker-compose.override.yml ] || include COMPOSE_FILE : docker-compose.override.yml
fi
for file in $files; do include COMPOSE_FILE : "$file"; done
# The last one is what known locations are found by with WHENCE_IP_RETENTION=truncate or drop.
for name in MYSQL_PASSWORD MYSQL_ROOT_PASSWORD REDIS_PASSWORD GRAFANA_PASSWORD WHENCE_IP_HASH_SECRET; do
  add "$name" "$(password)"
done
# Where the hook of docs/deploy.md puts certificate and key.
case "$files" in *tls.yml*) add WHENCE_TLS_FOLDER /etc/whence/tls ;; esac

if [ -n "$new" ]; then
  echo "Wrote .env. Start with: docker compose up"
elif [ -n "$added" ]; then
  echo "Left .env as it is, and added to it: $(echo $added | tr ' ' '\n' | sort -u | xargs)"
else
  echo "Left .env as it is: nothing is missing."
fi
