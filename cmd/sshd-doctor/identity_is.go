package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/sshd-doctor/sshd-doctor/internal/diag"
	"github.com/sshd-doctor/sshd-doctor/internal/fingerprint"
	"github.com/sshd-doctor/sshd-doctor/internal/ledger"
)

// cardAnswer is what --is says about a fingerprint.
type cardAnswer struct {
	// Typed is what was understood.
	Typed string `json:"typed"`
	// Answer is yes, old, no or unknown.
	Answer string `json:"answer"`
	// Type and SHA256 are of the key that has it; for "old" it is one of the
	// past, until Until.
	Type   string `json:"type,omitempty"`
	SHA256 string `json:"sha256,omitempty"`
	Until  string `json:"until,omitempty"`
	// Nearly: a key of this server differs only in characters that are easily
	// confused, or agrees in a part; Slip says where it first differs.
	Nearly string `json:"nearly,omitempty"`
	Slip   string `json:"slip,omitempty"`

	served   bool
	confused bool
	label    string
}

// The answers of --is.
const (
	answerYes     = "yes"
	answerOld     = "old"
	answerNo      = "no"
	answerUnknown = "unknown"
)

// verdict makes an exit code of the answer. A key of the past is not a yes:
// whoever goes on at exit status 0 would trust a copy of this machine.
func (a cardAnswer) verdict() diag.Verdict {
	switch a.Answer {
	case answerYes:
		return diag.Healthy
	case answerUnknown:
		return diag.Unknown
	}
	return diag.Degraded
}

// answer looks for the key with a fingerprint, among those of now and of the
// past. It is pure.
func (c card) answer(t fingerprint.Typed) *cardAnswer {
	a := &cardAnswer{Typed: t.String(), Answer: answerNo}
	if !c.whole || len(c.Keys) == 0 {
		a.Answer = answerUnknown
	}
	for _, k := range c.Keys {
		if t.Compare(k.key()) == fingerprint.Same {
			a.Answer, a.Type, a.SHA256, a.served, a.label = answerYes, k.Type, k.SHA256, k.Served, k.key().Label()
			return a
		}
	}
	for _, p := range c.Past {
		if t.Compare(p.key) == fingerprint.Same {
			a.Answer, a.Type, a.SHA256, a.Until, a.label = answerOld, p.Type, p.SHA256, p.Until, p.key.Label()
			return a
		}
	}
	for _, k := range c.Keys {
		if like := t.Compare(k.key()); like != fingerprint.Different {
			where, typed, has := t.Slip(k.key())
			a.Nearly, a.confused = k.SHA256, like == fingerprint.Alike
			if strings.HasPrefix(where, "pair") {
				a.Nearly = k.MD5
			}
			a.Slip = fmt.Sprintf("%s you typed %q, and here it is %q", where, typed, has)
		}
	}
	return a
}

func (c card) printAnswer(w io.Writer, quiet bool) error {
	lines := c.answerLines()
	if quiet {
		lines = lines[len(lines)-1:]
	}
	_, err := io.WriteString(w, strings.Join(lines, "\n")+"\n")
	return err
}

// answerLines is the answer to a person who has a password under the fingers:
// the verdict is the last line.
func (c card) answerLines() []string {
	a := c.Asked
	switch a.Answer {
	case answerYes:
		lines := []string{fmt.Sprintf("%s key of this server:", a.label), "  " + a.SHA256}
		if !a.served {
			lines = append(lines, "It is in a file here; sshd did not prove it just now. Next:  sshd-doctor")
		}
		return append(lines, "You typed: "+a.Typed, "YES: this server, this key.")
	case answerOld:
		return append(append([]string{
			fmt.Sprintf("That was the %s key of this server until %s:", a.label, dayOf(a.Until)),
			"  " + a.SHA256, "Now it is:"}, c.keyLines(a.Type)...),
			"", "A client that remembers the old key has to forget it: identity --forget",
			"A server that shows you the old key now is a backup or a copy of this one.",
			"OLD: not the key of this server since "+dayOf(a.Until)+".")
	case answerNo:
		return append(append(append([]string{"This server has these keys:"}, c.keyLines("")...),
			c.pastLine(), "You typed: "+a.Typed), c.noLines()...)
	}
	return append(append([]string{"Not every key of this server could be read or proven. Known are:"}, c.keyLines("")...),
		"You typed: "+a.Typed, "COULD NOT TELL.  Next:  sshd-doctor, as root")
}

func (c card) keyLines(kind string) []string {
	var out []string
	for _, k := range c.Keys {
		if kind == "" || k.Type == kind {
			out = append(out, fmt.Sprintf("  %-8s %s", k.key().Label(), k.SHA256))
		}
	}
	return out
}

func (c card) pastLine() string {
	switch {
	case c.Record.State == ledger.Absent:
		return "Keys that it had earlier are not on record."
	case c.Record.State != ledger.Whole:
		return "Keys that it had earlier cannot be told: the record cannot be read."
	}
	return fmt.Sprintf("It had no such key earlier, as far as the record goes: to %s.", dayOf(c.Record.Begins))
}

func (c card) noLines() []string {
	if a := c.Asked; a.Nearly != "" {
		end := "NO, as typed: mistyped, or not this server. Type it from its beginning."
		if a.confused {
			end = "NO, as typed. Look at it again: upper and lower case count."
		}
		return []string{"It is nearly " + a.Nearly + ":", "  " + a.Slip + ".", end}
	}
	return []string{"NO: that was not this server. Do not type your password."}
}
