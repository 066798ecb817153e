package fingerprint

import (
	"bufio"
	"os"
	"strings"
	"testing"
)

// typed.txt is what people type who look at the Ed25519 key of testdata, and what
// it must come to: same, alike, different or refused.
func TestWhatPeopleType(t *testing.T) {
	k, _ := readPub(t, "testdata/ed25519-256.pub")
	file, err := os.Open("testdata/typed.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	words := map[Likeness]string{Same: "same", Alike: "alike", Different: "different"}
	lines := 0
	for scan := bufio.NewScanner(file); scan.Scan(); {
		if scan.Text() == "" || strings.HasPrefix(scan.Text(), "# ") {
			continue
		}
		lines++
		want, text, _ := strings.Cut(scan.Text(), "\t")
		typed, err := ParseTyped(text)
		got := "refused"
		if err == nil {
			got = words[typed.Compare(k)]
		} else if !strings.HasPrefix(err.Error(), "cannot ") {
			t.Errorf("%q: the error is %q", text, err)
		}
		if got != want {
			t.Errorf("%q: %s, want %s (%v)", text, got, want, err)
		}
	}
	if lines < 40 {
		t.Errorf("only %d lines found", lines)
	}
}

func TestSlip(t *testing.T) {
	k, _ := readPub(t, "testdata/ed25519-256.pub")
	typed, err := ParseTyped("SHA256:JHCr9OVbrOeUEhg9")
	if err != nil {
		t.Fatal(err)
	}
	if at, was, is := typed.Slip(k); at != 13 || was != 'E' || is != 'e' {
		t.Errorf("%d, %c, %c", at, was, is)
	}
}

// Whatever is typed: the shortest text that agrees has 48 bits.
func TestTheLeastThatIsTaken(t *testing.T) {
	k, _ := readPub(t, "testdata/ed25519-256.pub")
	for _, whole := range []string{k.SHA256(), k.MD5(), strings.TrimPrefix(k.SHA256(), "SHA256:"), strings.TrimPrefix(k.MD5(), "MD5:")} {
		for n := range len(whole) + 1 {
			typed, err := ParseTyped(whole[:n])
			if err != nil {
				continue
			}
			bits := 6 * len(typed.base64)
			if typed.hex != "" && typed.base64 == "" {
				bits = 4 * len(typed.hex)
			}
			if typed.Compare(k) != Same || bits < 48 {
				t.Errorf("%q is read as %v, with %d bits", whole[:n], typed, bits)
			}
		}
		if typed, err := ParseTyped(whole); err != nil || typed.Compare(k) != Same {
			t.Errorf("%q: %v, %v", whole, typed, err)
		}
	}
}

func FuzzParseTyped(f *testing.F) {
	data, err := os.ReadFile("testdata/typed.txt")
	if err != nil {
		f.Fatal(err)
	}
	for line := range strings.Lines(string(data)) {
		if _, text, ok := strings.Cut(line, "\t"); ok {
			f.Add(text)
		}
	}
	file, err := os.ReadFile("testdata/ed25519-256.pub")
	if err != nil {
		f.Fatal(err)
	}
	k, _ := Read(strings.Fields(string(file))[1])
	f.Fuzz(func(t *testing.T, text string) {
		typed, err := ParseTyped(text)
		if err != nil {
			return
		}
		for _, c := range typed.String() {
			if c < ' ' || c > '~' {
				t.Fatalf("%q shows %q", text, c)
			}
		}
		if typed.Compare(k) == Alike {
			if at, _, _ := typed.Slip(k); at == 0 {
				t.Errorf("%q is nearly the key, and there is no difference", text)
			}
		}
		// What was understood is understood again.
		again, err := ParseTyped(typed.String())
		if err != nil || typed.base64 != "" && again.base64 != typed.base64 {
			t.Errorf("%q is read as %s, and that as %s, %v", text, typed, again, err)
		}
	})
}
