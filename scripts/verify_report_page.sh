#!/bin/sh
# Usage: scripts/verify_report_page.sh [FOLDER]
# Writes a report page of more than 10,000 rows, with failures, training runs and graphs, and looks at it in Debian's
# chromium (scripts/verify_report_page.py). Page and screenshots stay in FOLDER, build/report_page by default.
set -eu
cd "$(dirname "$0")/.."
folder=${1:-build/report_page}
mkdir -p "$folder"
# A tolerance that some hold to and some do not; failing is what is looked at.
build/release/cli/twingrad check testdata/references --intermediates --rtol 2e-7 --atol 0 -q --html "$folder/page.html" || [ $? = 1 ]
scripts/verify_report_page.py "$folder/page.html" --rows 10000 --screenshots "$folder"
