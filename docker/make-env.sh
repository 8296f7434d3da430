#!/bin/sh
# Writes .env for docker-compose.yml, with passwords of its own. It never touches one that is there,
# but makes up for the file of the key that Prometheus scrapes with, where that is missing.
#
#   sh docker/make-env.sh                  the stand-in for the Geolocation API
#   sh docker/make-env.sh real             the image workivate/geoip-api instead
#   sh docker/make-env.sh real observe     and Prometheus and Grafana
set -eu
cd "$(dirname "$0")/.."

geolocation=stand-in
observe=
for profile in "$@"; do
  case "$profile" in
    stand-in | real) geolocation=$profile ;;
    observe) observe=,observe ;;
    *)
      echo "make-env.sh: expected stand-in, real or observe, found \"$profile\"" >&2
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
if [ -e .env ]; then
  echo "make-env.sh: .env is there already, and stays as it is. Remove it first: its passwords are those of the volumes." >&2
  exit 1
fi

# 48 hexadecimal digits: they need no escaping in a URL.
password() {
  od -An -N24 -tx1 /dev/urandom | tr -d ' \n'
}

case "$geolocation" in
  real) geoip_url='http://geoip-api:8080/{ip}' ;;
  *) geoip_url='http://geoip-stand-in:8080/{ip}' ;;
esac

cat > .env <<END
# For docker-compose.yml, by docker/make-env.sh.
COMPOSE_PROFILES=$geolocation$observe
MYSQL_PASSWORD=$(password)
MYSQL_ROOT_PASSWORD=$(password)
REDIS_PASSWORD=$(password)
GRAFANA_PASSWORD=$(password)
WHENCE_GEOIP_URL='$geoip_url'
# Where nginx is published: on this machine alone. 0.0.0.0:80 opens it to the network; set WHENCE_AUTH=required then.
WHENCE_PUBLISH=127.0.0.1:8080
WHENCE_AUTH=off
# What known locations are found by with WHENCE_IP_RETENTION=truncate or drop.
WHENCE_IP_HASH_SECRET=$(password)
END
echo "Wrote .env. Start with: docker compose up"
