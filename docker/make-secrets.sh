#!/bin/sh
# Makes the secrets of a trial with compose.yaml: the file .env and the folder secrets/, each readable by you alone, and
# a certificate for localhost (or the name or address given) with an authority of its own. What is there stays.
# Usage: docker/make-secrets.sh [folder, default: this one] [localhost | name | IPv4 address]
set -eu
umask 077
folder=${1:-$(dirname "$0")}
name=${2:-localhost}
mkdir -p "$folder/secrets"
cd "$folder"

word() { openssl rand -hex "$1"; }

if [ ! -e .env ]; then
  {
    echo "POSTGRES_PASSWORD=$(word 24)"
    echo "VALKEY_PASSWORD=$(word 24)"
    # SMPP 3.4 takes no more than eight characters.
    echo "SMPP_PASSWORD=$(word 4)"
    echo "ADMIN_TOKEN=$(word 32)"
    echo "SIM_TOKEN=$(word 32)"
    echo "GRAFANA_PASSWORD=$(word 12)"
    echo "PORTAL_CLIENT_SECRET=$(word 32)"
    echo "SHOP_CLIENT_SECRET=$(word 32)"
    echo "HUB_CLIENT_SECRET=$(word 32)"
    echo "CALLCENTRE_CLIENT_SECRET=$(word 32)"
  } >.env
fi
[ -e secrets/master-key ] || openssl rand -base64 32 >secrets/master-key
if [ ! -e secrets/tls-key.pem ]; then
  case $name in
    *[!0-9.]*) subject="DNS:$name" ;;
    *) subject="IP:$name" ;;
  esac
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 365 -subj '/CN=Trial authority' \
    -addext 'keyUsage=critical,keyCertSign' -keyout secrets/authority-key.pem -out secrets/authority.pem 2>/dev/null
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/CN=$name" \
    -keyout secrets/tls-key.pem -out secrets/tls.csr 2>/dev/null
  printf 'subjectAltName=%s\nbasicConstraints=critical,CA:FALSE\nextendedKeyUsage=serverAuth\n' "$subject" >secrets/tls.ext
  openssl x509 -req -in secrets/tls.csr -CA secrets/authority.pem -CAkey secrets/authority-key.pem -CAcreateserial \
    -days 365 -extfile secrets/tls.ext -out secrets/tls.pem 2>/dev/null
  # The authority signs nothing more.
  rm -f secrets/tls.csr secrets/tls.ext secrets/authority.srl secrets/authority-key.pem
fi
# Containers read these as users of their own; the folder above them stays closed to everybody else.
chmod 644 secrets/master-key secrets/tls-key.pem secrets/tls.pem secrets/authority.pem
