// Package importer brings an operator's own files into truckroll: it reads CSV and JSON Lines, maps each line to a job,
// installer, shift or territory as a mapping file says, and sends the result through the HTTP API, for an import is no
// way around the rules. A line that cannot be taken becomes a line of the report; the others go on. See docs/import.md.
package importer
