package safetext

import (
	"os/exec"
	"strings"
	"testing"
)

func TestStart(t *testing.T) {
	for _, c := range []struct {
		text string
		most int
		want string
	}{
		{"ssh.service", 300, "ssh.service"},
		{"", 10, ""},
		{"a\x1b[2Jb\x00\tc\n", 300, "a?[2Jb??c?"},
		{"\x7f\u009b\u202e\u00e9", 300, "????"},
		{"\xff\xfe", 300, "??"},
		{"0123456789", 4, "0123"},
		{"ab\u00e9", 3, "ab?"},
	} {
		if got := Start(c.text, c.most); got != c.want {
			t.Errorf("%q, at most %d: %q, want %q", c.text, c.most, got, c.want)
		}
	}
}

// The shell itself says what a word is.
func FuzzWord(f *testing.F) {
	for _, s := range []string{"", "/etc/ssh/key.pub", "a b", "it's", "$(reboot)", "-n", "a\\b\"c", "*", "~", "a=b", "{x,y}", "#", "\u00e9"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if strings.ContainsRune(s, 0) {
			t.Skip("no argument can hold it")
		}
		out, err := exec.Command("sh", "-c", "printf '%s|' "+Word(s)).Output()
		if err != nil || string(out) != s+"|" {
			t.Errorf("%q is written %s, which is %q for a shell (%v)", s, Word(s), out, err)
		}
	})
}
