#!/bin/sh
# Writes .env for docker-compose.yml, with passwords of its own. It can be run again: what is there stays, since its passwords are
# those of the volumes, and what is missing is added. A plain `docker compose` then knows all files and profiles. It ends with 1 where
# .env is not enough for Docker Compose, and names what is missing.
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

# A line of .env that sets a variable, as Docker Compose reads it; up to the value.
line_of() {
  echo "^[[:space:]]*(export[[:space:]]+)?$1[[:space:]]*="
}

# Without quotes, and without a comment behind it; of two lines the last one counts. Empty where there is none.
value_of() {
  sed -nE "s/$(line_of "$1")//p" .env | tail -n 1 | tr -d '\r' | sed -E \
    -e "s/^[[:space:]]*'([^']*)'.*/\1/" -e t -e 's/^[[:space:]]*"([^"]*)".*/\1/' -e t \
    -e 's/[[:space:]]+#.*//' -e 's/^[[:space:]]+//' -e 's/[[:space:]]+$//'
}

# put NAME VALUE: in place of what there is of the variable.
put() {
  { sed -E "/$(line_of "$1")/d" .env; printf '%s=%s\n' "$1" "$2"; } > .env.new
  # Not moved: the file keeps its owner, its mode, and whatever links to it.
  cat .env.new > .env
  rm .env.new
  added="$added $1"
}

# add NAME VALUE: a variable that has no value.
add() {
  [ -n "$(value_of "$1")" ] || put "$1" "$2"
}

# include NAME SEPARATOR MEMBER: what is missing in a list.
include() {
  list=$(value_of "$1")
  case "$2$list$2" in *"$2$3$2"*) return 0 ;; esac
  put "$1" "${list:+$list$2}$3"
}

# The address of the Geolocation API that a profile starts.
url_of() {
  case "$1" in
    stand-in) echo 'http://geoip-stand-in:8080/{ip}' ;;
    real) echo 'http://geoip-api:8080/{ip}' ;;
  esac
}

# Which Geolocation API .env is for: stand-in, real, elsewhere, or nothing where it does not say.
geolocation_of_env() {
  case "$(value_of WHENCE_GEOIP_URL)" in
    "$(url_of stand-in)") echo stand-in ;;
    "$(url_of real)") echo real ;;
    '')
      case ",$(value_of COMPOSE_PROFILES)," in
        *,stand-in,*) echo stand-in ;;
        *,real,*) echo real ;;
      esac
      ;;
    *) echo elsewhere ;;
  esac
}

new=
added=
if [ ! -e .env ]; then
  new=yes
  cat > .env <<END
# For docker-compose.yml, by docker/make-env.sh.
# Where nginx is published: on this machine alone. 0.0.0.0:80 opens it to the network; set WHENCE_AUTH=required then.
WHENCE_PUBLISH=127.0.0.1:8080
WHENCE_AUTH=off
END
fi
there=$(geolocation_of_env)
if [ -n "$geolocation" ] && [ -n "$there" ] && [ "$there" != "$geolocation" ]; then
  echo "make-env.sh: .env is for another Geolocation API, and stays as it is. To change it, set WHENCE_GEOIP_URL='$(url_of "$geolocation")'" >&2
  echo "there, and in COMPOSE_PROFILES $geolocation, and not the other of stand-in and real." >&2
  exit 1
fi

# It may have been written by hand, without an end of its last line.
[ -z "$(tail -c 1 .env)" ] || echo >> .env
geolocation=${there:-${geolocation:-stand-in}}
if [ "$geolocation" != elsewhere ]; then
  add WHENCE_GEOIP_URL "'$(url_of "$geolocation")'"
  include COMPOSE_PROFILES , "$geolocation"
fi
for profile in $profiles; do include COMPOSE_PROFILES , "$profile"; done
if [ -z "$(value_of COMPOSE_FILE)" ]; then
  put COMPOSE_FILE docker-compose.yml
  # Docker Compose reads the first of them by itself, until it is told what to read.
  for file in compose.override.yml compose.override.yaml docker-compose.override.yml docker-compose.override.yaml; do
    [ -e "$file" ] || continue
    include COMPOSE_FILE : "$file"
    break
  done
fi
for file in $files; do include COMPOSE_FILE : "$file"; done
# The last one is what known locations are found by with WHENCE_IP_RETENTION=truncate or drop.
for name in MYSQL_PASSWORD MYSQL_ROOT_PASSWORD REDIS_PASSWORD GRAFANA_PASSWORD WHENCE_IP_HASH_SECRET; do
  add "$name" "$(password)"
done
# Where the hook of docs/deploy.md puts certificate and key.
case "$(value_of COMPOSE_FILE)" in *docker/tls.yml*) add WHENCE_TLS_FOLDER /etc/whence/tls ;; esac

[ -z "$added" ] || [ -n "$new" ] || echo "Added to .env: $(echo $added | tr ' ' '\n' | sort -u | xargs)"
# All else that Docker Compose asks for is there by now. Whether clients need keys is nothing to be guessed.
if [ -z "$(value_of WHENCE_AUTH)" ]; then
  echo "make-env.sh: WHENCE_AUTH is missing in .env: set it to required, so that clients need keys, or to off" >&2
  exit 1
fi
if [ -n "$new" ]; then
  echo "Wrote .env. Start with: docker compose up"
elif [ -z "$added" ]; then
  echo "Left .env as it is: nothing is missing."
fi
