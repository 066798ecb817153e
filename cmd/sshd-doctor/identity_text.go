package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/sshd-doctor/sshd-doctor/internal/diag"
	"github.com/sshd-doctor/sshd-doctor/internal/ledger"
	"github.com/sshd-doctor/sshd-doctor/internal/report"
)

// print writes the keys for a person at a console of 80x25.
func (c card) print(w io.Writer, quiet bool) error {
	var out strings.Builder
	if !quiet {
		for i, k := range c.Keys {
			if i > 0 && len(c.Keys) < 4 {
				out.WriteByte('\n')
			}
			c.printKey(&out, k)
		}
		if len(c.Keys) > 0 {
			out.WriteByte('\n')
		}
		c.printNotes(&out)
	}
	out.WriteString(c.conclusion())
	_, err := io.WriteString(w, out.String())
	return err
}

func (c card) printKey(out *strings.Builder, k cardKey) {
	// Where OpenSSH writes a name for the type, PuTTY writes another one.
	fmt.Fprintf(out, "%s %d (PuTTY: %s): %s\n", k.key().Label(), k.Bits, k.key().PuTTY(), c.stands(k))
	fmt.Fprintf(out, "  %s\n  %s\n", k.SHA256, k.MD5)
	before, was := c.before(k)
	switch {
	case k.Since == "":
	case k.Why == ledger.Unknown && !was:
		fmt.Fprintf(out, "  since %s\n", dayOf(k.Since))
	default:
		fmt.Fprintf(out, "  %s\n", clipTo(76, "since "+dayOf(k.Since)+", "+k.Words))
	}
	if was {
		fmt.Fprintf(out, "  until %s: %s\n", dayOf(before.Until), before.SHA256)
	}
}

// printNotes mentions what else there is to say, on what is left of a console.
func (c card) printNotes(out *strings.Builder) {
	const rows = 20
	for _, n := range c.Notes {
		if strings.Count(out.String(), "\n") < rows {
			out.WriteString(report.Lines("Note: "+n.Summary) + "\n")
		}
	}
}

// before is the key in whose place one came.
func (c card) before(k cardKey) (cardPast, bool) {
	for _, p := range c.Past {
		if p.Type == k.Type && p.SHA256 != k.SHA256 {
			return p, true
		}
	}
	return cardPast{}, false
}

// stands says how served key and file agree.
func (c card) stands(k cardKey) string {
	switch {
	case !k.Served && c.Verdict == diag.Unknown:
		return "on disk, not proven"
	case !k.Served:
		return "NOT SERVED"
	case k.File == "same":
		return "served, the file agrees"
	case k.File == "unread":
		return "served, its .pub agrees"
	case k.File == "other":
		return "served, FILE DIFFERS"
	}
	return "served, NO FILE"
}

func clipTo(width int, s string) string {
	if len(s) > width {
		return s[:width-3] + "..."
	}
	return s
}

// conclusion is the end: the answer, and what to type next.
func (c card) conclusion() string {
	switch c.Verdict {
	case diag.Unknown:
		return "COULD NOT TELL: sshd proved no key.\nNext:  sshd-doctor\n"
	case diag.Degraded:
		return "DIFFERS: what sshd serves is not what is on disk.\nNext:  sshd-doctor\n"
	}
	where := c.where()
	next := "Does a client show another one?  sshd-doctor identity --is SHA256:..."
	if c.changed {
		next = "Clients that knew an older one:  sshd-doctor identity --forget"
	}
	return fmt.Sprintf("%s proven%s.\n%s\n", plural(c.served(), "key is", "keys are"), where, next)
}

func (c card) served() int {
	n := 0
	for _, k := range c.Keys {
		if k.Served {
			n++
		}
	}
	return n
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// where names the first address at which a key was proven.
func (c card) where() string {
	for _, e := range c.endpoints {
		if e.Reached == "hostkey" {
			return fmt.Sprintf(" on %s port %d", e.Address, e.Port)
		}
	}
	return ""
}

// nothing says why there is nothing to print.
func (c card) nothing() string {
	switch {
	case c.served() == 0:
		return "cannot say what clients see: sshd proved no key; sshd-doctor check says why"
	case len(c.Names) == 0:
		return "cannot name this machine: it has no host name and no address"
	}
	return "there is nothing to print for the keys of this server"
}

// dayOf is the date of a moment.
func dayOf(moment string) string {
	day, _, _ := strings.Cut(moment, "T")
	return day
}
