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
	words := map[Likeness]string{Same: "same", Alike: "alike", Partly: "partly", Different: "different"}
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
	for text, want := range map[string]string{
		"SHA256:JHCr9OVbrOeUEhg9": "character 13 behind SHA256: E e",
		"SHA256:JHCr9OVbrOe":      "  ",
		"2nP7IYdjAFc":             "character 1 behind SHA256: 2 J",
		"80:07:9b:8d:c7:7a:14:f8": "pair 7: 14 13",
		"24:70:ab:f4:e5:5b:ac:e8:94:7a:18:3d:75:60:54:38:8c:09:c0:5c:89:39:f2:49:da:73:fb:21:87:63:00:57": "pair 8: e8 e7",
	} {
		typed, err := ParseTyped(text)
		if err != nil {
			t.Fatal(err)
		}
		where, was, is := typed.Slip(k)
		if got := where + " " + was + " " + is; got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
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
		if like := typed.Compare(k); like == Alike || like == Partly {
			if where, _, _ := typed.Slip(k); where == "" {
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
