package bundle

import (
	"fmt"
	"strings"
	"time"
)

// ManifestName is the first entry.
const ManifestName = "MANIFEST.txt"

// manifest says what is inside, what was cut off, what is missing, and why.
func manifest(a About, entries []Entry, removed int) Entry {
	var out strings.Builder
	fmt.Fprintf(&out, "A bundle of sshd-doctor %s, made %s", a.Version, a.Time.UTC().Format(time.RFC3339))
	if a.UID == 0 {
		fmt.Fprint(&out, " by root.\n")
	} else {
		fmt.Fprint(&out, " without root:\nmuch could not be read, and nothing that needs root was asked.\n")
	}
	fmt.Fprintf(&out, "Verdict: %s", a.Verdict)
	if a.Cause != "" {
		fmt.Fprintf(&out, ", cause %s", a.Cause)
	}
	fmt.Fprint(&out, "\n\nNot in it, by design: private keys, public keys, password hashes, values of\n"+
		"environment variables. What looks like a secret elsewhere was replaced by\n"+
		mark+": "+times(removed)+".\n")
	if a.Masked {
		fmt.Fprint(&out, "User names, host names and addresses were replaced: the same one by the same\n"+
			"word, within this bundle. Loopback and wildcard addresses, root and the\n"+
			"accounts of the system stand as they are.\n")
	} else {
		fmt.Fprint(&out, "User names, host names and addresses stand as they are (--mask replaces them).\n")
	}
	fmt.Fprint(&out, "\nInside:\n")
	for _, e := range entries {
		if e.Missing == "" {
			fmt.Fprintf(&out, "  %7d  %s\n", len(e.Data), e.Name)
			indented(&out, "from", e.Source)
			indented(&out, "note", e.Cut)
		}
	}
	fmt.Fprint(&out, "\nLeft out:\n")
	none := true
	for _, e := range entries {
		if e.Missing != "" {
			none = false
			fmt.Fprintf(&out, "  %s\n", e.Name)
			indented(&out, "from", e.Source)
			indented(&out, "why ", e.Missing)
		}
	}
	if none {
		fmt.Fprint(&out, "  nothing\n")
	}
	return Entry{Name: ManifestName, Source: "sshd-doctor", Data: []byte(out.String())}
}

func indented(out *strings.Builder, label, text string) {
	if text != "" {
		fmt.Fprintf(out, "           %s: %s\n", label, text)
	}
}

func times(n int) string {
	switch n {
	case 0:
		return "nothing did"
	case 1:
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}
