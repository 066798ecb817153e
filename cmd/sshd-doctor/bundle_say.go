package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/sshd-doctor/sshd-doctor/internal/bundle"
	"github.com/sshd-doctor/sshd-doctor/internal/report"
)

type jsonBundle struct {
	jsonHead
	Path    string        `json:"path"`
	Bytes   int           `json:"bytes"`
	Removed int           `json:"removed"`
	Entries []jsonEntry   `json:"entries"`
	LeftOut []jsonLeftOut `json:"left_out"`
}

type jsonEntry struct {
	Name  string `json:"name"`
	Bytes int    `json:"bytes"`
	Cut   string `json:"cut,omitempty"`
}

type jsonLeftOut struct {
	Name string `json:"name"`
	Why  string `json:"why"`
}

// sayBundle says shortly what is in the file, and what to do with it.
func (p *program) sayBundle(s *session, to string, b bundle.Bundle) error {
	if to == toStdout {
		return nil
	}
	out := jsonBundle{
		jsonHead: headOf("bundle"), Path: to, Bytes: len(b.Packed), Removed: b.Removed,
		Entries: []jsonEntry{}, LeftOut: []jsonLeftOut{},
	}
	for i, e := range b.Entries {
		if e.Missing != "" {
			out.LeftOut = append(out.LeftOut, jsonLeftOut{e.Name, e.Missing})
			continue
		}
		out.Entries = append(out.Entries, jsonEntry{e.Name, b.Sizes[i], e.Cut})
	}
	if s.json {
		return writeJSON(p.out, out)
	}
	return sayBundle(p.out, out, s.quiet, s.h.UID == 0)
}

// bundleHelp comes after the exit statuses.
const bundleHelp = "   Of bundle, 0 says that the file was written, whatever is wrong with SSH.\n"

// mostNamed bounds how many entries the screen names.
const mostNamed = 6

func sayBundle(w io.Writer, b jsonBundle, quiet, root bool) error {
	var out strings.Builder
	if !quiet {
		fmt.Fprintf(&out, "%d files: the report, the configuration, units, logs, the machine.\n", len(b.Entries))
		var names []string
		for _, l := range b.LeftOut {
			names = append(names, l.Name+": "+l.Why)
		}
		for _, e := range b.Entries {
			if e.Cut != "" {
				names = append(names, e.Name+": "+e.Cut)
			}
		}
		for i, n := range names {
			if i == mostNamed {
				fmt.Fprintf(&out, "  and %d more, see the manifest\n", len(names)-i)
				break
			}
			if i == 0 {
				out.WriteString("Not, or not all of it, inside:\n")
			}
			out.WriteString(report.Lines("  "+n) + "\n")
		}
		if b.Removed > 0 {
			fmt.Fprintf(&out, "Taken out, because it looks like a secret or a key: %d.\n", b.Removed)
		}
		if !root {
			out.WriteString("Without root much could not be read. For all of it:  sudo sshd-doctor bundle\n")
		}
		out.WriteString("\nRead it before you send it:\n    tar -xzOf " + b.Path + " | less\n\n")
	}
	const kib = 1024
	fmt.Fprintf(&out, "WRITTEN: %s (%d KB)\n", b.Path, (b.Bytes+kib-1)/kib)
	if !quiet {
		out.WriteString("Next:  send this file to whoever helps you. Only you can read it now.\n")
	}
	_, err := io.WriteString(w, out.String())
	return err
}
