#!/bin/sh
# Run once, by the image of PostgreSQL, on an empty volume. The program owns its database and is no superuser; the exporter may only look.
set -eu

# Before psql, so that a missing one ends the script: an empty password would be none.
linli=$(cat /run/secrets/postgres_linli)
monitor=$(cat /run/secrets/postgres_monitor)
psql -v ON_ERROR_STOP=1 -v linli="$linli" -v monitor="$monitor" <<'END'
create role linli login password :'linli';
create role monitor login password :'monitor' connection limit 5;
grant pg_monitor to monitor;
create database linli owner linli;
\connect linli
create extension pg_stat_statements;
END
