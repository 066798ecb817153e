package report

import (
	"bytes"
	"regexp"
)

// pemKey is a private key in PEM, to the end of the text. A JSON string ends at
// a quotation mark that is not escaped.
var pemKey = regexp.MustCompile(`-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----(?:[^"\\]|\\.)*`)

// keyLine is how long a line out of a private key is at least, in letters: they
// are of 64 or 70. Fingerprints are shorter.
const keyLine = 60

// discreet leaves out what looks like a private key. It may be given a text, or
// the JSON form of one.
//
// What a report quotes comes from programs and files, and sshd quotes what it is
// told to read: with a wide Include its own host keys. Checks take care not to
// repeat them; this is the last door, and nothing secret goes through it.
func discreet(text []byte) []byte {
	if bytes.Contains(text, []byte("PRIVATE KEY-----")) {
		text = pemKey.ReplaceAllLiteral(text, []byte("(a private key, not shown)"))
	}
	var out []byte
	from := 0
	for i := 0; i < len(text); {
		end := i
		for end < len(text) && isBase64(text[end]) {
			end++
		}
		if end-i >= keyLine {
			out = append(append(out, text[from:i]...), "(not shown)"...)
			from = end
		}
		i = end + 1
	}
	return append(out, text[from:]...)
}

func isBase64(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '+' || c == '/'
}
