package fingerprint

import (
	"crypto/sha256"
	"fmt"
	"strings"
)

// The field on which the picture is drawn, and what a place looks like after so
// many visits; the last two are the start and the end (fingerprint_randomart in
// sshkey.c of OpenSSH).
const (
	fieldX = 17
	fieldY = 9
	marks  = " .o+=*BOX@%&#/^SE"
)

// Randomart is the picture that ssh -o VisualHostKey=yes and ssh-keygen -l -v
// show: the "drunken bishop", who begins in the middle and makes one diagonal
// step for every two bits of the SHA-256 fingerprint.
func (k Key) Randomart() string {
	sum := sha256.Sum256(k.wire())
	var field [fieldX][fieldY]int
	last := len(marks) - 1
	x, y := fieldX/2, fieldY/2
	for _, b := range sum {
		for range 4 {
			x = within(x+2*int(b&1)-1, fieldX)
			y = within(y+int(b&2)-1, fieldY)
			if field[x][y] < last-2 {
				field[x][y]++
			}
			b >>= 2
		}
	}
	field[fieldX/2][fieldY/2] = last - 1
	field[x][y] = last

	var out strings.Builder
	out.WriteString(edge(k.title()))
	for row := range fieldY {
		out.WriteByte('|')
		for column := range fieldX {
			out.WriteByte(marks[min(field[column][row], last)])
		}
		out.WriteString("|\n")
	}
	out.WriteString(edge("[SHA256]"))
	return out.String()
}

func within(n, size int) int { return max(0, min(n, size-1)) }

// title leaves the size out where it would not fit.
func (k Key) title() string {
	if s := fmt.Sprintf("[%s %d]", k.Label(), k.Bits); len(s) <= fieldX {
		return s
	}
	return fmt.Sprintf("[%.*s]", fieldX-2, k.Label())
}

func edge(title string) string {
	left := (fieldX - len(title)) / 2
	return "+" + strings.Repeat("-", left) + title + strings.Repeat("-", fieldX-len(title)-left) + "+\n"
}
