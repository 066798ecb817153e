package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/sshd-doctor/sshd-doctor/internal/diag"
	"github.com/sshd-doctor/sshd-doctor/internal/fingerprint"
	"github.com/sshd-doctor/sshd-doctor/internal/identity"
)

// printForget says what to type on clients, for every name under which they may
// know this server. On a terminal there is room for a console's lines only, and
// the first of them must not be lost.
func (c card) printForget(w io.Writer, console bool) error {
	var out strings.Builder
	commands, forms := c.Forget, c.registryForms()
	if console {
		const room, least = 13, 6 // beside eleven lines of text
		forms = firstOf(forms, max(least, room-len(commands)))
		commands = firstOf(commands, room-len(forms))
	}
	if len(c.Forget) == 0 {
		out.WriteString("This machine knows no name and no address of its own. On the client, with the\n" +
			"name that you typed there:\n\n  ssh-keygen -R NAME\n")
		_, err := io.WriteString(w, out.String())
		return err
	}
	out.WriteString("OpenSSH, on the client (only the names that you use; from other sides of a\n" +
		"firewall this machine may have others):\n\n")
	for _, command := range commands {
		out.WriteString("  " + command + "\n")
	}
	out.WriteString("\nPuTTY: compare, then accept the new key in its window, or delete the old one:\n\n" +
		"  reg delete " + identity.RegistryKey + "\n      /v VALUE /f\n\nwith each VALUE that is there, for each NAME as above:\n\n")
	for _, value := range forms {
		out.WriteString("  " + value + "\n")
	}
	_, err := io.WriteString(w, out.String())
	return err
}

// firstOf is a list of at most so many lines, with how to see the others.
func firstOf(list []string, most int) []string {
	if len(list) <= most {
		return list
	}
	more := fmt.Sprintf("... and %d more: sshd-doctor identity --forget | more", len(list)-most+1)
	return append(slices.Clone(list[:most-1]), more)
}

// registryForms are the values of the registry with NAME for each name: all of
// them would not fit a console, and stand in --json.
func (c card) registryForms() []string {
	var out []string
	for _, port := range c.Ports {
		for _, kind := range c.types() {
			if v := fingerprint.Registry(kind, "NAME", port); !slices.Contains(out, v) {
				out = append(out, v)
			}
		}
	}
	return out
}

// printPictures prints what ssh-keygen -l -v prints for each key that is served.
// On a terminal the pictures stand side by side: below one another three of
// them are more than a console has lines.
func (c card) printPictures(w io.Writer, beside bool) error {
	var out strings.Builder
	var pictures [][]string
	for _, k := range c.Keys {
		if !k.Served {
			continue
		}
		fmt.Fprintf(&out, "%d %s %s (%s)\n", k.Bits, k.SHA256, c.name(), k.key().Label())
		picture := k.key().Randomart()
		if !beside {
			out.WriteString(picture)
		}
		pictures = append(pictures, strings.Split(strings.TrimSpace(picture), "\n"))
	}
	if beside && len(pictures) > 0 {
		for row := range pictures[0] {
			for i, p := range pictures {
				if i > 0 {
					out.WriteByte(' ')
				}
				out.WriteString(p[row])
			}
			out.WriteByte('\n')
		}
	}
	if len(pictures) == 0 {
		out.WriteString(c.conclusion())
	}
	_, err := io.WriteString(w, out.String())
	return err
}

func (c card) name() string {
	if len(c.Names) == 0 {
		return "no comment"
	}
	return c.Names[0]
}

// printRecorded says what became of --record.
func (c card) printRecorded(w io.Writer) error {
	text := "Nothing new: they are on record, in " + c.Record.Path + "\n"
	if c.Record.Written {
		text = fmt.Sprintf("Written down: %s, in %s\n", plural(len(c.Keys), "key", "keys"), c.Record.Path)
	}
	if c.unwritten {
		text = "Nothing was written down: the record stays as it is.\n"
	}
	if c.Record.Aside != "" {
		text = "The record of earlier keys was damaged. It is kept, as\n  " + c.Record.Aside + "\n" + text
	}
	if c.Record.Written || c.Verdict != diag.Unknown {
		_, err := io.WriteString(w, text)
		return err
	}
	_, err := io.WriteString(w, c.conclusion())
	return err
}
