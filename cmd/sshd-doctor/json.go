package main

import (
	"encoding/json"
	"io"

	"github.com/sshd-doctor/sshd-doctor/internal/report"
)

// jsonHead begins the JSON objects of this program, as it begins those of the
// report.
type jsonHead struct {
	Schema  int    `json:"schema"`
	Version string `json:"version"`
	Command string `json:"command"`
}

func headOf(command string) jsonHead {
	return jsonHead{Schema: report.Schema, Version: version, Command: command}
}

func writeJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}
