#!/bin/sh
# Tells the API that the tables are others than it thinks. It listens on a channel of its database; where an API has an
# admin port instead, this is a request to that.
set -eu

# The plan that has run is on standard input. What only changes the ledger, such as an adoption, is no news to the API.
grep -Eq '"direction":"(up|down)"' || exit 0

psql -X -q -v ON_ERROR_STOP=1 "$REVGRAPH_DATABASE" -c "NOTIFY api_metadata, 'reload schema'"
